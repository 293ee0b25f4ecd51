"""Who is told instead of a seat that cannot be reached."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from services.sla.domain.directory import Agency, Chain, Seat
from services.sla.domain.ladder import LAST_CLIMB, Recipients, recipients_of_climb, recipients_of_reminder
from shared.vocabulary import LEADER, NoticeOutcome

ARRIVED: frozenset[NoticeOutcome] = frozenset({"sent", "acknowledged"})


def next_up(chain: Chain, escalation: int, failed: Seat, told: Collection[Seat]) -> Recipients:
    """The seats that a climb reaches because this one counts as vacant, those that it was said to left out."""
    after = recipients_of_climb(seated(chain, failed, is_filled=False), escalation).reached
    return Recipients(tuple(seat for seat in after if seat not in told), (failed,))


def without(chain: Chain, seats: Sequence[Seat]) -> Chain:
    """The chain as it is for a climb that has passed over these seats, whoever could be reached there by now."""
    for seat in seats:
        chain = seated(chain, seat, is_filled=False)
    return chain


def one_higher(chain: Chain, escalation: int, told: Collection[Seat]) -> Recipients:
    """The seats of the next climb that this climb has not told; of the one after it, where it has told all of them.

    Where no climb is left, whoever comes next in place of those that were told.
    """
    for higher in range(escalation + 1, max(len(chain), LAST_CLIMB) + 1):
        if new := [seat for seat in recipients_of_climb(chain, higher).reached if seat not in told]:
            return Recipients(tuple(new))
    left = recipients_of_climb(without(chain, list(told)), escalation).reached
    return Recipients(tuple(seat for seat in left if seat not in told))


def reported_to(chain: Chain, failed: Seat) -> tuple[Seat, ...]:
    """The seats that hear of a seat that cannot be reached: those who get its notices now."""
    seats = seated(chain, failed, is_filled=False)
    found = recipients_of_climb(seats, 1) if failed.role == LEADER else recipients_of_reminder(seats, (failed.role,))
    return tuple(seat for seat in found.reached if seat != failed)


def seated(chain: Chain, seat: Seat, *, is_filled: bool) -> Sequence[Agency]:
    """The chain with this seat filled, or vacant."""
    return [
        replace(agency, seats={**agency.seats, seat.role: is_filled}) if agency.code == seat.agency else agency
        for agency in chain
    ]


def complaints_in(value: bytes) -> Iterator[UUID]:
    """The complaints that a message about notices names, as far as it can be read: it may be of another release."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        for notice in json.loads(value)["data"]["notices"]:
            yield UUID(notice["complaint_id"])
