"""Requests to seats, and seats with an address of one's own."""

from typing import Any
from uuid import uuid4

from shared.events import AgencyPublished, Fact
from shared.service import RunningService
from tests import make
from tests.notify.mail import contact, filed, send_all


async def hear_request(service: RunningService, *before: Fact, follow_up: bool = False) -> Any:
    """A complaint that is routed, or forwarded too, after these events; its id."""
    complaint = filed(reporter_ref=uuid4())
    assert complaint.reporter_ref is not None
    id = complaint.complaint_id
    requested = [make.routed(id), *([make.forwarded(id)] if follow_up else [])]
    await make.hear(service, *before, contact(service, complaint.reporter_ref), complaint, *requested)
    await send_all(service)
    return id


def published_with(agency: str, leader: str) -> AgencyPublished:
    """The agency whose leader has this address."""
    seats = [{"role": "leader", "title": "Kepala", "email": leader}]
    return make.published(agency, seats=seats)
