"""The cases: one for each complaint that routing has assigned."""

from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, SmallInteger, Text, false, literal_column, or_, text, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.models.tables import READABLE_DATE, Model
from shared.tables import readable
from shared.vocabulary import (
    APPEALED,
    ENDED,
    OVER_HANDLING,
    SPLIT,
    Classification,
    Kind,
    Role,
    SensitiveBy,
    State,
    UrgentBy,
)

# The states stand in the statements themselves, where the planner sees them.
_ENDED = [f"'{state}'" for state in get_args(State) if state in ENDED]
HOLDABLE = tuple(state for state in get_args(State) if state not in ENDED | OVER_HANDLING | {SPLIT, APPEALED})


class CaseRecord(Model):
    """A complaint as its holder sees it. `sealed` is the narrative, which is opened only to show it to officials.

    Sealed as well are the verifier's `title`, which stands beside the reporter's as the `corrected_kind` beside the
    kind, the `points` to be answered, and the `draft` of an answer that waits for its approval.
    """

    __tablename__ = "cases"
    # A worklist is sorted by `filed_at`. The first three indexes serve the worklist of one agency or of several; the
    # next two serve the worklist of the whole country. The last ones find the open cases of a verifier that has left,
    # those that were merged into a case, and the parts of one.
    __table_args__ = (
        Index("ix_cases_holder", "holder", "filed_at", "id"),
        Index("ix_cases_holder_state", "holder", "state", "filed_at", "id"),
        Index(
            "ix_cases_overdue",
            "holder",
            "filed_at",
            "id",
            postgresql_where=text("step_missed OR resolution_missed"),
        ),
        Index("ix_cases_state", "state", "filed_at", "id"),
        Index("ix_cases_filed_at", "filed_at", "id"),
        Index("ix_cases_verifier", "verifier", postgresql_where=text(f"state NOT IN ({', '.join(_ENDED)})")),
        Index("ix_cases_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_cases_supporting", "supporting", postgresql_using="gin", postgresql_where=text("supporting <> '{}'")),
        Index("ix_cases_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        Index("ix_cases_contested", "holder", "filed_at", "id", postgresql_where=text("contested_at IS NOT NULL")),
        Index("ix_cases_review", "holder", "filed_at", "id", postgresql_where=text("review_open")),
        CheckConstraint("holder <> '' AND verifier <> ''", "has_a_holder"),
        readable("filed_at", "withdrawn_at", "closed_at", "reopen_until"),
        readable("contested_at", lists=["follow_ups", "contestable"], name="follow_ups_are_readable"),
        CheckConstraint(READABLE_DATE, "next_dates_are_readable"),
        CheckConstraint(f"state IN {get_args(State)}", "has_a_state"),
        CheckConstraint(f"kind IN {get_args(Kind)}", "has_a_kind"),
        CheckConstraint(f"corrected_kind IN {get_args(Kind)}", "is_corrected_to_a_kind"),
        CheckConstraint(f"classification IN {get_args(Classification)}", "has_a_class"),
        CheckConstraint(
            "(held_from IS NOT NULL) = (state IN ('ON_HOLD', 'MERGED', 'REFERRED'))", "returns_from_its_hold"
        ),
        CheckConstraint("(merged_into IS NOT NULL) = (state = 'MERGED')", "waits_for_another"),
        CheckConstraint("(part_of IS NOT NULL) = (inherited IS NOT NULL)", "inherits_as_a_part"),
        CheckConstraint("part_of IS NULL OR (part_of <> id AND state <> 'SPLIT')", "is_a_part_of_a_whole"),
        CheckConstraint("appellate IS NOT NULL OR state <> 'APPEALED'", "is_appealed_to_an_agency"),
        CheckConstraint("(end_at_stake IS NOT NULL) = (state = 'APPEALED')", "appeal_has_an_end_at_stake"),
        CheckConstraint("end_at_stake IN ('CLOSED', 'ARCHIVED')", "end_at_stake_is_an_end"),
        CheckConstraint("contested_at IS NULL OR judge IS NOT NULL", "contest_has_a_judge"),
        CheckConstraint("merged_into <> id", "waits_for_no_answer_to_itself"),
        CheckConstraint(f"held_from IN {HOLDABLE}", "is_held_from_an_open_state"),
        CheckConstraint("(draft IS NULL) = (draft_by IS NULL) AND drafts >= 0", "draft_has_an_author"),
        CheckConstraint("open_commitments BETWEEN 0 AND commitments", "promises_are_counted"),
        CheckConstraint("departures >= 0 AND departures <= transfers AND transfers <= 30000", "turns_are_counted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    filed_at: Mapped[datetime]
    kind: Mapped[Kind] = mapped_column(Text)
    confidential: Mapped[bool]
    sealed: Mapped[str]
    rule: Mapped[str]
    explanation: Mapped[str]
    verifier: Mapped[str]
    holder: Mapped[str]
    state: Mapped[State] = mapped_column(Text)
    classification: Mapped[Classification | None] = mapped_column(Text)
    transfers: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    departures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    step_missed: Mapped[bool] = mapped_column(server_default=false())
    resolution_missed: Mapped[bool] = mapped_column(server_default=false())
    ladder_step: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    withdrawn_at: Mapped[datetime | None]
    climbs: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    ombudsman_offered: Mapped[bool] = mapped_column(server_default=false())
    next_date: Mapped[date | None]
    points: Mapped[str | None]
    title: Mapped[str | None]
    corrected_kind: Mapped[Kind | None] = mapped_column(Text)
    corrected_field: Mapped[str | None]
    corrected_region: Mapped[str | None]
    # Orders of leaders: whether one is open, how many there were, and whose leaders gave those that are open.
    order_open: Mapped[bool] = mapped_column(server_default=false())
    orders: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    ordered_by: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # Whether the reporter gave a contact; of cases of before, the question itself will tell.
    reachable: Mapped[bool] = mapped_column(server_default=true())
    holds: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    held_from: Mapped[State | None] = mapped_column(Text)
    asked_in_turn: Mapped[bool] = mapped_column(server_default=false())
    question_reached: Mapped[bool] = mapped_column(server_default=false())
    drafts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    draft: Mapped[str | None]
    draft_by: Mapped[Role | None] = mapped_column(Text)
    commitments: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    open_commitments: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    cycle: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    verifications: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    windows: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    reached: Mapped[bool] = mapped_column(server_default=false())
    contact_open: Mapped[bool] = mapped_column(server_default=false())
    closed_at: Mapped[datetime | None]
    reopen_until: Mapped[datetime | None]
    mergers: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    merged_into: Mapped[UUID | None]
    urgent: Mapped[bool] = mapped_column(server_default=false())
    urgencies: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    # The whole that was split, and what counts of it for the limits of this part: fields of PartOpened.
    part_of: Mapped[UUID | None]
    inherited: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    earlier_passes: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    interim_given: Mapped[bool] = mapped_column(server_default=false())
    review_open: Mapped[bool] = mapped_column(server_default=false())
    appeals: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    appellate: Mapped[str | None]
    end_at_stake: Mapped[State | None] = mapped_column(Text)
    follow_ups: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)), server_default="{}")
    contestable: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)), server_default="{}")
    contests: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    contested_at: Mapped[datetime | None]
    judge: Mapped[str | None]
    was_late: Mapped[bool] = mapped_column(server_default=false())
    referrals: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    handed_over: Mapped[bool] = mapped_column(server_default=false())
    # The requests to contribute, by their numbers, and the units of those that are open.
    support: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    supporting: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # Why its filing was an alarm, if it was.
    urgent_by: Mapped[UrgentBy | None] = mapped_column(Text)
    sensitive: Mapped[bool] = mapped_column(server_default=false())
    # Why its filing was sensitive, if it was.
    sensitive_by: Mapped[SensitiveBy | None] = mapped_column(Text)


# The condition of the index `ix_cases_verifier`.
IS_OPEN = CaseRecord.state.not_in([literal_column(state) for state in _ENDED])
# The condition of the index `ix_cases_overdue`.
OVERDUE = or_(CaseRecord.step_missed, CaseRecord.resolution_missed)
