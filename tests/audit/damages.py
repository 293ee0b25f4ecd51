"""Fifty damages done behind the back of the services, each with the check that must find it."""

from dataclasses import dataclass

from tests.audit.conftest import (
    ANSWERED,
    APPEALED,
    ASSISTED,
    CLOSED,
    CONTESTED,
    DIVIDED,
    ELSEWHERE,
    FOLLOWED_UP,
    FORWARDED,
    ORDERED,
    REFERRED,
    UNVERIFIED,
    VERIFIED,
)

# The law would refuse some of the damages.
LAW_SET_ASIDE = (
    *(
        f"ALTER TABLE sla.clocks DROP CONSTRAINT {name}"
        for name in (
            "has_a_next_moment",
            "moments_are_readable",
            "has_a_holder",
            "stops_for_a_reason",
            "life_ends_by_an_act",
        )
    ),
    "ALTER TABLE sla.complaints DROP CONSTRAINT has_a_life_clock",
    "ALTER TABLE routing.cases DROP CONSTRAINT has_a_holder",
)
FUTURE = "'2400-01-01Z'"


@dataclass(frozen=True)
class Damage:
    """What is done to a complaint of this kind; `check` finds it.

    A `mended` one is gone after a repair and the next sweep.
    """

    name: str
    kind: int
    statement: str
    check: str
    mended: bool = False


def clock(name: str, change: str) -> str:
    return f"UPDATE sla.clocks SET {change} WHERE complaint_id = '{{id}}' AND name = '{name}' AND stopped_at IS NULL"


