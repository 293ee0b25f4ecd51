"""The local mail server: it keeps each message once and complete, also across a restart."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.local.mailbox import Mailbox, read_mail


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    box = Mailbox(tmp_path / "mail")
    box.start()
    yield box
    box.stop()


def mail(number: int, body: str = "Isi.") -> bytes:
    head = (
        f"From: a@tanggap.example\r\nTo: b@warga.example\r\nMessage-ID: <{number}@tanggap.example>\r\nSubject: {number}"
    )
    return f"{head}\r\n\r\n{body}\r\n".encode()


def send(box: Mailbox, *contents: bytes, to: str = "b@warga.example") -> None:
    with smtplib.SMTP("127.0.0.1", box.port) as client:
        for content in contents:
            client.sendmail("a@tanggap.example", [to], content)


def test_every_message_is_kept_in_order_with_its_recipient(box: Mailbox) -> None:
    send(box, mail(1), mail(2))
    send(box, mail(3), to='"quoted name"@warga.example')
    kept = read_mail(box.folder)
    assert [message["Subject"] for message in kept] == ["1", "2", "3"]
    assert kept[0]["Delivered-To"] == "b@warga.example" and "quoted name" in kept[2]["Delivered-To"]


def test_an_empty_mailbox_has_no_mail(box: Mailbox) -> None:
    assert read_mail(box.folder) == []


def test_the_second_copy_of_a_message_id_is_counted_and_dropped(box: Mailbox) -> None:
    send(box, mail(1), mail(1), mail(2))
    assert len(read_mail(box.folder)) == 2 and box.repeated == 1


def test_a_kept_message_is_recognised_after_a_restart(box: Mailbox) -> None:
    send(box, mail(1))
    box.stop()
    again = Mailbox(box.folder)
    again.start()
    try:
        send(again, mail(1), mail(2))
    finally:
        again.stop()
    assert len(read_mail(again.folder)) == 2 and again.repeated == 1


def test_a_message_without_an_id_is_recognised_by_its_content(box: Mailbox) -> None:
    send(box, b"Subject: x\r\n\r\nsatu\r\n", b"Subject: x\r\n\r\ndua\r\n", b"Subject: x\r\n\r\nsatu\r\n")
    assert len(read_mail(box.folder)) == 2 and box.repeated == 1


def test_a_body_that_looks_like_a_separator_stays_in_its_message(box: Mailbox) -> None:
    send(box, mail(1, "Satu.\r\n\r\nFrom " + "0" * 40 + " Mon Jul  7 09:00:00 2025\r\n.\r\nAkhir."), mail(2))
    first, second = read_mail(box.folder)
    body = first.get_payload()
    assert isinstance(body, str) and "Akhir." in body and second["Subject"] == "2"


def test_a_message_missed_by_one_listing_is_read_by_the_next(box: Mailbox) -> None:
    send(box, mail(1), mail(2), mail(3))
    second = sorted((box.folder / "new").iterdir())[1]
    hidden, seen = second.rename(box.folder / "tmp" / second.name), set[str]()
    assert [message["Subject"] for message in read_mail(box.folder, seen)] == ["1", "3"]
    hidden.rename(second)
    assert [message["Subject"] for message in read_mail(box.folder, seen)] == ["2"]
    assert read_mail(box.folder, seen) == []


@pytest.mark.parametrize("body", ["", ".", "..", "Satu.\r\nDua.\r\n.Tiga", ".\r\n.\r\n", "x" * 300_000])
def test_a_body_is_kept_to_the_byte(box: Mailbox, body: str) -> None:
    send(box, mail(1, body))
    [kept] = (box.folder / "new").iterdir()
    assert kept.read_bytes().partition(b"\r\n")[2] == mail(1, body)


def test_a_message_without_a_recipient_is_refused(box: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", box.port) as client:
        client.ehlo()
        client.mail("a@tanggap.example")
        assert client.docmd("DATA")[0] == 503
    assert read_mail(box.folder) == []
