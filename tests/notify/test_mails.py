"""Mails: written in Indonesian, equal when written twice, with headers that no value can change."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.notify.channels.mails import FOLDER, JOINED, Mail, MailWriter, Notice
from services.notify.domain.priorities import ALL_WELL, LAW_VIOLATED, SYSTEM
from services.notify.domain.recipients import RECIPIENTS, REPORTER

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
    "is_over": False,
    "clock": "verifikasi",
    "asked": "verifikasi aduan ini",
    "taken": "eskalasi tahap 2",
    "page": "https://tanggap.example/intake/pages/complaints/TG-25-0001",
    "role": "Pimpinan",
    "act": "mencabut laporan",
    "why": "instansi tersebut ternyata telah bertindak sebelumnya",
    "since": "Senin, 7 Juli 2025 pukul 09.00 WIB",
    "unsure": "sistem belum pernah menerima kabar penanganan",
    "vacant": "",
    "missing": "kosong",
    "instead_of": "",
    "next": "",
    "next_is_over": False,
    "round": 0,
    "unattended": False,
    "promised": False,
    "until": "21 Juli 2025",
    "number": 1,
    "unverified": False,
    "climb": "pimpinan instansi di atasnya",
    "step": 2,
    "percent": 80,
    "accepted": False,
    "closing_taken_back": False,
    "sent_back_by": None,
    "reopened": False,
    "mends": True,
    "shared": False,
    "parts": 2,
    "reopen_until": "",
    "reply_until": "",
    "corrected": "Jenis: Pengaduan",
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
    assert (words["detail"] in content) is (name != ALL_WELL)
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
    assert "Instansi     : Dinas Pekerjaan Umum (belum diverifikasi)" in _lines("ombudsman", unverified=True)
    assert "Instansi     : Dinas Pekerjaan Umum" in _lines("ombudsman")
    leader = _lines("ombudsman_for_leader", unverified=True)
    assert any(line.startswith("Sebuah aduan belum diverifikasi oleh instansi Saudara") for line in leader)
    rounds = [_lines("escalated", round=2, unverified=unverified) for unverified in (True, False)]
    said = [next(line for line in lines if line.startswith("Aduan Anda belum")) for lines in rounds]
    assert [line.split()[3] for line in said] == ["diverifikasi", "dijawab"]
    late = "Dipegang oleh         : Dinas Pekerjaan Umum (belum memverifikasi aduan ini)"
    assert late in _lines("escalation", unverified=True)


def test_a_mail_says_of_nobody_what_they_may_not_have_done() -> None:
    """The holder of a whole answers nothing itself, a coordinator above may end an alarm, an appeal may open anew."""
    answered = "Aduan Anda telah dijawab oleh Dinas Pekerjaan Umum."
    assert answered not in _lines("answered") and answered in _lines("answered", reply_until=WORDS["due"])
    assert answered not in _lines("answered", reply_until=WORDS["due"], shared=True)
    for name in ("all_clear", "disclosed"):
        assert any(line.startswith("Petugas menyatakan") for line in _lines(name))
    assert not any("diarsipkan" in line for line in _lines("to_verify_again"))
    assert any(line.endswith("kecuali memenuhi janji yang masih terbuka.") for line in _lines("closed_for_seat"))


@pytest.mark.parametrize("name", [name for name in OF_COMPLAINTS if "ombudsman" in name or "hand_over" in name])
def test_a_mail_about_the_ombudsman_names_no_days_since_the_limit_is_data(name: str) -> None:
    assert "60 hari" not in read(mail_of(name)).get_content()


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


def _joined(*notices: Notice) -> EmailMessage:
    return read(Mail(uuid7(), "pimpinan@surabaya.example", notices, "Pimpinan Kota Surabaya"))


def test_notices_for_one_seat_become_one_list_under_the_most_urgent_one() -> None:
    others = [Notice("assigned", {**WORDS, "reference": f"TG-25-000{number}"}) for number in (2, 3)]
    message = _joined(Notice("escalation", WORDS), *others)
    most_urgent = "Eskalasi tahap 2: aduan TG-25-0001 terlambat 5 hari kalender (verifikasi), Dinas Pekerjaan Umum"
    assert message["Subject"] == f"{most_urgent} (dan 2 pemberitahuan lain)"
    body = message.get_content()
    assert body.index(f"- {most_urgent}") < body.index("- Aduan baru TG-25-0002") < body.index("TG-25-0003")


def test_a_joined_mail_names_for_each_complaint_what_is_asked_by_when_and_its_page() -> None:
    page = WORDS["page"]
    without = {name: value for name, value in WORDS.items() if name not in ("due", "is_over", "next")}
    late = {**WORDS, "is_over": True, "next": "11 Juli 2025", "next_is_over": True}
    hidden = Notice("assigned", {**without, "page": ""})
    lines = _joined(Notice("escalation", late), Notice("to_verify", WORDS), hidden).get_content().splitlines()
    first, second, third = [number for number, line in enumerate(lines) if line.startswith("- ")]
    assert lines[first + 1 : second] == [
        "  Mohon Saudara memerintahkan verifikasi aduan ini, serta kabar yang telah dijanjikan, dan memantaunya sampai"
        " terlaksana.",
        f"  Batas waktu  : berakhir {WORDS['due']}",
        "  Kabar yang dijanjikan: paling lambat 11 Juli 2025 (belum ada)",
        f"  Riwayat aduan: {page}",
    ]
    assert lines[second + 2 : third] == [f"  Batas waktu  : paling lambat {WORDS['due']}", f"  Riwayat aduan: {page}"]
    assert lines[third + 1].startswith("  Setelah diverifikasi") and lines[third + 2] == ""
    assert any(line.startswith("Rincian aduan tanpa alamat riwayat") for line in lines[third:])


def test_an_alarm_keeps_its_text_in_a_joined_mail() -> None:
    words = {**WORDS, "check": "no_case", "subject": "01a2", "detail": "Belum menjadi kasus.", "reference": None}
    message = _joined(*[Notice(LAW_VIOLATED, {**words, "page": "", "due": ""})] * 2)
    assert message["Subject"].startswith("Pemeriksa sistem menemukan pelanggaran: no_case (01a2) (dan 1 ")
    said = f"Belum menjadi kasus. Pelanggaran ini ada sejak {WORDS['since']}."
    assert message.get_content().count(said) == 2
    assert "python -m services audit --once" in message.get_content()
    assert "nomor lacak" not in message.get_content(), "an alarm is about no complaint that its reader could look up"


FOR_SEATS = sorted({rule.template for rules in RECIPIENTS.values() for rule in rules if rule.field != REPORTER})
ABOVE = sorted({rule.above for rules in RECIPIENTS.values() for rule in rules if rule.above})


@pytest.mark.parametrize("name", [*SYSTEM, *FOR_SEATS, *ABOVE])
def test_a_joined_mail_says_of_each_notice_what_its_own_mail_asks(name: str) -> None:
    words = {**WORDS, "check": "no_case", "subject": "01a2", "detail": "Belum menjadi kasus.", "complaints": 9}
    asked = WRITER.templates[name].asked(words)
    assert asked
    alone = _lines(name, **words)
    joined = _joined(Notice(name, words), Notice(name, words)).get_content().splitlines()
    assert set(asked) <= set(alone) and {f"  {line}" for line in asked} <= set(joined)


@pytest.mark.parametrize("name", OF_COMPLAINTS)
def test_every_mail_about_a_complaint_leads_to_its_page_if_it_has_one(name: str) -> None:
    pages = [line for line in _lines(name) if line.startswith("Riwayat aduan")]
    assert [line.split(": ", 1)[1] for line in pages] == [WORDS["page"]]
    assert not any("Riwayat aduan" in line for line in _lines(name, page=""))


@pytest.mark.parametrize("name", OF_COMPLAINTS)
@pytest.mark.parametrize("round", [0, 3])
def test_the_colons_of_a_list_stand_in_one_column(name: str, round: int) -> None:
    lines = _lines(name, round=round, vacant="Pimpinan A", instead_of="Pimpinan B", next="7 Juli 2025", late_since="x")
    list_of = [line for line in lines if re.match(r"[A-Z][A-Za-z ]{3,24}: ", line) and not line.startswith("Catatan")]
    assert len({line.index(": ") for line in list_of}) == 1, list_of


def test_a_climb_asks_for_what_is_missing_and_names_when_news_was_promised() -> None:
    lines = _lines("escalation", asked="tindak lanjut pertama atas aduan ini", next="7 Juli 2025")
    asked = "Mohon Saudara memerintahkan tindak lanjut pertama atas aduan ini dan memantaunya sampai terlaksana."
    assert asked in " ".join(lines)
    assert "Kabar yang dijanjikan : paling lambat 7 Juli 2025" in lines
    assert "dijanjikan" not in "".join(_lines("escalation"))


def test_a_reporter_is_not_told_that_a_vacant_seat_was_reached() -> None:
    reached = [
        next(line for line in _lines("escalated", vacant=vacant) if line.startswith("Dinaikkan ke"))
        for vacant in ("", "Pimpinan Kota Surabaya")
    ]
    assert reached[1] == f"{reached[0]}; jabatan yang kosong dilewati"


def test_a_climb_of_a_complaint_that_nobody_handles_blames_nobody() -> None:
    back = read(mail_of("withdrawn", unattended=True, clock="penanganan laporan", agency="Admin Nasional"))
    assert "Admin Nasional" not in f"{back['Subject']} {back.get_content()}"
    mail = read(mail_of("escalation", unattended=True, clock="penanganan laporan", agency="Admin Nasional", round=2))
    assert "Admin Nasional" not in f"{mail['Subject']} {mail.get_content()}"
    assert "(belum ada instansi yang menanganinya, ulangan ke-2)" in mail["Subject"]
    assert "Mohon Saudara memastikan aduan ini diserahkan kepada instansi yang berwenang." in mail.get_content()


@pytest.mark.parametrize("name", ["to_verify", "to_verify_above", "to_follow_up", "to_follow_up_above"])
def test_a_request_names_its_limit_if_it_is_known(name: str) -> None:
    named = f": paling lambat {WORDS['due']}"
    assert any(line.startswith("Batas waktu") and line.endswith(named) for line in _lines(name))
    assert not any(line.startswith("Batas waktu") for line in _lines(name, due=""))


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


@pytest.mark.parametrize("name", FOR_SEATS)
def test_templates_for_seats_use_no_value_about_the_reporter(name: str) -> None:
    template = WRITER.templates[name]
    for part in (template.subject, template.body):
        assert part.render(dict.fromkeys(WORDS, "x")) is not None
