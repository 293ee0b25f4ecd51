"""The recipients of each event: a table of rules from an event's type to who gets a message, by which template."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.notify.domain.details import code_of
from services.notify.domain.limits import OF_ONE_LIMIT
from shared.vocabulary import COORDINATOR, HOLD, LEADER, LIAISON, UNVERIFIED, EventType

RecipientKind = Literal["reporter", "seat"]
REPORTER: RecipientKind = "reporter"
SEAT: RecipientKind = "seat"


@dataclass(frozen=True, slots=True)
class RecipientRule:
    """Says who gets a message by `template`.

    Without a `field`, the reporter. With a `role`, the seat of that role in the agency that the `field` of the event
    names. With a `field` alone, each seat that the field lists. With `only_if`, nobody unless that field has a value;
    with `unless`, nobody if it has. With a `clock`, nobody if the event is about another.
    With `once_without`, nobody who has this message about the complaint already, unless that field has a value.
    With `by_another`, nobody if the agency that handles the complaint acted itself, or handles it only once verified.
    With `unless_repeated`, nobody if the event is a climb that repeats one.
    A message that `must_reach` someone is reported with its outcome; if it reaches nobody, the seat above gets one by
    the template `above`.
    """

    template: str
    field: str = REPORTER
    role: str = ""
    only_if: str = ""
    unless: str = ""
    clock: str = ""
    once_without: str = ""
    by_another: bool = False
    unless_repeated: bool = False
    must_reach: bool = False
    above: str = ""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be written; `recipient` is unique within its event. `once`: not if the recipient has one already."""

    recipient: str
    kind: RecipientKind
    agency: str | None
    role: str | None
    template: str
    once: bool = False


