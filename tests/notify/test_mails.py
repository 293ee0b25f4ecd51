"""Mails: written in Indonesian, equal when written twice, with headers that no value can change."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.notify.channels.mails import FOLDER, JOINED, Mail, MailWriter, Notice
from services.notify.domain.recipients import ALL_WELL, LAW_VIOLATED, RECIPIENTS, REPORTER, SYSTEM

WRITER = MailWriter("Tanggap <no-reply@tanggap.example>")
WORDS: dict[str, Any] = {
    "reference": "TG-25-0001",
    "agency": "Dinas Pekerjaan Umum",
    "addressee": "Pimpinan Kota Surabaya",
    "at": "Senin, 7 Juli 2025 pukul 09.00 WIB",
    "filed": "Senin, 7 Juli 2025 pukul 09.00 WIB",
    "due": "Senin, 14 Juli 2025 pukul 24.00 WIB",
    "late": "5 hari kalender",
    "late_since": "",
    "clock": "verifikasi",
    "role": "Pimpinan",
    "act": "mencabut laporan",
    "why": "instansi tersebut ternyata telah bertindak sebelumnya",
    "since": "Senin, 7 Juli 2025 pukul 09.00 WIB",
    "unsure": "sistem belum pernah menerima kabar penanganan",
    "vacant": "",
    "missing": "kosong",
    "instead_of": "",
    "next": "",
    "round": 0,
    "unattended": False,
    "promised": False,
    "until": "21 Juli 2025",
    "number": 1,
    "unverified": False,
    "climb": "pimpinan instansi di atasnya",
    "step": 2,
    "percent": 80,
}


def read(mail: Mail) -> EmailMessage:
    message = message_from_bytes(WRITER.write(mail), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def mail_of(template: str, **words: Any) -> Mail:
    """A mail with one notice."""
    return Mail(uuid7(), "pimpinan@surabaya.example", [Notice(template, {**WORDS, **words})])


OF_COMPLAINTS = sorted({path.stem for path in FOLDER.glob("*.txt")} - {*SYSTEM, JOINED})


@pytest.mark.parametrize("name", SYSTEM)
def test_a_mail_about_the_system_says_what_was_found(name: str) -> None:
    words = {"check": "no_case", "subject": "01a2", "detail": "Belum menjadi kasus.", "complaints": 1_234}
    content = read(mail_of(name, since=WORDS["due"], **words)).get_content()
    assert (words["detail"] in content) is (name == LAW_VIOLATED)
    assert ("1234 aduan" in content) is (name == ALL_WELL)
    assert WORDS["addressee"] in content


def test_a_mail_about_a_follow_up_says_until_when_there_will_be_news_if_that_is_known() -> None:
    assert "Kabar berikutnya" not in read(mail_of("followed_up")).get_content()
    assert (
        "Kabar berikutnya paling lambat 21 Juli 2025."
        in read(mail_of("followed_up", next="21 Juli 2025")).get_content()
    )


@pytest.mark.parametrize("name", OF_COMPLAINTS)
def test_every_template_names_the_reference_and_the_agency(name: str) -> None:
    message = read(mail_of(name))
    assert "TG-25-0001" in message["Subject"]
    assert "TG-25-0001" in message.get_content() and "Dinas Pekerjaan Umum" in message.get_content()
    assert not message.defects


def _lines(template: str, **words: Any) -> list[str]:
    return str(read(mail_of(template, **words)).get_content()).splitlines()


def test_an_offer_about_an_unverified_complaint_blames_nobody_for_its_handling() -> None:
    assert "Instansi   : Dinas Pekerjaan Umum (belum diverifikasi)" in _lines("ombudsman", unverified=True)
    assert "Instansi   : Dinas Pekerjaan Umum" in _lines("ombudsman")
    leader = _lines("ombudsman_for_leader", unverified=True)
    assert any(line.startswith("Sebuah aduan belum diverifikasi oleh instansi Saudara") for line in leader)
    rounds = [_lines("escalated", round=2, unverified=unverified) for unverified in (True, False)]
    said = [next(line for line in lines if line.startswith("Aduan Anda belum")) for lines in rounds]
    assert [line.split()[3] for line in said] == ["diverifikasi", "dijawab"]
    late = "Instansi yang terlambat: Dinas Pekerjaan Umum (belum memverifikasi aduan ini)"
    assert late in _lines("escalation", unverified=True)


def test_a_subject_and_a_body_with_other_characters_than_ascii_arrive_as_written() -> None:
    message = read(mail_of("assigned", agency="Dinas Pékerjaan € Umum"))
    assert message["Subject"] == "Aduan baru TG-25-0001 untuk Dinas Pékerjaan € Umum"
    assert "Dinas Pékerjaan € Umum" in message.get_content()
    assert WRITER.write(mail_of("assigned", agency="Pékerjaan")).isascii()


@pytest.mark.parametrize("name", ["escalation", "assigned", "to_verify"])
@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_a_name_with_line_breaks_adds_no_header_and_no_line(name: str, break_: str) -> None:
    evil = f"Dinas{break_}Bcc: all@world.example{break_}{break_}Isi palsu é"
    message = read(mail_of(name, agency=evil, addressee=evil))
    assert "Bcc" not in message and len(message.get_all("To", [])) == 1
    assert "Dinas Bcc: all@world.example Isi palsu" in message["Subject"]
    assert not any(line.startswith(("Bcc", "Isi palsu")) for line in message.get_content().splitlines())


def test_a_long_subject_is_folded_and_a_long_line_is_encoded() -> None:
    raw = WRITER.write(mail_of("assigned", agency="Dinas Pekerjaan Umum dan Perumahan Rakyat " * 60))
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_mail_written_twice_has_the_same_bytes_and_names_its_id() -> None:
    mail = mail_of("received")
    assert WRITER.write(mail) == WRITER.write(mail)
    assert read(mail)["Message-ID"] == f"<{mail.id}@tanggap.example>"
    assert read(mail)["Auto-Submitted"] == "auto-generated"


def test_notices_for_one_seat_become_one_list() -> None:
    notices = [Notice("escalation", WORDS), Notice("assigned", {**WORDS, "reference": "TG-25-0002"})]
    message = read(Mail(uuid7(), "pimpinan@surabaya.example", notices, "Pimpinan Kota Surabaya"))
    assert message["Subject"] == "2 pemberitahuan aduan untuk Pimpinan Kota Surabaya"
    body = message.get_content()
    assert body.index("- Eskalasi tahap 2: aduan TG-25-0001") < body.index("- Aduan baru TG-25-0002")


def test_a_joined_mail_names_for_each_complaint_its_limit_and_its_page() -> None:
    page = "https://tanggap.example/intake/pages/complaints/TG-25-0001"
    without = {name: value for name, value in WORDS.items() if name not in ("due", "percent")}
    notices = [Notice("deadline_near", {**WORDS, "page": page}), Notice("assigned", {**without, "page": ""})]
    lines = read(Mail(uuid7(), "x@surabaya.example", notices, "Penghubung")).get_content().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("- Batas waktu mendekat"))
    assert lines[first + 1] == f"  Batas waktu: paling lambat {WORDS['due']}"
    assert lines[first + 2] == f"  Riwayat    : {page}"
    assert lines[first + 3].startswith("- Aduan baru") and lines[first + 4] == ""


@pytest.mark.parametrize("joined", [False, True])
def test_the_link_stands_above_the_last_paragraph(joined: bool) -> None:
    notices = [Notice("to_verify", WORDS)] * (2 if joined else 1)
    link = "https://tanggap.example/notify/pages/acknowledgements/" + "A" * 43
    body = (
        read(Mail(uuid7(), "koordinator@surabaya.example", notices, "Koordinator", link))
        .get_content()
        .replace("\r\n", "\n")
    )
    *_, asked, foot = body.strip().split("\n\n")
    assert asked.splitlines()[-1] == link and "konfirmasi" in asked
    assert foot.startswith("Pesan ini dikirim otomatis")


def test_a_notice_is_writable_by_itself_or_not() -> None:
    assert WRITER.is_writable(Notice("to_verify", WORDS))
    assert not WRITER.is_writable(Notice("to_verify", {}))


def test_the_version_of_a_template_depends_on_its_text() -> None:
    assert WRITER.version("received", False) != WRITER.version("answered", False)
    assert WRITER.version("received", True).startswith(WRITER.version("received", False) + "+")


@pytest.mark.parametrize(
    "name", sorted({rule.template for rules in RECIPIENTS.values() for rule in rules if rule.field != REPORTER})
)
def test_templates_for_seats_use_no_value_about_the_reporter(name: str) -> None:
    template = WRITER.templates[name]
    for part in (template.subject, template.body):
        assert part.render(dict.fromkeys(WORDS, "x")) is not None
