"""Mails and metrics, as the demo reads them."""

from email.message import EmailMessage
from pathlib import Path

from deploy.demo.evidence import metrics
from deploy.demo.mails import REPORTERS, Mails, mail_of
from tests.deploy.evidence import REFERENCE


def mail(subject: str, body: str, to: str = "pimpinan@35-78.go.example") -> EmailMessage:
    message = EmailMessage()
    message["Delivered-To"], message["Message-ID"], message["Subject"] = to, "<1@x>", subject
    message.set_content(body)
    return message


def test_a_mail_names_its_notices() -> None:
    one = mail_of(mail(f"Aduan {REFERENCE} telah diterima", f"Nomor lacak: {REFERENCE}"))
    assert (one.notices, one.kind, one.role) == ((REFERENCE,), "seat", "leader")
    joined = mail_of(
        mail(
            f"Eskalasi {REFERENCE} (dan 1 pemberitahuan lain)",
            f"- Eskalasi {REFERENCE}\n- Batas {REFERENCE}\nRincian {REFERENCE}",
        )
    )
    assert joined.notices == (REFERENCE, REFERENCE)
    link = "http://127.0.0.1:1/notify/pages/acknowledgements/A"
    assert mail_of(mail(f"Eskalasi {REFERENCE}", f"Mohon konfirmasi:\r\n{link}\r\n\r\nHormat")).link == link
    assert one.link == ""
    assert mail_of(mail(f"Aduan {REFERENCE}", "", f"siti{REPORTERS}")).role == "reporter"


def test_each_read_returns_only_new_mails(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "000000001.abc.local").write_bytes(mail(f"Aduan {REFERENCE}", "one").as_bytes())
    mails = Mails(tmp_path)
    assert len(mails.read()) == 1
    assert mails.read() == []
    (tmp_path / "new" / "000000002.def.local").write_bytes(mail(f"Aduan {REFERENCE}", "two").as_bytes())
    assert len(mails.read()) == 1
    assert len(mails.all) == 2


def test_metrics_are_read_by_service() -> None:
    with_labels = 'tanggap_loop_overdue_seconds{service="sla",loop="sweep"} 0.1'
    text = f'# HELP x\ntanggap_parked_events{{service="sla"}} 2.0\n{with_labels}\n'
    assert metrics(text)["tanggap_parked_events", "sla"] == 2
