"""Audits: a part every minute, once a day everything; whatever is wrong is noted, logged and counted."""

from collections import defaultdict
from collections.abc import Awaitable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.audit.actions.violations import note
from services.audit.checks import agencies, backlogs, clocks, complaints, digests, directory, limits
from services.audit.domain.complaints import CHECKS
from services.audit.domain.violations import Findings, Violation
from services.audit.state import Pass, State
from shared.clock import RealClock
from shared.telemetry import audit_completed, audit_oldest, audit_violations, log

# Moments that the databases wrote by themselves are real time, also where the services' clock is simulated.
REAL = RealClock()
OF_SERVICES = (agencies, backlogs, clocks, directory)
ALL_CHECKS = CHECKS | limits.CHECKS | {check for each in OF_SERVICES for check in each.SENTENCES}


async def audit_once(state: State) -> int:
    """Look at the next part; 1 while a full pass has not come to its end, for then the next part follows at once.

    A check that cannot be made stops no other. Raises what it raised once the others are made.
    """
    now, way = state.clock.now(), state.way
    if not way.is_full and way.is_full_due(now):
        state.way = Pass(is_full=True, full_begun_at=now, completed_at=way.completed_at)
    try:
        if await _is_end(state, now):
            await _look_at_the_rest(state, now)
    finally:
        measure(state, now)
    return int(state.way.is_full)


async def _is_end(state: State, now: datetime) -> bool:
    """Look at the next slice of complaints; whether the other checks are due, too."""
    way = state.way
    ids, up_to = await complaints.ids_after(state.databases, way.after, state.settings.audit_slice)
    await note(state, await _at_complaints(state, ids, now), now)
    is_last = up_to == complaints.LAST
    way.after = complaints.FIRST if is_last else up_to
    return is_last or not way.is_full


async def _look_at_the_rest(state: State, now: datetime) -> None:
    """The checks that are not made complaint by complaint, and the end of a full pass."""
    failures = [failure for check in _checks(state, now) if (failure := await _made(state, check, now))]
    if state.way.is_full:
        state.way.end(now, is_complete=not failures)
    if failures:
        raise failures[0]


async def _made(state: State, check: Awaitable[Findings], now: datetime) -> Exception | None:
    try:
        await note(state, await check, now)
    except Exception as error:
        log.warning("check cannot be made", error=repr(error))
        return error
    return None


def _checks(state: State, now: datetime) -> Iterator[Awaitable[Findings]]:
    settings, known = state.settings, state.ledger.subjects_of
    yield _at_complaints(state, sorted(UUID(subject) for subject in known(CHECKS)), now)
    yield clocks.late_steps(state.databases, now, state.pace)
    yield clocks.unreached_climbs(state.databases, now, state.pace)
    yield backlogs.waiting_events(state.databases, state.clock.now(), REAL.now(), state.pace)
    yield directory.unknown_traits(state.databases, now)
    yield agencies.differing(state.databases, now, state.pace)
    sample = settings.audit_sample * (10 if state.way.is_full else 1)
    yield limits.recounted(state.databases, state.exceptions, sample, known(limits.CHECKS))
    if state.digest_at is None or now - state.digest_at >= timedelta(seconds=settings.audit_digest_seconds):
        yield _at_all(state, now)


async def _at_complaints(state: State, ids: Sequence[UUID], now: datetime) -> Findings:
    if not ids:
        return Findings(CHECKS, (), frozenset())
    return await complaints.look_at(state.databases, ids, now, state.pace)


async def _at_all(state: State, now: datetime) -> Findings:
    """The third look at the complaints whose digests differed twice."""
    state.digest_at = now
    ids, state.open_complaints = await digests.look_at_all(state.databases, state.looks, now, state.pace)
    return await _at_complaints(state, sorted(ids), now)


def measure(state: State, now: datetime) -> None:
    """The violations of each check, the age of the oldest, and when everything was looked at last."""
    by_check: dict[str, list[Violation]] = defaultdict(list)
    for each in state.ledger.open.values():
        by_check[each.violation.check].append(each.violation)
    for check in ALL_CHECKS:
        since = min((violation.since for violation in by_check[check]), default=now)
        audit_violations.labels(check).set(len(by_check[check]))
        audit_oldest.labels(check).set(max(0.0, (now - since).total_seconds()))
    if state.way.completed_at is not None:
        audit_completed.set(state.way.completed_at.timestamp())


def troubles(state: State, now: datetime) -> list[str]:
    """The checks whose violations have lasted so long that the auditor is not ready."""
    grace = timedelta(seconds=state.settings.audit_unready_seconds) * state.pace
    lasting = [one.violation for one in state.ledger.open.values() if one.has_lasted(grace, now)]
    counts = {check: sum(each.check == check for each in lasting) for check in {each.check for each in lasting}}
    return [f"audit: {check}: {count} violations have lasted" for check, count in sorted(counts.items())]
