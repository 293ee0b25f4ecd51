"""The status of a complaint: its state, its holder, its missed limits and its escalation step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.lifecycle.clocks import MAY_RUN_IN, RUNNING_IN
from shared.vocabulary import (
    ACTED,
    ANSWERED,
    APPEALED,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    CONTACT,
    FOLLOW_UP,
    HOLD,
    IN_PROGRESS,
    MERGED,
    MERGER,
    OMBUDSMAN,
    ON_HOLD,
    OVER,
    REFERRED,
    RESOLUTION,
    SPLIT,
    STATE_LABELS,
    UNVERIFIED,
    VERIFICATION,
    WITHDRAWN,
    EventType,
    State,
)

# A forwarding ends these clocks: the new holder has time of its own, while the limit of the whole case goes on.
ENDED_BY_FORWARDING = frozenset({VERIFICATION, FOLLOW_UP})

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Status:
    """A complaint as the public sees it.

    `transfers` counts how often the complaint was passed on. `missed` names the clocks that are past their limit and
    still running. Its reporter was asked something so often (`holds`); on hold or merged, it returns to `held_from`,
    in which it goes on while it is referred.
    `cycle` counts the resolutions, `stage` how often it was answered, ended, reopened, appealed or offered to the
    Ombudsman. The reporter may reopen it until `reopen_until`, appeal once (`appeals`), and have it referred to the
    Ombudsman while it is `offered`. The last of its `follow_ups` is `contestable` by the
    reporter, unless a contest waits for its judgement (`contest_open`). It is `sensitive` as filed unless routing has
    said since whether it is.
    """

    state: State = UNVERIFIED
    agency_name: str | None = None
    transfers: int = 0
    missed: frozenset[str] = frozenset()
    step: int = 0
    holds: int = 0
    held_from: State | None = None
    cycle: int = 1
    stage: int = 0
    reopen_until: datetime | None = None
    sensitive: bool | None = None
    appeals: int = 0
    follow_ups: int = 0
    contestable: bool = False
    contest_open: bool = False
    offered: bool = False

    @property
    def handling(self) -> State:
        """The state of the handling, which a hold or a merger only interrupts, and a referral does not even that."""
        return self.held_from or self.state

    @property
    def label(self) -> str:
        """The official label of the state (SP4N-LAPOR!)."""
        return STATE_LABELS[self.state]


def status_after(status: Status, event_type: str, details: Details) -> Status:
    """The status after an event of this type; most types change nothing."""
    match event_type:
        case EventType.COMPLAINT_ROUTED | EventType.COMPLAINT_REASSIGNED if status.handling == UNVERIFIED:
            return replace(status, agency_name=details["agency"]["name"])
        case EventType.COMPLAINT_FORWARDED:
            return _forwarded(status, details)
        case EventType.FOLLOW_UP_RECORDED:
            return _followed_up(status)
        case EventType.FOLLOW_UP_CONTESTED:
            return replace(status, contestable=details["another"], contest_open=True)
        case EventType.CONTEST_JUDGED:
            return _judged(status, details)
        case EventType.COMPLAINT_ANSWERED:
            # An answer of an earlier release began no window, and was the end.
            return _turned(status, ANSWERED if details.get("window") else CLOSED, details)
        case EventType.COMPLAINT_CLOSED:
            return _turned(status, CLOSED, details)
        case EventType.COMPLAINT_ARCHIVED:
            return _turned(status, ARCHIVED, details)
        case EventType.COMPLAINT_WITHDRAWN:
            return _turned(status, WITHDRAWN, details)
        case EventType.COMPLAINT_HELD:
            return replace(status, state=ON_HOLD, held_from=details["state"], holds=details["cycle"])
        case EventType.COMPLAINT_MERGED:
            return replace(status, state=MERGED, held_from=details["state"])
        case EventType.COMPLAINT_SPLIT:
            return _turned(status, SPLIT, details)
        case EventType.PART_OPENED:
            step = max(status.step, details.get("standing", 0))
            return replace(status, state=AWAITING_FOLLOW_UP, agency_name=details["agency"]["name"], step=step)
        case EventType.COMPLAINT_COMPLETED | EventType.COMPLAINT_RESUMED | EventType.COMPLAINT_SEPARATED:
            return replace(status, state=details["state"], held_from=None)
        case EventType.REPORTER_REPLIED if details.get("closing_taken_back"):
            return _turned(status, ANSWERED, {})
        case EventType.REPORTER_CONTACTED | EventType.REPORTER_REPLIED:
            return replace(status, missed=status.missed - {CONTACT})
        case EventType.COMPLAINT_APPEALED:
            return replace(_turned(status, APPEALED, {}), appeals=details["number"])
        case EventType.APPEAL_DECIDED if not details["upheld"]:
            return _turned(status, details["state"], {})
        case EventType.COMPLAINT_REOPENED | EventType.APPEAL_DECIDED:
            return _reopened(status, details)
        case EventType.COMPLAINT_REFERRED:
            return replace(status, state=REFERRED, held_from=status.handling)
        case EventType.REFERRAL_HANDED_OVER:
            return replace(status, offered=False)
        case EventType.SENSITIVITY_DECLARED | EventType.SENSITIVITY_LIFTED:
            return replace(status, sensitive=event_type == EventType.SENSITIVITY_DECLARED)
    return _after_a_step(status, event_type, details)


def _after_a_step(status: Status, event_type: str, details: Details) -> Status:
    """The status after what sla says of a limit."""
    match event_type:
        case EventType.DEADLINE_MISSED if _still_runs(status, details):
            return replace(status, missed=status.missed | {details["clock"]})
        case EventType.COMPLAINT_ESCALATED:
            return replace(status, step=max(status.step, details["step"]))
        case EventType.OMBUDSMAN_OFFERED:
            return replace(status, offered=True, stage=status.stage + 1)
        case EventType.ESCALATION_WITHDRAWN:
            acted = {details["clock"]} if details["reason"] in (ACTED, OVER) else set()
            offered = status.offered and OMBUDSMAN not in acted
            return replace(status, step=details["standing"], missed=status.missed - acted, offered=offered)
    return status


def _turned(status: Status, state: State, details: Details) -> Status:
    """The status after an answer or an end, from which on no limit of the handling runs."""
    until = details.get("reopen_until")
    reopen_until = datetime.fromisoformat(until) if until else None
    return replace(
        status,
        state=state,
        held_from=None,
        missed=frozenset(),
        stage=status.stage + 1,
        reopen_until=reopen_until,
        contestable=False,
        contest_open=False,
    )


def _reopened(status: Status, details: Details) -> Status:
    state = details["state"]
    return replace(
        _turned(status, state, {}),
        agency_name=details["agency"]["name"],
        transfers=details["transfers"],
        cycle=status.cycle if state == UNVERIFIED else details["cycle"],
    )


def _followed_up(status: Status) -> Status:
    missed, number = status.missed - {FOLLOW_UP}, status.follow_ups + 1
    status = replace(status, missed=missed, follow_ups=number, contestable=True)
    # The handling goes on beneath a referral.
    is_referred = status.state == REFERRED
    return replace(status, held_from=IN_PROGRESS) if is_referred else replace(status, state=IN_PROGRESS)


def _judged(status: Status, details: Details) -> Status:
    """The status after a contest: where it is upheld, and no other follow-up stands, one is awaited again."""
    status = replace(status, contest_open=False)
    if not details["awaits"]:
        return status
    missed = status.missed | {FOLLOW_UP} if details["is_late"] else status.missed
    held_from = AWAITING_FOLLOW_UP if status.held_from else None
    return replace(status, state=status.state if held_from else AWAITING_FOLLOW_UP, held_from=held_from, missed=missed)


def _forwarded(status: Status, details: Details) -> Status:
    return replace(
        status,
        # A question, a merger or a referral stays while its agency leaves the directory.
        state=status.state if status.held_from else AWAITING_FOLLOW_UP,
        held_from=AWAITING_FOLLOW_UP if status.held_from else None,
        agency_name=details["agency"]["name"],
        transfers=details["transfers"],
        missed=status.missed - ENDED_BY_FORWARDING,
        contestable=False,
        contest_open=False,
    )


def _still_runs(status: Status, missed: Details) -> bool:
    """Whether the missed clock is still running, and somebody's limit; a hold or a merger is nobody's.

    A forwarding begins the next cycle of the follow-up clock.
    """
    clock = missed["clock"]
    if clock in MAY_RUN_IN and clock not in RUNNING_IN:
        return False  # The clock of an act is shown in the timeline; a complaint is late by its own limits.
    if clock == FOLLOW_UP and missed["cycle"] <= status.transfers:
        return False
    if clock == RESOLUTION and missed["cycle"] < status.cycle:
        return False
    if clock in (HOLD, MERGER):
        return False
    return clock not in RUNNING_IN or status.handling in RUNNING_IN[clock]
