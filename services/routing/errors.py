"""The refusals of routing, one class per meaning."""

from collections.abc import Mapping

from services.routing.domain.refusals import RefusalReason
from shared.errors import Conflict, Forbidden, Invalid, Refusal, UnknownComplaint
from shared.language import translate


class NotYourCase(Forbidden):
    """This complaint lies with another agency."""


class AlreadyVerified(Conflict):
    """This complaint has already been verified."""


class AlreadyAnswered(Conflict):
    """This complaint has already been answered."""


class AlreadyClosed(Conflict):
    """This complaint has already been closed."""


class AlreadyArchived(Conflict):
    """This complaint has already been archived."""


class AlreadyWithdrawn(Conflict):
    """This complaint has been withdrawn by its reporter."""


class NotVerified(Conflict):
    """This complaint has not been verified yet."""


class TooManyTransfers(Conflict):
    """This complaint has been passed on too often; only an agency above its verifier may pass it on now."""


class HolderChanging(Conflict):
    """The agency that holds this complaint is just joining or leaving the directory; try again in a moment."""


class OnlyGivesBack(Invalid):
    """A liaison gives a complaint back to its verifier and names no other agency."""


class SameHolder(Invalid):
    """This agency holds the complaint already; name another."""


class NoOpenOrder(Conflict):
    """No order of a leader waits to be acknowledged here."""


class NotOnHold(Conflict):
    """The reporter of this complaint is not being asked anything."""


class OnHold(Conflict):
    """This complaint is on hold until its reporter has answered; resume it first."""


class AskedEnough(Conflict):
    """The reporter of this complaint has been asked already; decide by what is known."""


class NoContact(Conflict):
    """The reporter of this complaint gave no contact and cannot be asked; decide by what is known."""


class DraftWaits(Conflict):
    """A draft of the answer waits for its approval already."""


class NoSuchDraft(Conflict):
    """This draft does not wait for approval, or not any more."""


class NoOpenPromise(Conflict):
    """No promise of this number is open here."""


class NotSampled(Conflict):
    """No second look at an answer to this complaint is due."""


class InterimGiven(Conflict):
    """An interim reply was given before; what the reporter waits for now is the answer."""


class ResolutionLate(Conflict):
    """The limit of the resolution has passed; an interim reply cannot extend it any more."""


class PromiseMovedBefore(Conflict):
    """This promise was moved before; it can only be kept."""


class PromiseMissed(Conflict):
    """The day of this promise has passed; it can only be kept."""


class DuePast(Invalid):
    """The day of a promise must lie ahead."""


class DueTooFar(Invalid):
    """The day of a promise is more than sixty working days ahead."""


class DueOff(Invalid):
    """The day of a promise must be a working day."""


class UnderAppeal(Conflict):
    """The reporter has appealed. The agency above decides first."""


class NoAppeal(Conflict):
    """No appeal about this complaint waits for a decision."""


class NoContest(Conflict):
    """No contest of a follow-up waits for a judgement here."""


class NoContactAsked(Conflict):
    """Nobody is asked to call the reporter of this complaint."""


class MergedAlready(Conflict):
    """This complaint waits for the answer to another; separate it first."""


class NotMerged(Conflict):
    """This complaint waits for no other."""


class UnfitMain(Conflict):
    """A complaint is merged into another one that is open, and neither merged itself nor confidential or sensitive."""


class LeadsOthers(Conflict):
    """Other complaints wait for the answer to this one; separate them first."""


class SplitAlready(Conflict):
    """This complaint is dealt with in its parts; act on one of them."""


class PartOfAnother(Conflict):
    """This complaint is a part of another, and is not split again."""


class AskedEnoughUnits(Conflict):
    """Ten units are asked to contribute to this complaint; wait for one of them."""


class KnownToFew(Conflict):
    """This complaint is sensitive: no other unit is asked about it."""


class NoSuchRequest(Conflict):
    """No unit was asked to contribute under this number."""


class AlreadyUrgent(Conflict):
    """This complaint is urgent already."""


class NotUrgent(Conflict):
    """This complaint is not urgent."""


class AlreadySensitive(Conflict):
    """This complaint is sensitive already."""


class NotSensitive(Conflict):
    """This complaint is not sensitive."""


class NothingCorrected(Invalid):
    """A correction names another title, kind, class, field or region."""


class UnknownField(Invalid):
    """There is no field of government with this name."""


class UnknownRegion(Invalid):
    """There is no region with this code."""


class NextDatePast(Invalid):
    """The next date lies in the past."""


class NextDateTooFar(Invalid):
    """The next date is more than ten working days ahead."""


class PointUnanswered(Invalid):
    """Point {number} is not answered."""

    def __init__(self, number: int = 1) -> None:
        super().__init__(field=f"points.{number - 1}")
        self.number = number

    def message(self, language: str) -> str:
        return translate(str(type(self).__doc__), language, number=self.number)


