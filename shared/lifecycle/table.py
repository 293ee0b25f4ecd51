"""The life of a complaint as one table: which act is done in which state and by whom, and what follows from it.

Only routing applies the table, under the lock of the case. Whatever shows or offers an act reads it here.
"""

from collections.abc import Collection

from shared.lifecycle.acts import ActKind, Party
from shared.lifecycle.appeals import APPEALS
from shared.lifecycle.contests import CONTESTS
from shared.lifecycle.contributions import CONTRIBUTIONS
from shared.lifecycle.mergers import MERGERS
from shared.lifecycle.officials import OFFICIALS
from shared.lifecycle.referrals import REFERRALS
from shared.lifecycle.reporter import REPORTERS
from shared.lifecycle.reviews import REVIEWS
from shared.lifecycle.splits import SPLITS
from shared.lifecycle.system import SYSTEMS
from shared.lifecycle.transitions import Transition

# How often a case is passed on before an agency above its verifier decides.
MOST_TRANSFERS = 3
# Into how many parts a complaint is split at most.
MOST_PARTS = 10
# How often a reporter is asked about one complaint; in the verification, or in the turn of one holder, once.
MOST_HOLDS = 2
# How many working days a reporter has to reopen what was archived, or closed without the reporter; or to appeal then.
REOPENING_DAYS = 10
# How many working days a reporter is told to have for accepting or disputing an answer.
REPLY_DAYS = 10


TRANSITIONS: tuple[Transition, ...] = (
    *OFFICIALS,
    *MERGERS,
    *SPLITS,
    *CONTRIBUTIONS,
    *REVIEWS,
    *REPORTERS,
    *APPEALS,
    *CONTESTS,
    *REFERRALS,
    *SYSTEMS,
)


def transitions_of(act: ActKind, parties: Collection[Party]) -> list[Transition]:
    """The rows of an act for somebody of these parties."""
    return [row for row in TRANSITIONS if row.act == act and not row.by.isdisjoint(parties)]


def fits_passes(row: Transition, passes: int) -> bool:
    """Whether a row holds for a case that was passed on so often."""
    return row.passes == "any" or (row.passes == "many") == (passes >= MOST_TRANSFERS)


def fits_verified(row: Transition, is_verified: bool) -> bool:
    """Whether a row holds for a case that has been verified, or has not."""
    return row.verified == "any" or (row.verified == "yes") == is_verified
