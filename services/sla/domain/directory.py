"""The directory as sla needs it: agencies with their seats, and the reporting chain above each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from shared.vocabulary import COORDINATOR, LEADER, ROOT, Role


class Seat(NamedTuple):
    """A post at an agency."""

    agency: str
    role: Role

    @property
    def name(self) -> str:
        """`agency/role`, as the database keeps it."""
        return f"{self.agency}/{self.role}"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with its seats: role → whether it is filled. A role that is not listed has no seat there.

    The `parent` of one that has `departed` is its successor. The `approver` is the role that publishes its answers,
    the `duty_officer` that to which urgent cases go.
    """

    code: str
    parent: str | None
    zone: str
    seats: Mapping[str, bool]
    departed: bool = False
    tier: str | None = None
    region: str | None = None
    approver: str | None = None
    duty_officer: str | None = None

    def is_filled(self, role: Role) -> bool:
        return self.seats.get(role, False)


def seat_named(name: str) -> Seat:
    """The seat of this name."""
    agency, role = name.rsplit("/", 1)
    return Seat(agency, cast(Role, role))


def seats_in(stored: Any) -> Mapping[str, bool]:
    """The seats in a row of the directory; those of a damaged row count as vacant, so that whoever is above is told."""
    return {role: filled is True for role, filled in stored.items()} if isinstance(stored, dict) else {}


Chain = Sequence[Agency]
# Until the directory knows the root, its seats count as filled: every escalation needs a recipient.
UNKNOWN_ROOT = Agency(ROOT, None, "WIB", {COORDINATOR: True, LEADER: True})


@dataclass(frozen=True, slots=True)
class Directory:
    """All agencies by code, at one version."""

    version: int
    agencies: Mapping[str, Agency]

    def chain_of(self, code: str) -> Chain:
        """The reporting chain from an agency to the root; a chain that breaks off or circles goes on at the root.

        In place of an agency that has departed, the chain goes on at its successor.
        """
        climbed: dict[str, Agency] = {}
        step: str | None = code
        while step is not None and step in self.agencies and step not in climbed:
            climbed[step] = self.agencies[step]
            step = self.agencies[step].parent
        climbed.setdefault(ROOT, self.agencies.get(ROOT, UNKNOWN_ROOT))
        return tuple(agency for agency in climbed.values() if not agency.departed or agency.code == ROOT)
