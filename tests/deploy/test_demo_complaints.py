"""The complaints of the demo: intake accepts them, and they show every case."""

from datetime import datetime, timedelta

import pytest

from deploy.demo import installation
from deploy.demo.complaints import complaints
from deploy.demo.mails import REPORTERS
from services.intake.actions.filings import NewComplaint
from services.routing.domain.directories import read_agencies

AGENCIES = {agency.code: agency for agency in read_agencies(overlay=installation.OVERLAY)}


def test_intake_accepts_every_complaint() -> None:
    assert len(complaints()) >= 60
    for complaint in complaints():
        NewComplaint.model_validate(dict(complaint.body))


def test_complaints_name_places_and_agencies_that_exist_in_all_three_zones() -> None:
    named = {
        complaint.body[part] for complaint in complaints() for part in ("region", "agency") if part in complaint.body
    }
    assert named <= AGENCIES.keys()
    assert {AGENCIES[code].zone for code in named} == {"WIB", "WITA", "WIT"}
    assert len({code for code in named if code[0].isdigit()}) >= 15


def test_the_complaints_show_every_way_of_filing() -> None:
    bodies = [complaint.body for complaint in complaints()]
    assert {body.get("kind", "complaint") for body in bodies} == {"complaint", "aspiration", "information"}
    assert {body["channel"] for body in bodies} >= {"web", "sms", "app", "social", "letter"}
    for wanted in ("anonymous", "confidential", "contact", "address", "agency"):
        assert any(body.get(wanted) for body in bodies)
        assert any(not body.get(wanted) for body in bodies)
    assert sum(body["channel"] == "letter" for body in bodies) > 1
    assert len({(body["title"], body["text"]) for body in bodies}) == len(bodies)


def test_no_complaint_has_the_address_of_a_real_person() -> None:
    contacts = [complaint.body["contact"] for complaint in complaints() if "contact" in complaint.body]
    addresses = [contact["email"] for contact in contacts if "phone" not in contact]
    assert addresses
    assert all(address.endswith(REPORTERS) for address in addresses)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (installation.START - timedelta(days=3), installation.START),
        (installation.START, installation.START),
        (installation.START + timedelta(seconds=1), installation.START + timedelta(weeks=1)),
        (installation.START + timedelta(weeks=1), installation.START + timedelta(weeks=1)),
    ],
)
def test_filing_begins_on_the_first_monday_still_ahead(now: datetime, day: datetime) -> None:
    assert installation.first_day(now) == day
    assert day.weekday() == 0
