"""What routing keeps in memory while it runs: the directory, the lexicon, and the vault of what people write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from services.routing.domain import agencies
from services.routing.domain.agencies import Agency, Departed, Directory, Trait
from services.routing.domain.cases import Actor, Case
from services.routing.domain.directories import Listing, read_directory
from services.routing.domain.lexicons import Lexicon, read_lexicon
from services.routing.domain.phrases import Phrases
from services.routing.domain.sensitivities import may_know, read_sensitive_phrases
from services.routing.domain.substance import Gate, read_gate
from services.routing.domain.urgencies import read_alarms
from services.routing.settings import Settings
from shared.calendar import ZONES, Calendar, calendar_for
from shared.errors import BadSettings
from shared.service import RunningService
from shared.settings.secrets import master_key
from shared.telemetry import log, unusable_values
from shared.vault import Unopenable, Vault, derive
from shared.vocabulary import ROOT, Role


@dataclass(frozen=True, slots=True)
class State:
    """The directory, with all codes sorted, the codes of each trait, and those of each agency and all below it.

    `gate` is what a follow-up or an answer must pass; `text_key` is that of the fingerprints of what was said.
    `exceptions` correct the calendar of every agency. `alarms` are words that tell of danger to life,
    `sensitive_phrases` those that make a complaint sensitive.
    """

    directory: Directory
    lexicon: Lexicon
    gate: Gate
    alarms: Phrases
    sensitive_phrases: Phrases
    exceptions: Path | None
    vault: Vault
    text_key: bytes
    codes: Sequence[str]
    codes_by_trait: Mapping[Trait, Sequence[str]]
    subtrees: Mapping[str, tuple[str, ...]]

    def agency(self, code: str) -> Agency:
        """The agency, the successor of one that has left, or for an unknown one the national administrator."""
        return self.directory.present(code) or self.directory.by_code[ROOT]

    def chain(self, code: str) -> tuple[str, ...]:
        """From an agency up to the national administrator; one that has left reports to its successor."""
        return agencies.chain_of(self.directory, code)

    def calendar(self, code: str) -> Calendar:
        """The calendar by which an agency works."""
        agency = self.agency(code)
        return calendar_for(agency.zone, self.exceptions, agency.schedule)

    def named_seats(self, code: str) -> tuple[Role, ...]:
        """The roles at an agency that may know of sensitive complaints."""
        return self.agency(code).sensitive_seats

    def present(self, case: Case) -> Case:
        """The case with the agencies that now stand for its holder and its supporting units.

        An answer stays with the agency that gave it, and a request with the unit that was asked. If that has left, its
        successor may do what it might do.
        """
        holder = self.agency(case.holder).code
        if holder == case.holder and not case.support:
            return case
        asked = {number: {**one, "agency": self.agency(one["agency"]).code} for number, one in case.support.items()}
        return replace(case, holder=holder, support=asked)

    def may_know(self, actor: Actor, case: Case) -> bool:
        """Whether an official may know of a case, which may be sensitive."""
        return may_know(actor, case, self.chain, self.named_seats)

    def seal(self, words: str, subject: str) -> str:
        """What an official wrote, sealed."""
        return self.vault.seal(orjson.dumps({"text": words}).decode(), subject)

    def open(self, sealed: str, subject: str) -> dict[str, str | None]:
        """What a person wrote, by field. Raises Unopenable."""
        opened = orjson.loads(self.vault.open(sealed, subject))
        if not isinstance(opened, dict):
            raise Unopenable("These words are not those of a person, by field.")
        return opened

    def read(self, sealed: str, subject: str) -> dict[str, str | None]:
        """What a person wrote, by field; nothing where it cannot be opened, which must not hide the other cases."""
        try:
            return self.open(sealed, subject)
        except ValueError as error:
            log.error("words cannot be opened", complaint_id=subject, error=repr(error))
            unusable_values.labels("routing", "seal").inc()
            return {}


async def prepare(service: RunningService[State]) -> State:
    """Read the directory and the lexicon.

    Raises BadSettings for a table or region that cannot be used, and in production for a root that cannot be reached.
    """
    settings = service.settings.section(Settings)
    listed, key = _read(settings), master_key(settings, "narrative_key")
    directory = agencies.directory_of(_reachable(listed.agencies, settings), listed.departed)
    return State(
        lexicon=read_lexicon(),
        gate=_gate(settings.review_percent),
        alarms=read_alarms(),
        sensitive_phrases=read_sensitive_phrases(),
        exceptions=_readable(settings.calendar_exceptions),
        vault=Vault(key),
        text_key=derive(key, b"texts"),
        **_views(directory),
    )


def with_departed(state: State, departed: Iterable[Departed]) -> State:
    """The state that also knows these agencies that have left."""
    return replace(state, **_views(agencies.with_departed(state.directory, departed)))


def _gate(review_percent: int | None) -> Gate:
    """The gate of substance, with the share of answers that get a second look if the settings name one."""
    gate = read_gate()
    return gate if review_percent is None else replace(gate, sample=review_percent)


def _views(directory: Directory) -> dict[str, Any]:
    """A directory, and what is looked up in it often."""
    return {
        "directory": directory,
        "codes": sorted(directory.by_code),
        "codes_by_trait": agencies.codes_by_trait(directory),
        "subtrees": agencies.subtrees(directory),
    }


def _readable(exceptions: Path | None) -> Path | None:
    """The exceptions, once the calendars that most agencies have are made of them."""
    try:
        for zone in ZONES:
            calendar_for(zone, exceptions)
    except (ValueError, OSError) as error:
        raise BadSettings(f"TANGGAP_CALENDAR_EXCEPTIONS is refused: {error}") from error
    return exceptions


def _read(settings: Settings) -> Listing:
    try:
        return read_directory(settings.regions or None, overlay=settings.directory_overlay)
    except (ValueError, OSError) as error:
        raise BadSettings(f"The directory of agencies is refused: {error}") from error


def _reachable(listed: Sequence[Agency], settings: Settings) -> Sequence[Agency]:
    """The agencies; in production, seats whose addresses are reserved are vacant, locally they count as filled."""
    reserved = sum(agencies.reserved_seats(agency) for agency in listed)
    if settings.environment != "production":
        if reserved:
            log.warning("officials are examples: no mail to them reaches anybody", seats=reserved)
        return listed
    reachable = [agencies.vacated(agency) for agency in listed]
    if not any(seat.email for agency in reachable if agency.code == ROOT for seat in agency.seats):
        raise BadSettings(
            f"The directory of agencies is refused: production needs a seat of {ROOT} with an address that reaches "
            "somebody; give it in TANGGAP_DIRECTORY_OVERLAY."
        )
    if reserved:
        log.warning("seats are vacant: their addresses are reserved for examples", seats=reserved)
    return reachable