RECIPIENTS: Mapping[EventType, tuple[RecipientRule, ...]] = {
    EventType.COMPLAINT_ROUTED: (
        RecipientRule("received"),
        RecipientRule("to_verify", "verifier", COORDINATOR, must_reach=True, above="to_verify_above"),
        RecipientRule("assigned", "agency", LIAISON),
        RecipientRule("for_leader", "agency", LEADER),
    ),
    EventType.URGENCY_DECLARED: (
        RecipientRule("urgent", "duty", must_reach=True, above="urgent_above"),
        RecipientRule("declared_urgent"),
    ),
    EventType.URGENCY_LIFTED: (RecipientRule("all_clear"),),
    EventType.SENSITIVITY_DECLARED: (
        RecipientRule("sensitive", "seats", must_reach=True, above="sensitive_above"),
        RecipientRule("declared_sensitive"),
    ),
    EventType.SENSITIVITY_LIFTED: (RecipientRule("disclosed"),),
    EventType.COMPLAINT_REASSIGNED: (
        RecipientRule("reassigned"),
        RecipientRule("to_verify", "verifier", COORDINATOR, must_reach=True, above="to_verify_above"),
        RecipientRule("assigned", "agency", LIAISON, only_if="previous"),
        RecipientRule("for_leader", "agency", LEADER, only_if="previous"),
        RecipientRule("urgent", "duty", must_reach=True, above="urgent_above"),
    ),
    EventType.COMPLAINT_FORWARDED: (
        RecipientRule("forwarded"),
        RecipientRule("to_follow_up", "agency", LIAISON, must_reach=True, above="to_follow_up_above"),
        # A verification may name another agency than the routing did, and names no previous holder.
        RecipientRule("for_leader", "agency", LEADER, once_without="previous"),
        RecipientRule("urgent", "duty", must_reach=True, above="urgent_above"),
    ),
    EventType.FOLLOW_UP_RECORDED: (RecipientRule("followed_up"),),
    EventType.COMPLAINT_ANSWERED: (
        RecipientRule("answered", must_reach=True),
        RecipientRule(
            "to_review", "reviewer", COORDINATOR, only_if="reviewer", must_reach=True, above="to_review_above"
        ),
    ),
    EventType.ANSWER_ENDORSED: (RecipientRule("endorsed", "agency", LIAISON),),
    EventType.COMPLAINT_ARCHIVED: (
        RecipientRule("archived"),
        RecipientRule("archived_for_seat", "agency", LIAISON),
        RecipientRule("archived_for_seat", "agency", LEADER),
    ),
    EventType.COMPLAINT_WITHDRAWN: (
        RecipientRule("taken_back"),
        RecipientRule("taken_back_for_seat", "verifier", COORDINATOR, only_if="verifier"),
        RecipientRule("taken_back_for_seat", "agency", LIAISON, unless="verifier"),
        RecipientRule("taken_back_for_seat", "agency", LEADER, unless="verifier"),
    ),
    EventType.ACT_REFUSED: (RecipientRule("act_refused"),),
    EventType.INTERIM_REPLIED: (RecipientRule("interim"), RecipientRule("interim_for_leader", "agency", LEADER)),
    EventType.OBSTACLE_REPORTED: (RecipientRule("obstacle"),),
    EventType.ORDER_GIVEN: (RecipientRule("ordered", "agency", LIAISON, must_reach=True, above="ordered_above"),),
    EventType.ORDER_ACKNOWLEDGED: (RecipientRule("order_acknowledged", "leaders"),),
    EventType.COMPLAINT_CLOSED: (RecipientRule("closed"), RecipientRule("closed_for_seat", "agency", LIAISON)),
    EventType.COMPLAINT_REOPENED: (
        RecipientRule("reopened"),
        RecipientRule(
            "to_verify_again", "verifier", COORDINATOR, only_if="verifier", must_reach=True, above="to_verify_above"
        ),
        RecipientRule(
            "reopened_for_seat", "agency", LIAISON, unless="verifier", must_reach=True, above="to_follow_up_above"
        ),
        RecipientRule("reopened_for_seat", "agency", LEADER, unless="verifier"),
    ),
    EventType.COMPLAINT_APPEALED: (
        RecipientRule("appealed"),
        RecipientRule("to_decide", "deciders", must_reach=True, above="to_decide_above"),
        RecipientRule("appealed_for_seat", "holder", LIAISON),
    ),
    EventType.APPEAL_DECIDED: (
        RecipientRule("appeal_upheld", only_if="upheld"),
        RecipientRule("appeal_dismissed", unless="upheld"),
        RecipientRule(
            "to_verify_again", "verifier", COORDINATOR, only_if="verifier", must_reach=True, above="to_verify_above"
        ),
        RecipientRule(
            "upheld_for_seat",
            "agency",
            LIAISON,
            only_if="upheld",
            unless="verifier",
            must_reach=True,
            above="to_follow_up_above",
        ),
        RecipientRule("upheld_for_seat", "agency", LEADER, only_if="upheld", unless="verifier"),
        RecipientRule("dismissed_for_seat", "agency", LIAISON, unless="upheld"),
    ),
    EventType.FOLLOW_UP_CONTESTED: (
        RecipientRule("contested"),
        RecipientRule("to_judge", "judges", must_reach=True, above="to_judge_above"),
        RecipientRule("contested_for_seat", "holder", LIAISON),
    ),
    EventType.CONTEST_JUDGED: (
        RecipientRule("annulled", only_if="upheld"),
        RecipientRule("confirmed", unless="upheld"),
        RecipientRule(
            "annulled_for_seat", "agency", LIAISON, only_if="upheld", must_reach=True, above="to_follow_up_above"
        ),
        RecipientRule("annulled_for_seat", "agency", LEADER, only_if="upheld"),
        RecipientRule("confirmed_for_seat", "agency", LIAISON, unless="upheld"),
    ),
    EventType.COMPLAINT_REFERRED: (
        RecipientRule("referred"),
        RecipientRule("to_hand_over", "referrers", must_reach=True, above="to_hand_over_above"),
        RecipientRule("referred_for_seat", "agency", LIAISON, unless="unverified"),
        RecipientRule("referred_for_seat", "agency", LEADER),
    ),
    EventType.REFERRAL_HANDED_OVER: (
        RecipientRule("handed_over"),
        RecipientRule("handed_over_for_seat", "agency", LIAISON),
        RecipientRule("handed_over_for_seat", "agency", LEADER),
    ),
    EventType.CONTACT_REQUESTED: (
        RecipientRule("to_contact", "agency", LIAISON, must_reach=True, above="to_contact_above"),
        RecipientRule("to_contact_for_coordinator", "agency", COORDINATOR),
    ),
    EventType.REPORTER_CONTACTED: (RecipientRule("contacted"),),
    EventType.WINDOW_CLOSING: (RecipientRule("window_closing"),),
    EventType.ANSWER_DRAFTED: (RecipientRule("to_approve", "approvers", must_reach=True, above="to_approve_above"),),
    EventType.ANSWER_RETURNED: (RecipientRule("answer_returned", "authors"),),
    EventType.COMPLAINT_CORRECTED: (
        RecipientRule("corrected"),
        RecipientRule("corrected_for_seat", "agency", LIAISON),
    ),
    EventType.PROMISE_MADE: (RecipientRule("promised"), RecipientRule("promised_for_seat", "agency", LIAISON)),
    EventType.PROMISE_KEPT: (RecipientRule("promise_kept"),),
    EventType.PROMISE_MOVED: (RecipientRule("promise_moved"),),
    EventType.COMPLAINT_HELD: (
        RecipientRule("question", must_reach=True),
        RecipientRule("held_for_seat", "agency", LIAISON, by_another=True),
    ),
    EventType.COMPLAINT_COMPLETED: (
        RecipientRule("completed", "verifier", COORDINATOR, only_if="verifier"),
        RecipientRule("completed", "agency", LIAISON, unless="verifier"),
    ),
    EventType.REPORTER_REPLIED: (
        RecipientRule("open_again", only_if="closing_taken_back"),
        RecipientRule("replied", "verifier", COORDINATOR, only_if="verifier"),
        RecipientRule("replied", "agency", LIAISON, unless="verifier"),
    ),
    EventType.COMPLAINT_RESUMED: (
        RecipientRule("resumed"),
        RecipientRule("unreached", "verifier", COORDINATOR, only_if="unreached"),
        RecipientRule("resumed_for_seat", "agency", LIAISON, by_another=True),
    ),
    EventType.COMPLAINT_MERGED: (
        RecipientRule("merged"),
        RecipientRule("merged_for_seat", "agency", LIAISON, unless="verifier"),
    ),
    EventType.PART_OPENED: (
        RecipientRule("to_follow_up", "agency", LIAISON, must_reach=True, above="to_follow_up_above"),
        RecipientRule("for_leader", "agency", LEADER),
        RecipientRule("urgent", "duty", must_reach=True, above="urgent_above"),
    ),
    EventType.COMPLAINT_SPLIT: (
        RecipientRule("split"),
        RecipientRule("split_for_seat", "agency", LIAISON, unless="verifier"),
    ),
    EventType.CONTRIBUTION_REQUESTED: (
        RecipientRule("asked_to_contribute", "agency", LIAISON, must_reach=True, above="asked_to_contribute_above"),
    ),
    EventType.CONTRIBUTION_GIVEN: (RecipientRule("contributed", "holder", LIAISON),),
    EventType.COMPLAINT_SEPARATED: (
        RecipientRule("separated"),
        RecipientRule("separated_for_seat", "verifier", COORDINATOR, only_if="verifier"),
        RecipientRule("separated_for_seat", "agency", LIAISON, unless="verifier"),
    ),
    # A hold is for its reporter, and names no seat.
    EventType.DEADLINE_NEAR: (
        RecipientRule("deadline_near", "recipients"),
        RecipientRule("question_open", clock=HOLD),
    ),
    EventType.COMPLAINT_ESCALATED: (
        RecipientRule("escalation", "recipients", must_reach=True),
        RecipientRule("escalated", unless_repeated=True),
    ),
    EventType.SEAT_FOUND_VACANT: (RecipientRule("seat_vacant", "reported_to"),),
    EventType.OMBUDSMAN_OFFERED: (
        RecipientRule("ombudsman", must_reach=True, above="ombudsman_to_call"),
        RecipientRule("ombudsman_for_leader", "agency", LEADER, must_reach=True, above="ombudsman_for_leader_above"),
    ),
    # The ledger, not the event, says whom the escalation had reached.
    EventType.ESCALATION_WITHDRAWN: (
        RecipientRule("withdrawn", "told"),
        RecipientRule("withdrawn_for_reporter", only_if=REPORTER),
    ),
}