class UnknownPoint(Invalid):
    """More points are answered than the verification has listed."""


class TooShort(Invalid):
    """This text is too short. State what was done, by whom, and when the next step follows."""


class OnlySetPhrases(Invalid):
    """This text holds set phrases only. State what was done, by whom, and when the next step follows."""


class SaidBefore(Invalid):
    """Your agency has said this before. State what was done since, by whom, and when the next step follows."""


class CopiedText(Invalid):
    """Your agency gave this text to many complaints. State what was done for this one, by whom, and what follows."""


# The refusal of each reason, and the field of the request that it concerns.
REFUSALS: Mapping[RefusalReason, tuple[type[Refusal], str | None]] = {
    RefusalReason.NOT_YOUR_CASE: (NotYourCase, None),
    RefusalReason.NOT_VERIFIED: (NotVerified, None),
    RefusalReason.ALREADY_VERIFIED: (AlreadyVerified, None),
    RefusalReason.ALREADY_ANSWERED: (AlreadyAnswered, None),
    RefusalReason.ALREADY_CLOSED: (AlreadyClosed, None),
    RefusalReason.ALREADY_ARCHIVED: (AlreadyArchived, None),
    RefusalReason.ALREADY_WITHDRAWN: (AlreadyWithdrawn, None),
    RefusalReason.TOO_MANY_TRANSFERS: (TooManyTransfers, None),
    RefusalReason.ONLY_GIVES_BACK: (OnlyGivesBack, "agency"),
    RefusalReason.SAME_HOLDER: (SameHolder, "agency"),
    RefusalReason.NO_OPEN_ORDER: (NoOpenOrder, None),
    RefusalReason.NOT_ON_HOLD: (NotOnHold, None),
    RefusalReason.ON_HOLD: (OnHold, None),
    RefusalReason.ASKED_ENOUGH: (AskedEnough, None),
    RefusalReason.NO_CONTACT: (NoContact, None),
    RefusalReason.DRAFT_WAITS: (DraftWaits, None),
    RefusalReason.NO_SUCH_DRAFT: (NoSuchDraft, None),
    RefusalReason.NO_OPEN_PROMISE: (NoOpenPromise, None),
    RefusalReason.PROMISE_MOVED: (PromiseMovedBefore, None),
    RefusalReason.PROMISE_MISSED: (PromiseMissed, None),
    RefusalReason.DUE_PAST: (DuePast, "due_on"),
    RefusalReason.DUE_TOO_FAR: (DueTooFar, "due_on"),
    RefusalReason.DUE_OFF: (DueOff, "due_on"),
    RefusalReason.MERGED: (MergedAlready, None),
    RefusalReason.NOT_MERGED: (NotMerged, None),
    RefusalReason.MERGED_INTO_ITSELF: (UnfitMain, "merged_into"),
    RefusalReason.MAIN_UNKNOWN: (UnknownComplaint, "merged_into"),
    RefusalReason.MAIN_NOT_YOURS: (NotYourCase, "merged_into"),
    RefusalReason.MAIN_NOT_OPEN: (UnfitMain, "merged_into"),
    RefusalReason.MAIN_CONFIDENTIAL: (UnfitMain, "merged_into"),
    RefusalReason.LEADS_OTHERS: (LeadsOthers, None),
    RefusalReason.SPLIT: (SplitAlready, None),
    RefusalReason.ASKED_ENOUGH_UNITS: (AskedEnoughUnits, None),
    RefusalReason.KNOWN_TO_FEW: (KnownToFew, None),
    RefusalReason.NO_SUCH_REQUEST: (NoSuchRequest, None),
    RefusalReason.IS_A_PART: (PartOfAnother, None),
    RefusalReason.NO_CONTACT_ASKED: (NoContactAsked, None),
    RefusalReason.ALREADY_URGENT: (AlreadyUrgent, None),
    RefusalReason.NOT_URGENT: (NotUrgent, None),
    RefusalReason.ALREADY_SENSITIVE: (AlreadySensitive, None),
    RefusalReason.NOT_SENSITIVE: (NotSensitive, None),
    RefusalReason.NOT_SAMPLED: (NotSampled, None),
    RefusalReason.INTERIM_GIVEN: (InterimGiven, None),
    RefusalReason.RESOLUTION_LATE: (ResolutionLate, None),
    RefusalReason.APPEALED: (UnderAppeal, None),
    RefusalReason.NO_APPEAL: (NoAppeal, None),
    RefusalReason.NO_CONTEST: (NoContest, None),
    RefusalReason.NEXT_DATE_PAST: (NextDatePast, "next_date"),
    RefusalReason.NEXT_DATE_TOO_FAR: (NextDateTooFar, "next_date"),
}


def refusal_for(reason: RefusalReason) -> Refusal:
    """The refusal that says this reason, with the field of the request that it concerns."""
    kind, field = REFUSALS[reason]
    return kind(field=field)
