"""The rows of referrals: a reporter consents that the Ombudsman gets the case, and a coordinator hands its file over.

The handling goes on meanwhile: the holder owes the answer, and only an answer or its reporter ends the complaint.
"""

from shared.lifecycle.acts import ADMIN, BY_REPORTER, OF_HOLDER, VERIFIER, ActKind
from shared.lifecycle.officials import HANDLERS, OF_TURN, TO_RECEIVER
from shared.lifecycle.transitions import (
    LEADER_OF_HOLDER,
    LIAISON_OF_HOLDER,
    OPEN,
    REPORTER,
    TO_REFERRERS,
    Transition,
    quiet,
)
from shared.vocabulary import (
    ALARM,
    FOLLOW_UP,
    INTERRUPTED,
    REFERRAL,
    REFERRED,
    RESOLUTION,
    VERIFICATION,
    EventType,
)

_HERE = frozenset({REFERRED})
_OF_REFERRAL = frozenset({REFERRAL})

REFERRALS: tuple[Transition, ...] = (
    Transition(
        ActKind.CONSENT,
        by=frozenset({BY_REPORTER}),
        # An appeal is decided first.
        before=OPEN | INTERRUPTED,
        after=REFERRED,
        events=(EventType.COMPLAINT_REFERRED,),
        tells=(REPORTER, TO_REFERRERS, LIAISON_OF_HOLDER, LEADER_OF_HOLDER),
        begins=_OF_REFERRAL,
    ),
    quiet(
        ActKind.HANDOVER,
        {ADMIN, VERIFIER, OF_HOLDER},
        _HERE,
        (EventType.REFERRAL_HANDED_OVER,),
        (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER),
        ends=_OF_REFERRAL,
    ),
    # Whoever holds the case has its limits from the verification on, as without the Ombudsman.
    Transition(
        ActKind.VERIFICATION,
        by=frozenset({ADMIN, VERIFIER}),
        before=_HERE,
        after=REFERRED,
        events=(EventType.COMPLAINT_VERIFIED, EventType.COMPLAINT_FORWARDED),
        tells=TO_RECEIVER,
        receiver="named",
        verified="no",
        renews=frozenset({FOLLOW_UP, RESOLUTION}),
        ends=OF_TURN | {VERIFICATION},
    ),
    Transition(
        ActKind.FOLLOW_UP,
        by=HANDLERS,
        before=_HERE,
        after=REFERRED,
        events=(EventType.FOLLOW_UP_RECORDED,),
        tells=(REPORTER,),
        verified="yes",
        ends=frozenset({ALARM, FOLLOW_UP}),
    ),
)
