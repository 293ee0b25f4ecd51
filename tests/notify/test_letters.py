"""Letters: Indonesian, equal when written twice, and nothing in a value can become a header."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.notify.channels.letters import FOLDER, JOINED, Letters, Line, Mail

LETTERS = Letters("Tanggap <no-reply@tanggap.example>")
WORDS: dict[str, Any] = {
    "reference": "TG-25-0001",
    "agency": "Dinas Pekerjaan Umum",
    "office": "Pimpinan Kota Surabaya",
    "at": "Senin, 7 Juli 2025 pukul 09.00 WIB",
    "filed": "Senin, 7 Juli 2025 pukul 09.00 WIB",
    "due": "Senin, 14 Juli 2025 pukul 24.00 WIB",
    "late": "5 hari kalender",
    "clock": "verifikasi",
    "role": "Pimpinan",
    "vacant": "",
    "step": 2,
    "percent": 80,
}


def read(mail: Mail) -> EmailMessage:
    message = message_from_bytes(LETTERS.write(mail), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def letter(template: str, **words: Any) -> Mail:
    return Mail(uuid7(), "pimpinan@surabaya.example", [Line(template, {**WORDS, **words})])


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != JOINED))
def test_every_template_names_the_reference_and_the_agency(name: str) -> None:
    message = read(letter(name))
    assert "TG-25-0001" in message["Subject"]
    assert "TG-25-0001" in message.get_content() and "Dinas Pekerjaan Umum" in message.get_content()
    assert not message.defects


def test_a_subject_and_body_beyond_ascii_arrive_as_written() -> None:
    message = read(letter("assigned", agency="Dinas Pékerjaan € Umum"))
    assert message["Subject"] == "Aduan baru TG-25-0001 untuk Dinas Pékerjaan € Umum"
    assert "Dinas Pékerjaan € Umum" in message.get_content()
    assert LETTERS.write(letter("assigned", agency="Pékerjaan")).isascii()


@pytest.mark.parametrize("name", ["escalation", "assigned", "to_verify"])
@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_a_name_with_line_breaks_adds_no_header_and_no_line(name: str, break_: str) -> None:
    evil = f"Dinas{break_}Bcc: all@world.example{break_}{break_}Isi palsu é"
    message = read(letter(name, agency=evil, office=evil))
    assert "Bcc" not in message and len(message.get_all("To", [])) == 1
    assert "Dinas Bcc: all@world.example Isi palsu" in message["Subject"]
    assert not any(line.startswith(("Bcc", "Isi palsu")) for line in message.get_content().splitlines())


def test_a_long_subject_is_folded_and_a_long_line_is_encoded() -> None:
    raw = LETTERS.write(letter("assigned", agency="Dinas Pekerjaan Umum dan Perumahan Rakyat " * 60))
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_the_same_mail_is_the_same_bytes_and_names_its_id() -> None:
    mail = letter("received")
    assert LETTERS.write(mail) == LETTERS.write(mail)
    assert read(mail)["Message-ID"] == f"<{mail.id}@tanggap.example>"
    assert read(mail)["Auto-Submitted"] == "auto-generated"


def test_notices_for_one_seat_become_one_list() -> None:
    lines = [Line("escalation", WORDS), Line("assigned", {**WORDS, "reference": "TG-25-0002"})]
    message = read(Mail(uuid7(), "pimpinan@surabaya.example", lines, "Pimpinan Kota Surabaya"))
    assert message["Subject"] == "2 pemberitahuan aduan untuk Pimpinan Kota Surabaya"
    body = message.get_content()
    assert body.index("- Eskalasi tahap 2: aduan TG-25-0001") < body.index("- Aduan baru TG-25-0002")


def test_a_template_version_follows_its_text() -> None:
    assert LETTERS.version("received", False) != LETTERS.version("answered", False)
    assert LETTERS.version("received", True).startswith(LETTERS.version("received", False) + "+")
