"""Complaints as time sees them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    false,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.sla.models.tables import Moment, Row
from shared.tables import readable


class ComplaintRow(Row):
    """What time needs to know of a complaint; the moments of its acts, so that no late event starts a clock anew.

    It is open as long as its life clock runs, which must exist; the clock's agency holds it.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        Index("complaints_holder", "holder", "filed_at"),
        Index("complaints_filed", "filed_at"),
        Index("complaints_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        Index("complaints_reference", "reference", postgresql_where=text("reference IS NOT NULL")),
        Index(
            "complaints_silent",
            "confidential",
            "silent_since",
            "id",
            postgresql_where=text("answered_at IS NULL AND ended_at IS NULL"),
            postgresql_include=["sensitive"],
        ),
        CheckConstraint("life = 'life' AND life_cycle = 1", "life_is_life"),
        ForeignKeyConstraint(
            ("id", "life", "life_cycle"),
            ("clocks.complaint_id", "clocks.name", "clocks.cycle"),
            name="has_a_life_clock",
            deferrable=True,
            initially="DEFERRED",
        ),
        readable(
            "filed_at",
            "reassigned_at",
            "verified_at",
            "answered_at",
            "ended_at",
            "silent_since",
            lists=["follow_ups", "answers", "contacts", "closings", "ends", "reopenings"],
        ),
        readable("sensitive_at", name="sensitivity_is_readable"),
        readable(lists=["resumptions"], name="resumptions_are_readable"),
        readable(lists=["separations"], name="separations_are_readable"),
        readable(lists=["revivals"], name="revivals_are_readable"),
        readable(lists=["interims"], name="interims_are_readable"),
        readable(lists=["draft_returns"], name="returns_are_readable"),
        readable(lists=["all_clears"], name="all_clears_are_readable"),
        readable(lists=["splits"], name="splits_are_readable"),
        readable(lists=["appeals"], name="appeals_are_readable"),
        readable(lists=["annulments"], name="annulments_are_readable"),
        readable(lists=["judgements"], name="judgements_are_readable"),
        readable(lists=["dismissals"], name="dismissals_are_readable"),
        readable(lists=["handovers"], name="handovers_are_readable"),
        readable(lists=["acknowledgements"], name="acknowledgements_are_readable"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    filed_at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(Text, server_default="complaint")
    # Nobody may see a complaint until its filing is known, which may be parked.
    confidential: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    # Only named seats may know of it; since when the last word on that holds.
    sensitive: Mapped[bool] = mapped_column(Boolean, server_default=false())
    sensitive_at: Mapped[datetime | None] = mapped_column(Moment)
    # Its tracking reference, by which public lists name it unless it is confidential or sensitive.
    reference: Mapped[str | None] = mapped_column(Text)
    classification: Mapped[str | None] = mapped_column(Text)
    holder: Mapped[str | None] = mapped_column(Text)
    # When its agency or verifier had left before the verification and it was reassigned, for the last time.
    reassigned_at: Mapped[datetime | None] = mapped_column(Moment)
    # How often it had been passed on when its holder got it; empty before the first forwarding.
    transfers: Mapped[int | None] = mapped_column(SmallInteger)
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    follow_ups: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # When drafts of an answer went back to their authors.
    draft_returns: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # When officials said that no life was in danger.
    all_clears: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    answers: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # Calls to the reporter about an answer; ends after an answer; archivings and withdrawals; disputes and reopenings.
    contacts: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    closings: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    ends: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    reopenings: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # Since when which class or kind was said of it, once one was corrected: texts in the order of time.
    corrections: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # Of each interim reply its moment, and the end of the day that it names.
    interims: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # When a reply undid a closing.
    revivals: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # Appeals, and those after which the end stood.
    appeals: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    dismissals: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # Follow-ups that count as not done after a contest, and the moments at which contests were judged.
    annulments: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    judgements: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # When its file was handed over to the Ombudsman.
    handovers: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # When orders of leaders were acknowledged.
    acknowledgements: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # The answer, and the end without an answer, that stand.
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    # Since when its reporter has had no word of substance.
    silent_since: Mapped[datetime] = mapped_column(Moment)
    # When a hold ended, and when a merger did.
    resumptions: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    separations: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    # When it was split, or one of its parts was opened again; of a part, its whole.
    splits: Mapped[list[datetime]] = mapped_column(ARRAY(Moment), server_default="{}")
    part_of: Mapped[UUID | None]
    # Who had the whole of a part before: moment, agency, zone and calendar of each, in the order of time.
    earlier_turns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # The key of its life clock.
    life: Mapped[str] = mapped_column(Text, server_default="life")
    life_cycle: Mapped[int] = mapped_column(SmallInteger, server_default="1")


# Public lists and figures name or count no complaint that is hidden. The condition begins as the index of the silent.
IS_LISTED = not_(ComplaintRow.confidential) & not_(ComplaintRow.sensitive)
IS_HIDDEN = or_(ComplaintRow.confidential, ComplaintRow.sensitive)


def _last_said(what: str) -> ColumnElement[str | None]:
    """What the last correction says: each is a text of moment, `kind` or `class`, and value, in the order of time."""
    said = func.unnest(ComplaintRow.corrections).column_valued("said")
    value = func.split_part(said, " ", 3)
    return select(value).where(func.split_part(said, " ", 2) == what).order_by(said.desc()).limit(1).scalar_subquery()


# The kind as it was corrected last; the class that its coordinator gave it, or before that the kind.
KNOWN_KIND = func.coalesce(_last_said("kind"), ComplaintRow.kind)
KNOWN_CLASS = func.coalesce(_last_said("class"), ComplaintRow.classification, KNOWN_KIND)
