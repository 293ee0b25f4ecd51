"""Agencies: their seats, their reporting chains, and the indexes by which they are found."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.vocabulary import COORDINATOR, ROOT, Role, Tier

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


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that holds complaints; only the root has no `parent`."""

    code: str
    name: str
    tier: Tier
    parent: str | None
    region: str | None
    zone: Zone
    field: str | None
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """Agencies by code, by lower-case name, and the unit or company by region and field of government."""

    by_code: Mapping[str, Agency]
    by_name: Mapping[str, str]
    by_field: Mapping[tuple[str, str], str]


def directory_of(agencies: Iterable[Agency]) -> Directory:
    """The indexes of these agencies.

    Of two agencies with one region and field, the later one holds it: rows of an overlay come last and win.
    """
    by_code = {agency.code: agency for agency in agencies}
    by_name = {agency.name.lower(): agency.code for agency in by_code.values()}
    by_field = {
        (agency.region, agency.field): agency.code
        for agency in by_code.values()
        if agency.tier in ("unit", "company") and agency.region and agency.field
    }
    return Directory(by_code, by_name, by_field)


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
    """The codes of each agency and of all agencies below it."""
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for code in directory.by_code:
        for above in chain(directory.by_code, code):
            codes[above].append(code)
    return {code: tuple(below) for code, below in codes.items()}
