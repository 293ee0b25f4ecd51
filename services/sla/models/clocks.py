"""The clocks of complaints, each with its next step."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, Index, Integer, SmallInteger, Text, and_, literal_column, or_, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable

OPEN = text("stopped_at IS NULL AND name NOT IN ('ombudsman', 'life', 'hold', 'merger', 'window')")

# More than the longest way between two steps, which a question takes that is classed as supervisory: 58 working days.
# With all holidays that an agency may have of its own, and around Lebaran, 60 working days are 145.
FURTHEST = "150 days"
LAW = {
    "has_a_next_moment": (
        f"stopped_at IS NOT NULL OR (next_at IS NOT NULL AND isfinite(next_at) AND next_at <= moved_at + '{FURTHEST}')"
    ),
    "rests_once_stopped": "stopped_at IS NULL OR next_at IS NULL",
    "has_a_holder": "agency <> ''",
    "stops_for_a_reason": "(stopped_at IS NULL) = (outcome IS NULL)",
    "life_ends_by_an_act": "name <> 'life' OR outcome IS NULL OR outcome IN ('answered', 'ended')",
    "pause_is_visible": (
        "(paused_at IS NULL) = (paused_until IS NULL)"
        " AND (paused_until IS NULL OR stopped_at IS NOT NULL OR next_at <= paused_until)"
    ),
    "pause_ends": f"paused_until IS NULL OR paused_until <= paused_at + '{FURTHEST}'",
}


class ClockRow(Row):
    """A limit that runs, with its next step.

    The law of the promise is in the CHECKs: a clock has stopped for a reason, or it has a next moment that is near,
    counted from `moved_at`, the moment at which the row was last written. A pause has an end.
    """

    __tablename__ = "clocks"
    __table_args__ = (
        Index("clocks_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("clocks_open", "due_at", "complaint_id", postgresql_where=OPEN),
        Index("clocks_open_of_agency", "agency", "due_at", postgresql_where=OPEN),
        *(CheckConstraint(condition, name) for name, condition in LAW.items()),
        readable("started_at", "due_at", "moved_at", "next_at", "stopped_at"),
        readable(lists=["pauses"], name="pauses_are_readable"),
    )

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    agency: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment)
    limit_days: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str] = mapped_column(Text)
    policy_version: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime] = mapped_column(Moment)
    next_step: Mapped[int] = mapped_column(SmallInteger)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Text)
    worked_days: Mapped[float | None] = mapped_column(Float)
    round: Mapped[int] = mapped_column(Integer, server_default="0")
    # No climb is lower.
    floor: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    moved_at: Mapped[datetime] = mapped_column(Moment)
    # The names of the calendars that count it, where it is not that of its zone alone.
    calendars: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # The two moments of each pause.
    pauses: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    paused_until: Mapped[datetime | None] = mapped_column(Moment)
    # By how much an interim reply has made the limit longer.
    extended_days: Mapped[int] = mapped_column(SmallInteger, server_default="0")


# The name stands in the statement itself: a planner that sees a parameter cannot use the partial indexes.
# A hold, a merger or a window is open, and nobody's limit.
NOT_OF_HANDLING = "ombudsman", "life", "hold", "merger", "window"
IS_OPEN = and_(
    ClockRow.stopped_at.is_(None), ClockRow.name.not_in([literal_column(f"'{name}'") for name in NOT_OF_HANDLING])
)
# A window whose end was said to routing but once watches over its complaint; one that is said again watches no more.
WATCHES = or_(IS_OPEN, and_(ClockRow.stopped_at.is_(None), ClockRow.name == "window", ClockRow.round == 0))
