"""Afters: the case as an act leaves it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.routing.domain.acts import Act, receiver
from services.routing.domain.appeals import appeal_after
from services.routing.domain.cases import Case
from services.routing.domain.contests import contest_after, left_after_annulment, returns_to
from services.routing.domain.contributions import support_after
from services.routing.domain.orders import orders_after
from services.routing.domain.windows import ANEW, turn_after
from shared.lifecycle.acts import ActKind
from shared.lifecycle.effects import stopped_by
from shared.lifecycle.transitions import Transition
from shared.vocabulary import (
    ALARM,
    APPEAL,
    APPROVAL,
    AWAITING_FOLLOW_UP,
    COMMITMENT,
    CONTACT,
    FOLLOW_UP,
    IN_PROGRESS,
    REFERRED,
    RESOLUTION,
    SUPPORT,
    VERIFICATION,
    State,
)

# The acts after which the handling goes on where it was, at once or later.
_OVER_HANDLING = frozenset({ActKind.HOLDING, ActKind.MERGER, ActKind.CONSENT})
# The state of the handling after an act beneath a referral.
_BENEATH: Mapping[ActKind, State] = {ActKind.VERIFICATION: AWAITING_FOLLOW_UP, ActKind.FOLLOW_UP: IN_PROGRESS}


def case_after(row: Transition, act: Act, case: Case, sealed_points: str | None = None) -> Case:
    """The case after an act: limits that ended with it are no longer missed, the others still are."""
    ended = stopped_by(row) | row.renews
    draft, draft_by = (None, None) if APPROVAL in ended else (case.draft, case.draft_by)
    after = replace(
        case,
        **turn_after(row, case),
        state=row.after_from(case.state, returns_to(row, case)),
        holder=receiver(row, act, case),
        classification=act.classification or case.classification,
        step_missed=case.step_missed and ended.isdisjoint((VERIFICATION, FOLLOW_UP, CONTACT, APPEAL)),
        resolution_missed=case.resolution_missed and RESOLUTION not in ended,
        next_date=act.next_date if row.after and row.act not in _OVER_HANDLING else case.next_date,
        points=sealed_points or case.points,
        title=act.title or case.title,
        corrected_kind=act.corrected_kind or case.corrected_kind,
        corrected_field=(act.corrected or {}).get("field") or case.corrected_field,
        corrected_region=(act.corrected or {}).get("region") or case.corrected_region,
        **_hold_after(row, case),
        **appeal_after(row, act.appellate, case),
        mergers=case.mergers + (row.act == ActKind.MERGER),
        merged_into=act.merged_into if row.after or row.returns else case.merged_into,
        drafts=case.drafts + (row.act == ActKind.DRAFT),
        draft=act.draft or draft,
        draft_by=act.author or draft_by,
        commitments=case.commitments + (row.act == ActKind.PROMISE),
        open_commitments=_open_commitments(row, case),
        urgent=ALARM in row.begins or (case.urgent and ALARM not in ended),
        urgencies=case.urgencies + (row.act == ActKind.URGENCY),
        **support_after(row, act, case, SUPPORT in ended),
        **orders_after(row, act, case, ended),
        sensitive=row.act == ActKind.SENSITIVITY or (case.sensitive and row.act != ActKind.DISCLOSURE),
        review_open=case.review_open and row.act not in (ActKind.ENDORSEMENT, ActKind.ACCEPTANCE, *ANEW),
        referrals=case.referrals + (row.act == ActKind.CONSENT),
        handed_over=case.handed_over or row.act == ActKind.HANDOVER,
        interim_given=row.act == ActKind.INTERIM or (case.interim_given and row.act not in ANEW),
        **contest_after(row, act, case, ended),
    )
    return replace(after, **left_after_annulment(case)) if row.act == ActKind.ANNULMENT else after


def _hold_after(row: Transition, case: Case) -> dict[str, Any]:
    """The fields of a hold: it begins and ends with a change of the state, and a new turn may ask anew.

    Under a merger or a referral the handling keeps its state as well; after a referral it goes on.
    """
    if row.act == ActKind.HOLDING:
        held = {"holds": case.holds + 1, "held_from": case.state, "asked_in_turn": True}
        return held | {"question_reached": False}
    if row.act in (ActKind.MERGER, ActKind.CONSENT):
        return {"held_from": case.handling}
    if row.after == REFERRED:
        return {"held_from": _BENEATH[row.act]}
    if row.after is None and not row.returns:
        return {}
    begins_turn = row.act in (ActKind.VERIFICATION, ActKind.FORWARD, *ANEW)
    return {"held_from": None, "asked_in_turn": case.asked_in_turn and not begins_turn}


def _open_commitments(row: Transition, case: Case) -> int:
    """How many promises are open after an act: an end without an answer makes all of them void."""
    if row.act in (ActKind.PROMISE, ActKind.FULFILMENT):
        return case.open_commitments + (1 if row.act == ActKind.PROMISE else -1)
    return 0 if COMMITMENT in stopped_by(row) else case.open_commitments
