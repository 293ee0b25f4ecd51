"""Where a complaint stands: its official label, its holder, the limits it has missed and how far it has climbed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

UNVERIFIED = "Belum Terverifikasi"
AWAITING = "Terdisposisi Belum Ditindaklanjuti"
IN_PROGRESS = "Terdisposisi Sedang Diproses"
ANSWERED = "Terdisposisi Selesai"
ON_HOLD = "Tertunda"
ARCHIVED = "Arsip"
# The six labels that public counts of SP4N-LAPOR! map onto.
LABELS = (UNVERIFIED, AWAITING, IN_PROGRESS, ANSWERED, ON_HOLD, ARCHIVED)
# Under which labels a missed clock says something; under any other the act it waited for was quicker than the news.
RUNNING_UNDER: Mapping[str, frozenset[str]] = {
    "verification": frozenset({UNVERIFIED}),
    "follow_up": frozenset({AWAITING}),
    "resolution": frozenset({AWAITING, IN_PROGRESS}),
}
# What ends when a complaint is passed on: the new holder has its own time, while the limit of the whole case goes on.
SHORT = frozenset({"verification", "follow_up"})

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A complaint as the public sees it.

    `transfers` counts how often it was passed on; `missed` names the clocks whose limit has passed and still runs on.
    """

    label: str = UNVERIFIED
    agency_name: str | None = None
    transfers: int = 0
    missed: frozenset[str] = frozenset()
    step: int = 0

    @property
    def overdue(self) -> bool:
        return bool(self.missed)


def standing_after(standing: Standing, kind: str, details: Details) -> Standing:
    """The standing once a fact of this kind has happened; most kinds change nothing."""
    match kind:
        case "ComplaintRouted" if standing.label == UNVERIFIED:
            return replace(standing, agency_name=details["agency"]["name"])
        case "ComplaintForwarded":
            holder, transfers = details["agency"]["name"], details["transfers"]
            missed = standing.missed - SHORT
            return replace(standing, label=AWAITING, agency_name=holder, transfers=transfers, missed=missed)
        case "FollowUpRecorded":
            return replace(standing, label=IN_PROGRESS, missed=standing.missed - {"follow_up"})
        case "ComplaintAnswered":
            return replace(standing, label=ANSWERED, missed=frozenset())
        case "DeadlineMissed" if _still_runs(standing, details):
            return replace(standing, missed=standing.missed | {details["clock"]})
        case "ComplaintEscalated":
            return replace(standing, step=max(standing.step, details["step"]))
    return standing


def _still_runs(standing: Standing, missed: Details) -> bool:
    """Whether the clock that was missed is still running; each time it is passed on begins a cycle of the follow-up."""
    clock = missed["clock"]
    past = clock == "follow_up" and missed["cycle"] <= standing.transfers
    return standing.label in RUNNING_UNDER.get(clock, LABELS) and not past
