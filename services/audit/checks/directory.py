"""The directory as sla and notify have it: an agency with a zone, tier or region that nobody knows."""

from dataclasses import dataclass
from datetime import datetime

from services.audit.databases import Databases
from services.audit.domain.accounts import KNOWN_ZONES
from services.audit.domain.sentences import service_label
from services.audit.domain.violations import Findings, Violation
from shared.vocabulary import TIERS

UNKNOWN_TRAIT = "unknown_trait"
SENTENCES = {UNKNOWN_TRAIT: "Instansi {code} di layanan {service} memiliki {traits} yang tidak dikenal."}
# More than this many are one trouble, not many.
MOST = 1_000
# A region is known if its government is in the directory; a district, if its regency is.
OF_SLA = """
SELECT code, concat_ws(', ',
    CASE WHEN zone <> ALL(CAST(:zones AS text[])) THEN 'zona waktu ' || zone END,
    CASE WHEN tier <> ALL(CAST(:tiers AS text[])) THEN 'jenjang ' || tier END,
    CASE WHEN region IS NOT NULL AND NOT EXISTS (
             SELECT FROM agencies g WHERE g.code IN (a.region, substring(a.region FROM '^[0-9]+[.][0-9]+')))
         THEN 'wilayah ' || region END) AS traits
FROM agencies a WHERE NOT departed
"""
OF_NOTIFY = """
SELECT code, CASE WHEN zone <> ALL(CAST(:zones AS text[])) THEN 'zona waktu ' || zone ELSE '' END AS traits
FROM agencies WHERE NOT departed
"""
WITH_TRAITS = "SELECT code, traits FROM ({agencies}) AS found WHERE traits <> '' ORDER BY code LIMIT {most}"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with what nobody knows of its traits, in words."""

    code: str
    traits: str


async def unknown_traits(databases: Databases, now: datetime) -> Findings:
    """The agencies whose limits and mails are in another zone than theirs, or that no list of a place shows."""
    found: list[Violation] = []
    for service, agencies in (("sla", OF_SLA), ("notify", OF_NOTIFY)):
        values = {"zones": sorted(KNOWN_ZONES), **({"tiers": sorted(TIERS)} if service == "sla" else {})}
        statement = WITH_TRAITS.format(agencies=agencies, most=MOST)
        rows = await databases[service].records(Agency, statement, values)
        found += [_violation(service, row, now) for row in rows]
    return Findings(frozenset({UNKNOWN_TRAIT}), found)


def _violation(service: str, agency: Agency, now: datetime) -> Violation:
    said = SENTENCES[UNKNOWN_TRAIT].format(code=agency.code, service=service_label(service), traits=agency.traits)
    return Violation(UNKNOWN_TRAIT, f"{service}/{agency.code}", now, said)
