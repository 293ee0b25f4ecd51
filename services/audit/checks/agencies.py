"""The directory as sla and notify have it, compared with what routing has published of it; and seats that sla lost.

The directories are compared by digest, and agency by agency only where that differs. Addresses are compared by their
SHA-256, for routing keeps no address.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.audit.databases import Databases, ReadOnly
from services.audit.domain.complaints import AHEAD, SETTLING
from services.audit.domain.sentences import service_label
from services.audit.domain.violations import Findings, Violation

DIRECTORY, SEAT = "directory_differs", "seat_differs"
SENTENCES = {
    DIRECTORY: "Instansi {code} di layanan {service} berbeda dari direktori layanan penugasan (routing).",
    SEAT: "Jabatan {code} dianggap tidak terjangkau di layanan {service}, padahal tidak ada surel yang gagal.",
}
# More than this many are one trouble, not many.
MOST = 1_000
# What routing has published of an agency, as sla and as notify keep it: the fields in the order of the hearer's.
DAYS = "array_to_string(ARRAY(SELECT jsonb_array_elements_text(card->'local_holidays')), ' ')"
HOURS = ", ".join(f"coalesce(card->>'{name}', '')" for name in ("hours", "friday_hours", "saturday_hours"))
SEATS = "CASE WHEN successor IS NULL THEN coalesce(seats, '{}') ELSE '{}' END"
PARENT, DEPARTED = "coalesce(successor, card->>'parent')", "successor IS NOT NULL"
FILLED = f"(SELECT coalesce(jsonb_object_agg(key, value <> ''), '{{}}') FROM jsonb_each_text({SEATS}))"
OF_ROUTING = {
    "sla": f"""
SELECT code, published_at, jsonb_build_array({PARENT}, card->>'name', card->>'tier', card->>'region', card->>'zone',
    {DEPARTED}, card->>'approver', coalesce(card->>'duty_officer', 'leader'),
    coalesce(nullif(concat_ws('|', {HOURS}, {DAYS}), '|||'), ''), {FILLED})::text AS said
FROM agencies
""",
    "notify": f"""
SELECT code, published_at, jsonb_build_array({PARENT}, card->>'name', card->>'zone', {DEPARTED},
    coalesce(card->'sensitive_seats', '["coordinator", "leader"]'), {SEATS})::text AS said
FROM agencies
""",
}
HEARD = {
    "sla": """
SELECT code, published_at, jsonb_build_array(parent, name, tier, region, zone, departed, approver,
    coalesce(duty_officer, 'leader'), schedule, seats)::text AS said
FROM agencies
""",
    "notify": """
SELECT code, published_at, jsonb_build_array(parent, name, zone, departed, to_jsonb(sensitive_seats), (
    SELECT coalesce(jsonb_object_agg(role, coalesce(encode(sha256(convert_to(email, 'UTF8')), 'hex'), '')), '{}')
    FROM seats WHERE seats.agency = agencies.code))::text AS said
FROM agencies
""",
}
NUMBER = "('x' || left(md5(code || '|' || said), 16))::bit(64)::bigint"
DIGEST = f"SELECT count(*) AS size, coalesce(bit_xor({NUMBER}), 0) AS hash FROM ({{agencies}}) AS agencies"
CODES = """
SELECT code, said, published_at > :until AND published_at <= :ahead AS is_new FROM ({agencies}) AS agencies
"""
LOST = "SELECT agency, role FROM unreachable_seats WHERE since <= :until OR since > :ahead"
# A seat's messages may be of the liaison at whose front desk it sits, or of whoever may not know a sensitive complaint.
FAILED = """
SELECT DISTINCT agency FROM messages WHERE kind = 'seat' AND agency = ANY(CAST(:agencies AS text[]))
AND state <> 'sent'
"""


@dataclass(frozen=True, slots=True)
class Digest:
    """The number of agencies, and the hash of their codes and of what is said of them."""

    size: int
    hash: int


@dataclass(frozen=True, slots=True)
class Agency:
    """What a service says of an agency, which `is_new` if it was published within the last minutes."""

    code: str
    said: str
    is_new: bool


async def differing(databases: Databases, now: datetime, pace: float = 1.0) -> Findings:
    """The agencies that sla or notify has otherwise than routing, and seats that sla lost though no mail failed.

    Who is behind by a publication of the last minutes is not among them.
    """
    moments = {"until": now - SETTLING * pace, "ahead": now + AHEAD * pace}
    found = [
        _violation(DIRECTORY, service, code, now)
        for service in OF_ROUTING
        for code in await _codes(databases, service, moments)
    ]
    found += [_violation(SEAT, "sla", seat, now) for seat in await _lost(databases, moments)]
    return Findings(frozenset(SENTENCES), found)


async def _codes(databases: Databases, hearer: str, moments: dict[str, datetime]) -> list[str]:
    ours, theirs = (databases["routing"], OF_ROUTING[hearer]), (databases[hearer], HEARD[hearer])
    if await _digest(*ours) == await _digest(*theirs):
        return []
    published, heard = await asyncio.gather(_agencies(*ours, moments), _agencies(*theirs, moments))
    known, keeps = ({each.code: each.said for each in agencies} for agencies in (published, heard))
    fresh = {each.code for each in published if each.is_new}
    wrong = (code for code in known.keys() | keeps.keys() if known.get(code) != keeps.get(code) and code not in fresh)
    return sorted(wrong)[:MOST]


async def _digest(database: ReadOnly, agencies: str) -> Digest:
    (digest,) = await database.records(Digest, DIGEST.format(agencies=agencies))
    return digest


async def _agencies(database: ReadOnly, agencies: str, moments: dict[str, datetime]) -> list[Agency]:
    return await database.records(Agency, CODES.format(agencies=agencies), moments)


async def _lost(databases: Databases, moments: dict[str, datetime]) -> list[str]:
    lost = await databases["sla"].rows(LOST, moments)
    agencies = sorted({row.agency for row in lost})
    failed = {row.agency for row in await databases["notify"].rows(FAILED, {"agencies": agencies})} if lost else set()
    return sorted(f"{row.agency}/{row.role}" for row in lost if row.agency not in failed)[:MOST]


def _violation(check: str, service: str, code: str, now: datetime) -> Violation:
    said = SENTENCES[check].format(code=code, service=service_label(service))
    return Violation(check, f"{service}/{code}", now, said, agency=code.partition("/")[0])
