"""The steps that clocks have taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable

# One list of `agency/role`: a single entry that cannot be read would stop the check of climbs.
SEATS = (
    "{0} = '{{}}' OR array_ndims({0}) = 1"
    " AND array_to_string({0}, ';', '') || ';' ~ '^([^;]+/(liaison|coordinator|leader);)+$'"
)


class StepRow(Row):
    """A step that has been taken; its key lets it be taken once only.

    All rounds of a step that recurs are one row, so that the table does not grow by the week: a later round replaces an
    earlier one and never the reverse. The timeline has the history.
    """

    __tablename__ = "fired"
    __table_args__ = (
        Index("fired_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
        readable("fired_at", "reached_at", "acknowledged_at", "check_at", "checked_at"),
        *(CheckConstraint(SEATS.format(name), f"{name}_are_seats") for name in ("told", "passed_over")),
        {"postgresql_with": {"fillfactor": 75}},
    )

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    clock: Mapped[str] = mapped_column(Text, primary_key=True)
    cycle: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    escalation: Mapped[int] = mapped_column(SmallInteger)
    agency: Mapped[str] = mapped_column(Text)
    round: Mapped[int] = mapped_column(Integer, server_default="0")
    fired_at: Mapped[datetime] = mapped_column(Moment)
    # A climb has reached somebody once a mail server has accepted it; it is known once somebody has acknowledged it.
    reached_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    # Who has not been reached by then is passed over; `checked_at` is when that was found.
    check_at: Mapped[datetime | None] = mapped_column(Moment)
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    # The seats (`agency/role`) that this round was said to, each once; and those of them whose notice failed.
    told: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    passed_over: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