def messages_about(event_type: EventType, fact: Mapping[str, Any]) -> Iterator[NewMessage]:
    """The messages about an event of this type, whose fields are plain values."""
    for rule in RECIPIENTS[event_type]:
        if not _applies(rule, fact):
            continue
        if rule.field == REPORTER:
            yield NewMessage(REPORTER, REPORTER, None, None, rule.template)
            continue
        once = bool(rule.once_without) and fact[rule.once_without] is None
        for agency, role in _seats(rule, fact[rule.field]):
            yield NewMessage(f"{agency}/{role}", SEAT, agency, role, rule.template, once)


def _applies(rule: RecipientRule, fact: Mapping[str, Any]) -> bool:
    is_missing = rule.only_if and fact[rule.only_if] in (None, False)
    is_excluded = rule.unless and fact[rule.unless] not in (None, False)
    is_of_another = rule.clock and fact["clock"] != rule.clock
    is_own = rule.by_another and (fact["by"] == code_of(fact["agency"]) or fact["state"] == UNVERIFIED)
    return not (is_missing or is_excluded or is_of_another or is_own or (rule.unless_repeated and _is_repeated(fact)))


def _is_repeated(climb: Mapping[str, Any]) -> bool:
    """Whether a reporter has this news: a climb went on to other seats, or one limit of several climbs again.

    Each limit climbs again every week; that of the whole complaint is enough for a mail a week.
    """
    return bool(climb.get("instead_of")) or (bool(climb.get("round")) and climb["clock"] in OF_ONE_LIMIT)


def _seats(rule: RecipientRule, named: Any) -> Iterable[tuple[str, str]]:
    """Agency and role of each seat of the rule, each seat once; `named` is an agency or a list of seats."""
    if rule.role:
        return [(code_of(named), rule.role)]
    return dict.fromkeys((seat["agency"], seat["role"]) for seat in named)
