"""The promises about every complaint and every act, checked against the evidence."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from deploy.demo.checks import acts, contests, handling, notices, referrals, units
from deploy.demo.records import Evidence

Check = Callable[[Evidence], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence and its check. One about an act names its `event`, which must have happened."""

    sentence: str
    check: Check
    event: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A promise with its breaches, if any; and of one about an act, how often that was done."""

    sentence: str
    breaches: tuple[str, ...]
    times: int | None = None

    @property
    def held(self) -> bool:
        return not self.breaches


Group = tuple[str, Sequence[Promise]]
EVERY_COMPLAINT: Group = (
    "Every complaint",
    (
        Promise("It has a holder in the directory.", handling.every_complaint_has_a_holder),
        Promise("It has its clocks.", handling.every_complaint_has_its_clocks),
        Promise(
            "Its limits end on the day that the calendar says, pauses left out.", handling.every_limit_is_counted_right
        ),
        Promise("Timeline, public label, clocks and worklist agree.", handling.timeline_clocks_and_case_agree),
        Promise("Its reporter was informed, or the ledger says why not.", notices.every_reporter_was_informed),
        Promise(
            "Filed again with the same key, it got the same answer.", notices.a_repeated_filing_has_the_same_answer
        ),
    ),
)
THE_LADDER: Group = (
    "Whoever stays silent",
    (
        Promise("Every complaint past a limit climbed.", handling.every_overdue_complaint_climbed),
        Promise("It climbs again each week until it has ended.", handling.no_open_complaint_is_silent),
        Promise("No step of the ladder was skipped.", handling.no_step_was_skipped),
        Promise("Every step was taken when it was due, within 3 s of real time.", handling.every_step_was_on_time),
        Promise(
            "Nobody who had acted was escalated, beyond 3 s of real time.", handling.nobody_who_acted_was_escalated
        ),
        Promise("Every step was mailed to its seat.", notices.every_step_was_mailed),
        Promise("Every vacant seat was skipped and reported.", notices.every_vacancy_was_reported),
        Promise(
            "Open for 60 days, a complaint was offered the Ombudsman.",
            handling.every_unanswered_complaint_was_offered_the_ombudsman,
        ),
    ),
)
ACTS: Group = (
    "Acts of officials and reporters",
    (
        Promise("Everything that people did stands in a timeline.", acts.every_story_was_told),
        Promise("Everyone concerned was told by mail, or the ledger says why not.", acts.everyone_concerned_was_told),
        Promise(
            "A question to the reporter pauses the limits until it is answered.",
            acts.a_question_pauses_the_limits,
            "ComplaintHeld",
        ),
        Promise(
            "A draft stops no limit, and nobody reads it before its approval.",
            acts.no_draft_ends_a_limit,
            "AnswerDrafted",
        ),
        Promise(
            "A missed promise climbs, also after the answer, until it is kept.",
            acts.a_missed_promise_climbs_until_it_is_kept,
            "PromiseMade",
        ),
        Promise(
            "An interim reply makes the limit of the answer longer, once.",
            acts.an_interim_reply_lengthens_a_limit_once,
            "InterimReplied",
        ),
        Promise(
            "A duplicate is answered with the complaint that it repeats.",
            acts.a_duplicate_shares_the_answer,
            "ComplaintMerged",
        ),
        Promise(
            "A complaint in parts has a holder for each, and ends with the last.",
            acts.a_split_complaint_ends_with_its_parts,
            "ComplaintSplit",
        ),
        Promise(
            "A dispute opens the complaint again, with new limits and a new answer.",
            acts.a_disputed_answer_is_answered_anew,
            "ComplaintReopened",
        ),
        Promise(
            "An appeal goes to the agency above; upheld, it leads to a new answer.",
            acts.an_appeal_is_decided_above,
            "ComplaintAppealed",
        ),
        Promise(
            "A follow-up that says nothing is judged above; annulled, it stopped no limit.",
            contests.an_annulled_follow_up_counts_as_not_done,
            "FollowUpContested",
        ),
        Promise(
            "With its reporter's consent the Ombudsman gets the file, and no limit stops.",
            referrals.a_referred_complaint_is_handed_over_and_answered,
            "ComplaintReferred",
        ),
        Promise(
            "Other units contribute in a time of their own; the holder gives the one answer.",
            units.a_unit_contributes_and_the_lead_answers,
            "ContributionRequested",
        ),
        Promise(
            "The agency above looks at answers again, and one sent back is answered anew.",
            units.a_second_look_sends_an_answer_back,
        ),
        Promise(
            "An answer is closed after 10 working days of silence, not before.",
            acts.an_answer_closes_when_nobody_objects,
            "ComplaintClosed",
        ),
        Promise("Reporters rate what was answered, and nothing else.", acts.only_an_answer_is_rated, "RatingGiven"),
        Promise(
            "A sensitive complaint is known to its reporter and its named seats alone.",
            acts.a_sensitive_complaint_is_known_to_few,
        ),
        Promise(
            "Danger to life is told at once, and its clock counts hours.",
            acts.danger_is_told_in_hours,
            "UrgencyDeclared",
        ),
    ),
)
MAILS: Group = (
    "Mails and events",
    (
        Promise("Each mail was sent once.", notices.each_mail_was_sent_once),
        Promise("Ledger and mailbox agree, notice by notice.", notices.ledger_and_mailbox_agree),
        Promise("No message is waiting or failed.", notices.no_message_waits),
        Promise("No event is parked.", notices.no_event_is_parked),
    ),
)
GROUPS = (EVERY_COMPLAINT, THE_LADDER, ACTS, MAILS)
PROMISES = tuple(promise for _, promises in GROUPS for promise in promises)


def judge(evidence: Evidence) -> list[tuple[str, list[Verdict]]]:
    """Check every promise, by the headings of the groups; without complaints none has held."""
    return [(heading, [_verdict(evidence, promise) for promise in promises]) for heading, promises in GROUPS]


def _verdict(evidence: Evidence, promise: Promise) -> Verdict:
    if not evidence.records:
        return Verdict(promise.sentence, ("nothing was filed",))
    if not promise.event:
        return Verdict(promise.sentence, tuple(promise.check(evidence)))
    times = sum(len(record.events(promise.event)) for record in evidence.records)
    breaches = tuple(promise.check(evidence)) if times else ("nobody did that",)
    return Verdict(promise.sentence, breaches, times)