FORGOTTEN = (
    "WITH a AS (DELETE FROM sla.complaints WHERE id = '{id}') DELETE FROM sla.clocks WHERE complaint_id = '{id}'"
)
LOST = "DELETE FROM sla.clocks WHERE complaint_id = '{{id}}' AND name = '{}'"
UNREACHED = (
    "UPDATE sla.fired SET reached_at = NULL, check_at = NULL, fired_at = fired_at - interval '3 days'"
    " WHERE complaint_id = '{id}' AND escalation > 0"
)
FIRED = (
    "INSERT INTO sla.fired (complaint_id, clock, cycle, step, round, escalation, agency, fired_at, reached_at)"
    " SELECT complaint_id, name, cycle, {step}, {round}, 3, agency, moved_at, moved_at FROM sla.clocks"
    " WHERE complaint_id = '{{id}}' AND name = 'resolution'"
)
MUTED, MUTED_CLIMB = FIRED.format(step=6, round=30_000), FIRED.format(step=5, round=0)
SAID = FIRED.format(step="next_step", round=0)
HIDDEN = (
    f"WITH a AS (UPDATE routing.acts SET at = {FUTURE} WHERE complaint_id = '{{id}}')"
    " UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'"
)
UNREACHED_UNTIL = UNREACHED.replace("check_at = NULL", f"check_at = {FUTURE}")
CLIMBED_AHEAD = (
    f"UPDATE sla.fired SET reached_at = NULL, check_at = NULL, fired_at = {FUTURE}"
    " WHERE complaint_id = '{id}' AND escalation > 0"
)
UNHEARD = (
    "INSERT INTO intake.reporter_acts (complaint_id, act, at)"
    " SELECT id, 'withdrawal', filed_at FROM intake.complaints WHERE id = '{id}'"
)
ARCHIVED = "UPDATE sla.complaints SET ended_at = filed_at WHERE id = '{id}'"
SILENCED = "UPDATE sla.complaints SET answered_at = filed_at WHERE id = '{id}'"
CASE_HOLDER = "UPDATE routing.cases SET holder = '91' WHERE id = '{id}'"
LAST_HOLDER = "DELETE FROM intake.timeline WHERE complaint_id = '{id}' AND type = 'ComplaintForwarded'"
DAMAGES = (
    Damage("the case is lost", UNVERIFIED, "DELETE FROM routing.cases WHERE id = '{id}'", "no_case", True),
    Damage("the filing is lost", UNVERIFIED, "DELETE FROM intake.complaints WHERE id = '{id}'", "never_filed"),
    Damage("sla forgets an unverified complaint", UNVERIFIED, FORGOTTEN, "no_clock", True),
    Damage("sla forgets a handled complaint", FOLLOWED_UP, FORGOTTEN, "no_clock", True),
    Damage(
        "sla keeps the clocks of a complaint that it forgets",
        FOLLOWED_UP,
        "DELETE FROM sla.complaints WHERE id = '{id}'",
        "no_clock",
        True,
    ),
    Damage(
        "the life clock is lost",
        VERIFIED,
        "DELETE FROM sla.clocks WHERE complaint_id = '{id}' AND name = 'life'",
        "no_life_clock",
    ),
    Damage("life ends for no reason", VERIFIED, clock("life", "stopped_at = moved_at, next_at = NULL"), "life_ended"),
    Damage(
        "life goes on after the closing",
        CLOSED,
        "UPDATE sla.clocks SET stopped_at = NULL, outcome = NULL, next_at = moved_at + interval '20 days'"
        " WHERE complaint_id = '{id}' AND name = 'life'",
        "life_goes_on",
    ),
    Damage(
        "a window is lost",
        ANSWERED,
        "DELETE FROM sla.clocks WHERE complaint_id = '{id}' AND name = 'window'",
        "state_differs",
        True,
    ),
    Damage("no next step", VERIFIED, clock("life", "next_at = NULL"), "no_next_step"),
    Damage("a step that never comes", VERIFIED, clock("resolution", "next_at = 'infinity'"), "no_next_step"),
    Damage("a step in 2400", VERIFIED, clock("life", f"next_at = {FUTURE}"), "no_next_step"),
    Damage("written in 2400", VERIFIED, clock("life", f"moved_at = {FUTURE}"), "moved_ahead"),
    Damage("a clock of nobody", VERIFIED, clock("resolution", "agency = ''"), "no_agency"),
    Damage("a step is late", VERIFIED, clock("life", "next_at = next_at - interval '60 days'"), "late_step", True),
    Damage("life with another", VERIFIED, clock("life", "agency = '91'"), "holder_differs", True),
    Damage("a limit with another", FORWARDED, clock("resolution", "agency = '91'"), "holder_differs", True),
    Damage("another verifier", UNVERIFIED, clock("verification", "agency = '91'"), "holder_differs"),
    Damage("a case with another", FOLLOWED_UP, CASE_HOLDER, "holder_differs", True),
    Damage(
        "a case falls back",
        FOLLOWED_UP,
        "UPDATE routing.cases SET state = 'UNVERIFIED' WHERE id = '{id}'",
        "state_differs",
    ),
    Damage(
        "a follow-up that never was",
        VERIFIED,
        clock("follow_up", "stopped_at = moved_at, next_at = NULL, outcome = 'met'"),
        "state_differs",
        True,
    ),
    Damage(
        "another status",
        FOLLOWED_UP,
        "UPDATE intake.standings SET state = 'ANSWERED' WHERE complaint_id = '{id}'",
        "status_differs",
        True,
    ),
    Damage(
        "another agency's name",
        VERIFIED,
        "UPDATE intake.standings SET agency_name = 'Dinas Lain' WHERE complaint_id = '{id}'",
        "status_differs",
        True,
    ),
    Damage(
        "hidden from the public lists",
        CLOSED,
        "UPDATE sla.complaints SET sensitive = true WHERE id = '{id}'",
        "sensitivity_differs",
    ),
    Damage("a timeline with a gap", ELSEWHERE, LAST_HOLDER, "named_holder_differs", True),
    Damage("a climb that reached nobody", VERIFIED, UNREACHED, "nobody_reached"),
    Damage("another due date", ELSEWHERE, clock("resolution", "due_at = due_at + interval '1 day'"), "due_differs"),
    Damage(
        "the offer is lost",
        ELSEWHERE,
        "DELETE FROM sla.clocks WHERE complaint_id = '{id}' AND name = 'ombudsman'",
        "state_differs",
        True,
    ),
    Damage(
        "the offer will never come",
        FOLLOWED_UP,
        clock("ombudsman", "stopped_at = moved_at, next_at = NULL, outcome = 'met'"),
        "state_differs",
        True,
    ),
    Damage(
        "an earlier turn runs again",
        FORWARDED,
        "UPDATE sla.clocks SET stopped_at = NULL, outcome = NULL, next_at = moved_at + interval '9 days'"
        " WHERE complaint_id = '{id}' AND name = 'follow_up' AND cycle = 1",
        "holder_differs",
        True,
    ),
    Damage("the rounds to come count as said", ELSEWHERE, MUTED, "step_muted"),
    Damage("a climb to come counts as said", FORWARDED, MUTED_CLIMB, "step_muted"),
    Damage("hidden from the list of silences", ELSEWHERE, SILENCED, "end_differs"),
    Damage(
        "an answer forgotten",
        ANSWERED,
        "UPDATE sla.complaints SET answered_at = NULL, answers = '{}' WHERE id = '{id}'",
        "end_differs",
        True,
    ),
    Damage("a withdrawal that nobody heard", FOLLOWED_UP, UNHEARD, "act_undecided", True),
    Damage("archived without a word", FOLLOWED_UP, ARCHIVED, "end_differs"),
    Damage(
        "a secret in public",
        UNVERIFIED,
        "UPDATE sla.complaints SET confidential = NOT confidential WHERE id = '{id}'",
        "filing_differs",
        True,
    ),
    Damage(
        "without a public name",
        FOLLOWED_UP,
        "UPDATE sla.complaints SET reference = NULL WHERE id = '{id}'",
        "filing_differs",
        True,
    ),
    Damage(
        "filed later",
        ELSEWHERE,
        "UPDATE sla.complaints SET filed_at = filed_at + interval '3 days' WHERE id = '{id}'",
        "filing_differs",
        True,
    ),
    Damage("no look for months", FOLLOWED_UP, clock("life", "next_at = moved_at + interval '100 days'"), "step_far"),
    Damage(
        "no climb for months", ELSEWHERE, clock("resolution", "next_at = moved_at + interval '100 days'"), "step_far"
    ),
    Damage(
        "another unit",
        ELSEWHERE,
        clock("resolution", "unit = 'calendar', due_at = started_at + limit_days * interval '1 day'"),
        "limit_differs",
    ),
    Damage("an unknown policy", FOLLOWED_UP, clock("resolution", "policy_version = 99"), "limit_differs"),
    Damage("too long an extension", ELSEWHERE, clock("resolution", "extended_days = 9"), "extended_too_long"),
    Damage("another limit", ELSEWHERE, clock("resolution", "limit_days = 30"), "limit_differs"),
)
# Each hides what is wrong with the complaint, or holds up the auditor.
DAMAGES += (
    Damage("the next climb counts as said", ELSEWHERE, SAID, "step_muted"),
    Damage(
        "an act of the future",
        ELSEWHERE,
        f"UPDATE routing.acts SET at = {FUTURE} WHERE complaint_id = '{{id}}'",
        "dated_ahead",
    ),
    Damage("the future hides another holder", VERIFIED, HIDDEN, "holder_differs"),
    Damage(
        "silent since the future",
        FOLLOWED_UP,
        f"UPDATE sla.complaints SET silent_since = {FUTURE} WHERE id = '{{id}}'",
        "dated_ahead",
    ),
    Damage("a climb that is looked at in the future", VERIFIED, UNREACHED_UNTIL, "nobody_reached"),
    Damage("a climb of the future", VERIFIED, CLIMBED_AHEAD, "nobody_reached"),
    Damage("a million rounds", ELSEWHERE, clock("resolution", "round = 1000000, next_step = 6"), "uncountable"),
    Damage("rounds without number", ELSEWHERE, clock("resolution", "round = -2000000000"), "uncountable"),
    Damage("a step before the first", FORWARDED, clock("resolution", "next_step = -30000"), "uncountable"),
    Damage(
        "a pause that was not",
        ELSEWHERE,
        clock(
            "ombudsman",
            "pauses = ARRAY[moved_at, moved_at + interval '80 days'],"
            " due_at = due_at + interval '80 days', next_at = next_at + interval '80 days'",
        ),
        "pause_differs",
        True,
    ),
    Damage(
        "a beginning in months",
        FOLLOWED_UP,
        clock("life", "started_at = started_at + interval '140 days', next_at = moved_at + interval '140 days'"),
        "dated_ahead",
    ),
    Damage("more years than there are", FOLLOWED_UP, clock("ombudsman", "started_at = '8999-12-31Z'"), "due_differs"),
)
# Of complaints that were split, appealed, referred to the Ombudsman, or to which another unit contributes.
LATER_DAMAGES = (
    Damage(
        "no part is open",
        DIVIDED,
        "UPDATE routing.cases SET state = 'CLOSED' WHERE part_of = '{id}'",
        "no_open_part",
    ),
    Damage("an appeal without a clock", APPEALED, LOST.format("appeal"), "state_differs", True),
    Damage("an appeal with another", APPEALED, clock("appeal", "agency = '91'"), "holder_differs"),
    Damage(
        "an appeal that nobody must decide",
        APPEALED,
        clock("appeal", "stopped_at = moved_at, next_at = NULL, outcome = 'met'"),
        "state_differs",
        True,
    ),
    Damage("another limit of an appeal", APPEALED, clock("appeal", "limit_days = 30"), "limit_differs"),
    Damage("a file without a clock", REFERRED, LOST.format("referral"), "state_differs", True),
    Damage("a file with another", REFERRED, clock("referral", "agency = '91'"), "holder_differs", True),
    Damage(
        "a file that nobody must hand over",
        REFERRED,
        clock("referral", "stopped_at = moved_at, next_at = NULL, outcome = 'met'"),
        "state_differs",
        True,
    ),
    Damage("another limit of a file", REFERRED, clock("referral", "limit_days = 30"), "limit_differs"),
    Damage("the Ombudsman stops the handling", REFERRED, LOST.format("resolution"), "state_differs", True),
    Damage("a contest without a clock", CONTESTED, LOST.format("contest"), "state_differs", True),
    Damage("a contest with another", CONTESTED, clock("contest", "agency = '91'"), "holder_differs"),
    Damage(
        "a contest that nobody must judge",
        CONTESTED,
        clock("contest", "stopped_at = moved_at, next_at = NULL, outcome = 'met'"),
        "state_differs",
        True,
    ),
    Damage("another limit of a contest", CONTESTED, clock("contest", "limit_days = 30"), "limit_differs"),
    Damage("an order without a clock", ORDERED, LOST.format("acknowledgement"), "state_differs", True),
    Damage("an order with another", ORDERED, clock("acknowledgement", "agency = '91'"), "holder_differs"),
    Damage(
        "an order that nobody must acknowledge",
        ORDERED,
        clock("acknowledgement", "stopped_at = moved_at, next_at = NULL, outcome = 'met'"),
        "state_differs",
        True,
    ),
    Damage("another limit of an order", ORDERED, clock("acknowledgement", "limit_days = 30"), "limit_differs"),
    Damage("a contribution without a clock", ASSISTED, LOST.format("contribution"), "state_differs", True),
    Damage("a contribution for ever", ASSISTED, clock("contribution", "limit_days = 90"), "limit_differs"),
    Damage("another day", ASSISTED, clock("contribution", "due_at = due_at + interval '1 day'"), "due_differs"),
    Damage(
        "a request forgotten",
        ASSISTED,
        "UPDATE routing.cases SET supporting = '{}' WHERE id = '{id}'",
        "state_differs",
    ),
)
OF_SERVICES = {
    ("parked", "notify"): (
        "INSERT INTO notify.parked (topic, key, value, error, parked_at)"
        " VALUES ('complaints.v1', 'k', '', 'e', now() - interval '2 hours')"
    ),
    ("promised_ahead", "sla"): f"UPDATE sla.watermarks SET up_to = {FUTURE} WHERE publisher = 'routing'",
    ("unpublished", "routing"): (
        "INSERT INTO routing.outbox (topic, key, value, staged_at)"
        " VALUES ('complaints.v1', 'k', '{}', now() - interval '1 hour')"
    ),
}
