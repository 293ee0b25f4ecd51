"""Mails on what a correction or a promise makes of a limit: to the reporter, and to whoever must keep it."""

from uuid import uuid4

import pytest

from services.notify.domain.words import corrected
from shared.events import ComplaintFiled
from shared.service import RunningService
from tests import make
from tests.make import ROADS
from tests.notify.mail import SITI, RefusingMailbox, address, contact, filed, mails_to, send_all, text_of

LIAISON = address(ROADS, "liaison")


@pytest.fixture
async def complaint(service: RunningService) -> ComplaintFiled:
    complaint = filed(reporter_ref=uuid4())
    assert complaint.reporter_ref
    await make.hear(service, contact(service, complaint.reporter_ref), complaint, make.published(ROADS))
    return complaint


async def test_reporter_and_holder_read_what_was_corrected(
    service: RunningService, mailbox: RefusingMailbox, complaint: ComplaintFiled
) -> None:
    changes = {"kind": "complaint", "classification": "supervisory", "field": "health", "field_name": "Kesehatan"}
    await make.hear(service, make.corrected(complaint.complaint_id, **changes))
    await send_all(service)
    for person in (SITI, LIAISON):
        [text] = [text_of(mail) for mail in mails_to(mailbox, person)]
        assert "Jenis: Pengaduan; Klasifikasi: pengaduan berkadar pengawasan; Bidang: Kesehatan" in " ".join(
            text.split()
        )
        assert "batas waktu" in text and "dihitung ulang" in text and complaint.reference in text


def test_a_correction_that_names_nothing_is_one_of_the_title_and_one_of_a_later_release_is_shown_as_it_is() -> None:
    assert corrected({"at": "x"}) == "Judul"
    assert corrected({"kind": "praise", "region_name": "Kota Surabaya"}) == "Jenis: praise; Wilayah: Kota Surabaya"


async def test_the_holder_reads_until_when_its_promise_must_be_kept(
    service: RunningService, mailbox: RefusingMailbox, complaint: ComplaintFiled
) -> None:
    await make.hear(service, make.promised(complaint.complaint_id, due_on="2025-07-14"))
    await send_all(service)
    for person in (SITI, LIAISON):
        [text] = [text_of(mail) for mail in mails_to(mailbox, person)]
        assert "14 Juli 2025" in text
