"""The auditor's reports, in mails to the national administrator, whichever complaint they are about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.notify.actions.messages import EMAIL, REAL
from services.notify.domain.priorities import ALL_WELL, LAW_HOLDS, LAW_VIOLATED
from services.notify.domain.recipients import SEAT
from services.notify.models.messages import Message
from services.notify.state import SENDER, State
from shared.db.transaction import Tx
from shared.events import AllWell, Event, LawViolated
from shared.vocabulary import COORDINATOR, ROOT


async def report_violations(tx: Tx[State], events: Sequence[Event[LawViolated]]) -> None:
    """One message for each violation, and one when it is over; those to one seat are joined into a mail.

    A violation without a sentence is counted in another one.
    """
    told = [event for event in events if event.fact.detail]
    await _write(
        tx, (_row(tx, event, LAW_HOLDS if event.fact.over else LAW_VIOLATED, _details(event)) for event in told)
    )


async def report_all_well(tx: Tx[State], events: Sequence[Event[AllWell]]) -> None:
    """The daily message that nothing is wrong, whose absence says something, too."""
    await _write(tx, (_row(tx, event, ALL_WELL, {"complaints": event.fact.complaints}) for event in events))


async def _write(tx: Tx[State], rows: Iterable[Mapping[str, Any]]) -> None:
    await tx.insert(Message, list(rows), skip_known=True)
    tx.wake(SENDER)


def _details(event: Event[LawViolated]) -> Mapping[str, Any]:
    fact = event.fact
    return {
        "check": fact.check,
        "detail": fact.detail,
        "since": fact.since,
        "subject": _subject(fact),
        "mends": fact.mends,
    }


def _subject(fact: LawViolated) -> str:
    if fact.agency_code:
        return f"instansi {fact.agency_code}"
    return str(fact.complaint_id) if fact.complaint_id else "-"


def _row(tx: Tx[State], event: Event[Any], template: str, details: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "event_id": event.id,
        "recipient": f"{ROOT}/{COORDINATOR}",
        "channel": EMAIL,
        "kind": SEAT,
        "agency": ROOT,
        "role": COORDINATOR,
        "reporter_ref": None,
        # Not known here, perhaps, which may be what is wrong: its id stands in the details.
        "complaint_id": None,
        "reference": None,
        "about": ROOT,
        "template": template,
        "details": {"at": event.time, **details},
        "next_try_at": REAL.now(),
        "created_at": tx.now,
    }
