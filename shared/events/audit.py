"""Events of the auditor: the law of the promise does not hold somewhere, holds again, or holds everywhere."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.envelope import Event, Fact


class LawViolated(Fact, source="audit"):
    """A check has found something wrong that has lasted; with `over` it has ended.

    `detail` is a sentence in Indonesian without personal data, empty where another event counts this violation. A
    violation that stands is said once a day; the `owners` of the fact say it again once, so a repetition names none.
    It `mends` if owners are asked by this or by another violation of the same subject. `agency_code` is the agency of
    which a service keeps something else than the directory says.
    """

    complaint_id: UUID | None = None
    check: str
    since: AwareDatetime
    detail: str
    over: bool = False
    owners: tuple[str, ...] = ()
    mends: bool = False
    agency_code: str | None = None

    @property
    def key(self) -> str:
        return str(self.complaint_id or self.check)


def owned_by(service: str, events: Iterable[Event[LawViolated]]) -> list[UUID]:
    """The complaints that a service says again because of these violations, in order."""
    owned = (event.fact.complaint_id for event in events if service in event.fact.owners)
    return sorted({id for id in owned if id})


def agencies_owned_by(service: str, events: Iterable[Event[LawViolated]]) -> list[str]:
    """The agencies that a service says again because of these violations, in order."""
    return sorted({code for event in events if service in event.fact.owners and (code := event.fact.agency_code)})


class AllWell(Fact, source="audit"):
    """Everything was looked at today by so many checks, and nothing is wrong; so many complaints are open."""

    complaints: int
    checks: int

    @property
    def key(self) -> str:
        return "audit"
