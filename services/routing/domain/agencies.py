"""Agencies: their seats, their reporting chains, and the indexes by which they are found."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from shared.addresses import is_reserved
from shared.schedules import STANDARD, Schedule
from shared.vocabulary import COORDINATOR, LEADER, NAMED_SEATS, ROOT, ApproverRole, Role, Tier

Zone = Literal["WIB", "WITA", "WIT"]
# A trait of an agency (region, field or tier) and its value.
Trait = tuple[str, str]


class BrokenChain(ValueError):
    """A reporting chain does not end at an agency without a parent."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post, never a person; without an e-mail address the seat is vacant."""

    role: Role
    title: str
    email: str | None

    @property
    def is_reserved(self) -> bool:
        return self.email is not None and is_reserved(self.email)


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that holds complaints; only the root has no `parent`.

    The `approver` publishes its answers; without one the approval is waived. Urgent cases go to the seat of the
    `duty_officer`. By its `schedule` limits are counted. Only the `sensitive_seats` may know of its sensitive cases.
    """

    code: str
    name: str
    tier: Tier
    parent: str | None
    region: str | None
    zone: Zone
    field: str | None
    seats: tuple[Seat, ...]
    approver: ApproverRole | None = "coordinator"
    duty_officer: Role = LEADER
    schedule: Schedule = STANDARD
    sensitive_seats: tuple[Role, ...] = NAMED_SEATS


@dataclass(frozen=True, slots=True)
class Departed:
    """An agency that has left the directory; `successor` is the code of the agency that has taken over."""

    code: str
    name: str
    successor: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Agencies by code, by lower-case name, and the unit or company by region and field of government.

    `successors` gives for each agency that has left the one that has taken over; `by_name` has those that left, too.
    """

    by_code: Mapping[str, Agency]
    by_name: Mapping[str, str]
    by_field: Mapping[tuple[str, str], str]
    successors: Mapping[str, str] = field(default_factory=dict)

    def present(self, code: str) -> Agency | None:
        """The agency, or the successor of one that has left."""
        return self.by_code.get(self.successors.get(code, code))


def directory_of(agencies: Iterable[Agency], departed: Iterable[Departed] = ()) -> Directory:
    """The indexes of these agencies, and of those that have left.

    Of two agencies with one region and field, the later one holds it: rows of an overlay come last and win.
    """
    by_code = {agency.code: agency for agency in agencies}
    left = {each.code: each for each in departed if each.code not in by_code}
    named = {code: each.successor for code, each in left.items()}
    successors = {code: heir_of(code, named, by_code) or ROOT for code in left}
    by_name = {each.name.lower(): code for code, each in left.items()}
    by_name |= {agency.name.lower(): agency.code for agency in by_code.values()}
    by_field = {
        (agency.region, agency.field): agency.code
        for agency in by_code.values()
        if agency.tier in ("unit", "company") and agency.region and agency.field
    }
    return Directory(by_code, by_name, by_field, successors)


def with_departed(directory: Directory, departed: Iterable[Departed]) -> Directory:
    """The directory that also knows these agencies that have left; its own word on an agency stays."""
    more = directory_of(directory.by_code.values(), departed)
    return replace(
        directory,
        by_name={**more.by_name, **directory.by_name},
        successors={**more.successors, **directory.successors},
    )


def heir_of(code: str, successors: Mapping[str, str], there: Container[str]) -> str | None:
    """The last successor of an agency that has left, if it is there; None where the successors lead nowhere."""
    passed: set[str] = set()
    while code in successors:
        if code in passed:
            return None
        passed.add(code)
        code = successors[code]
    return code if code in there else None


def vacated(agency: Agency) -> Agency:
    """The agency, its seats vacant whose addresses are reserved: no mail to them reaches anybody."""
    seats = tuple(replace(seat, email=None) if seat.is_reserved else seat for seat in agency.seats)
    return replace(agency, seats=seats)


def reserved_seats(agency: Agency) -> int:
    """How many of its seats have a reserved address."""
    return sum(seat.is_reserved for seat in agency.seats)


def chain(by_code: Mapping[str, Agency], code: str) -> tuple[str, ...]:
    """The reporting chain from an agency to the root, both included. Raises BrokenChain."""
    climbed: list[str] = []
    step: str | None = code
    while step:
        if step in climbed:
            raise BrokenChain(f"The reporting chain of {code} runs in a circle: {' → '.join((*climbed, step))}.")
        if step not in by_code:
            raise BrokenChain(f"The reporting chain of {code} leads to {step}, which is not in the directory.")
        climbed.append(step)
        step = by_code[step].parent
    return tuple(climbed)


def chain_of(directory: Directory, code: str) -> tuple[str, ...]:
    """From an agency up to the root; one that has left reports to its successor, an unknown one to the root."""
    if code in directory.by_code:
        return chain(directory.by_code, code)
    return code, *chain(directory.by_code, directory.successors.get(code, ROOT))


def verifier_of(by_code: Mapping[str, Agency], code: str) -> str:
    """The nearest agency, from this one upward, that has a coordinator."""
    try:
        climbed = chain(by_code, code)
    except BrokenChain:
        return ROOT
    return next((step for step in climbed if any(seat.role == COORDINATOR for seat in by_code[step].seats)), ROOT)


def codes_by_trait(directory: Directory) -> Mapping[Trait, Sequence[str]]:
    """The sorted codes of the agencies of each region, field and tier."""
    codes: defaultdict[Trait, list[str]] = defaultdict(list)
    for code in sorted(directory.by_code):
        agency = directory.by_code[code]
        for trait, value in (("region", agency.region), ("field", agency.field), ("tier", agency.tier)):
            if value:
                codes[trait, value].append(code)
    return dict(codes)


def subtrees(directory: Directory) -> Mapping[str, tuple[str, ...]]:
    """The codes of each agency and of all below it; one that has left stands below its successor."""
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for code in (*directory.by_code, *directory.successors):
        for above in chain_of(directory, code):
            codes[above].append(code)
    return {code: tuple(below) for code, below in codes.items()}
