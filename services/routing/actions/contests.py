"""Contests: what is told of one, and of its judgement."""

from services.routing.actions.agencies import ref_of
from services.routing.actions.records import Done
from services.routing.domain.appeals import decider_of
from shared.events import ContestJudged, FollowUpContested, Recipient
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ROOT


def contested(done: Done) -> FollowUpContested:
    """What is told of a contest."""
    judge, moment = done.state.agency(done.after.judge or ROOT), done.after.contested_at
    return FollowUpContested(
        complaint_id=done.id,
        agency=ref_of(judge),
        holder=done.after.holder,
        number=done.after.contests,
        judges=(Recipient(agency=judge.code, role=decider_of(judge)),),
        followed_up_at=moment or done.act.at,
        another=bool(done.after.contestable),
        sealed=done.act.sealed,
    )


def judged(done: Done) -> ContestJudged:
    """What is told of a judgement."""
    upheld = done.act.kind == ActKind.ANNULMENT
    return ContestJudged(
        complaint_id=done.id,
        agency=done.after.holder,
        by=done.by,
        number=done.after.contests,
        upheld=upheld,
        awaits=upheld and not done.after.follow_ups,
        is_late=upheld and not done.after.follow_ups and done.after.step_missed,
        followed_up_at=done.before.contested_at or done.act.at,
        sealed=done.words,
    )
