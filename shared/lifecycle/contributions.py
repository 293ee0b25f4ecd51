"""The rows of joint handling: the holder leads and gives the one public answer, supporting units contribute to it."""

from shared.lifecycle.acts import SUPPORTER, ActKind
from shared.lifecycle.officials import HANDLERS
from shared.lifecycle.transitions import LIAISON_OF_HOLDER, SUPPORTED, TO_SUPPORTER, VERIFIED, Transition, quiet
from shared.vocabulary import SUPPORT, EventType

_OF_SUPPORT = frozenset({SUPPORT})

CONTRIBUTIONS: tuple[Transition, ...] = (
    quiet(
        ActKind.CONTRIBUTION_REQUEST,
        HANDLERS,
        VERIFIED,
        (EventType.CONTRIBUTION_REQUESTED,),
        (TO_SUPPORTER,),
        begins=_OF_SUPPORT,
    ),
    # A contribution stops no limit of the holder.
    quiet(
        ActKind.CONTRIBUTION,
        {SUPPORTER},
        SUPPORTED,
        (EventType.CONTRIBUTION_GIVEN,),
        (LIAISON_OF_HOLDER,),
        ends=_OF_SUPPORT,
    ),
)
