"""Clocks: real, accelerated and moved by hand."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import AcceleratedClock, ManualClock, RealClock, clock_from

ORIGIN = datetime(2025, 2, 3, 1, 0, tzinfo=UTC)
START = datetime(2024, 1, 1, tzinfo=UTC)
WITA = timezone(timedelta(hours=8))

moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))
speeds = st.floats(0.001, 1_000)


def test_the_real_clock_gives_the_system_time_in_utc():
    before = datetime.now(UTC)
    now = RealClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("speed", "start", "elapsed", "shown"),
    [
        (60, None, timedelta(0), ORIGIN),
        (60, None, timedelta(minutes=1), ORIGIN + timedelta(hours=1)),
        (1440, START, timedelta(minutes=1), START + timedelta(days=1)),
        (1, START, timedelta(seconds=5), START + timedelta(seconds=5)),
        (0.5, START, timedelta(seconds=5), START + timedelta(seconds=2.5)),
        (60, START, timedelta(seconds=-1), START - timedelta(minutes=1)),
    ],
)
def test_an_accelerated_clock_multiplies_the_time_since_its_origin(speed, start, elapsed, shown):
    clock = AcceleratedClock(speed, ORIGIN, start, real=ManualClock(ORIGIN + elapsed))
    assert clock.now() == shown
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("elapsed", "shown", "speed"),
    [
        (timedelta(seconds=59), START + timedelta(minutes=59), 60),
        (timedelta(minutes=1), START + timedelta(hours=1), 1),
        (timedelta(minutes=3), START + timedelta(hours=1, minutes=2), 1),
    ],
)
def test_an_accelerated_clock_runs_as_the_real_one_from_its_last_moment_on(elapsed, shown, speed):
    until = (START + timedelta(hours=1)).astimezone(WITA)
    clock = AcceleratedClock(60, ORIGIN, START, until, real=ManualClock(ORIGIN + elapsed))
    assert (clock.now(), clock.speed) == (shown, speed)


@given(speeds, moments, st.none() | moments, moments)
def test_processes_with_the_same_settings_agree(speed, origin, start, real_now):
    real = ManualClock(real_now)
    one = AcceleratedClock(speed, origin, start, real=real)
    other = AcceleratedClock(speed, origin.astimezone(WITA), start, real=real)
    assert one.now() == other.now()


@given(speeds, st.none() | moments, st.lists(moments, min_size=2, max_size=5))
def test_an_accelerated_clock_never_goes_back(speed, until, real_moments):
    real = ManualClock(min(real_moments))
    clock = AcceleratedClock(speed, ORIGIN, START, until, real=real)
    shown = []
    for moment in sorted(real_moments):
        real.advance_to(moment)
        shown.append(clock.now())
    assert shown == sorted(shown)


@given(st.lists(moments, min_size=1, max_size=8))
def test_a_manual_clock_never_goes_back(moved_to):
    clock = ManualClock(moved_to[0])
    for n, moment in enumerate(moved_to, start=1):
        clock.advance_to(moment)
        assert clock.now() == max(moved_to[:n])


def test_a_manual_clock_stands_still_in_utc():
    clock = ManualClock(ORIGIN.astimezone(WITA))
    clock.advance_to(START.astimezone(WITA))
    assert clock.now() == clock.now() == ORIGIN
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("origin", [None, ORIGIN])
def test_speed_one_without_a_start_gives_the_real_clock(origin):
    assert isinstance(clock_from(1, origin, None), RealClock)


@pytest.mark.parametrize(("speed", "start"), [(60, None), (60, START), (1, START)])
def test_a_speed_or_a_start_gives_an_accelerated_clock(speed, start):
    # The origin is now, so little time has passed.
    origin = datetime.now(UTC)
    clock = clock_from(speed, origin, start)
    assert isinstance(clock, AcceleratedClock)
    assert timedelta(0) <= clock.now() - (start or origin) < timedelta(hours=1)


@pytest.mark.parametrize(("speed", "start"), [(60, None), (1, START)])
def test_a_speed_or_a_start_needs_an_origin(speed, start):
    with pytest.raises(ValueError, match="origin"):
        clock_from(speed, None, start)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_that_is_not_positive_and_finite_is_refused(speed):
    with pytest.raises(ValueError, match="speed"):
        clock_from(speed, ORIGIN, None)


def test_a_naive_moment_is_refused():
    naive = datetime(2025, 2, 3)
    for make in (lambda: ManualClock(naive), lambda: AcceleratedClock(2, naive), lambda: clock_from(2, ORIGIN, naive)):
        with pytest.raises(ValueError, match="no time zone"):
            make()
    with pytest.raises(ValueError, match="no time zone"):
        ManualClock(ORIGIN).advance_to(naive)
