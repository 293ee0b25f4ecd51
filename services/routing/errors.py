"""The refusals of routing, one class per meaning."""

from shared.errors import Conflict, Forbidden, Invalid
from shared.language import translate


class NotYourCase(Forbidden):
    """This complaint lies with another agency, or this act with another seat."""


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


class WithOmbudsman(Conflict):
    """The Ombudsman has this complaint as well. Verify it, follow up or answer; nothing else moves it now."""


class NotReferred(Conflict):
    """The reporter of this complaint has not asked that the Ombudsman gets it."""


class HandedOver(Conflict):
    """The file of this complaint was handed over to the Ombudsman before."""


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


class SaysNothing(Invalid):
    """These words say nothing. State in words of your own what is meant."""


class CopiedText(Invalid):
    """Your agency gave this text to many complaints. State what was done for this one, by whom, and what follows."""
