"""The stories of the demo: what the people of some complaints do one after the other, whoever handles the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.calendar import ZONES, Calendar
from shared.clock import TICK

LIAISON, COORDINATOR, LEADER, REPORTER = "liaison", "coordinator", "leader", "reporter"
UNVERIFIED, AWAITING, IN_PROGRESS = "UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS"
ON_HOLD, ANSWERED, APPEALED, CLOSED = "ON_HOLD", "ANSWERED", "APPEALED", "CLOSED"


@dataclass(frozen=True, slots=True)
class Stage:
    """What somebody knows who acts: the case as routing shows it, the moment, and the complaints of other stories."""

    case: Mapping[str, Any]
    now: datetime
    calendar: Calendar
    zone: str
    ids: Mapping[str, str]

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(ZONES[self.zone])).date()


Body = Callable[[Stage], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Scene:
    """An act of a role, once the case is in this state, so many working days after the scene before.

    `act` is the last part of its path, in which {draft} stands for the number of the draft that waits; `event` is what
    the timeline must then tell. The case must have a value in the field that the scene `needs`.
    """

    role: str
    act: str
    state: str
    days: float
    event: str
    body: Body
    needs: str = ""


def words(field: str, text: str, **more: Any) -> Body:
    """A body with words that name the complaint: routing refuses an agency's text that it has given to many."""
    return lambda stage: {field: text.format(reference=stage.case["reference"]), **more}


def until(days: int, **said: str) -> Body:
    """A body with the working day that ends so many working days from now."""
    return lambda stage: {**said, "due_on": _day(stage, days)}


def _day(stage: Stage, days: int) -> str:
    return stage.day_of(stage.calendar.due_at(stage.now, days) - TICK).isoformat()


def _duplicate_of(story: str) -> Body:
    return lambda stage: {"merged_into": stage.ids[story], "reason": "Lampu dan jalan yang sama, dilaporkan dua warga."}


def _in_parts(stage: Stage) -> Mapping[str, Any]:
    """The holders of the parts act as they always do."""
    roads = _part(stage, "DPUPR", "Jalan berlubang di depan pasar", "Lubang sedalam 20 cm di depan pintu timur pasar.")
    waste = _part(stage, "DLH", "Sampah pasar tidak diangkut", "Sampah menumpuk di belakang pasar sejak sepekan.")
    return {"parts": [roads, waste], "reason": "Laporan menyangkut dua hal yang ditangani dua dinas."}


def _part(stage: Stage, unit: str, title: str, text: str) -> Mapping[str, Any]:
    return {**CLASSIFIED, "agency": f"{stage.case['verifier']}.{unit}", "title": title, "text": text}


def _verified(days: float = 1) -> Scene:
    return Scene(COORDINATOR, "verifications", UNVERIFIED, days, "ComplaintVerified", lambda stage: CLASSIFIED)


def _followed_up(text: str, state: str = AWAITING, days: float = 1) -> Scene:
    return Scene(LIAISON, "follow-ups", state, days, "FollowUpRecorded", words("text", text))


def _answered(text: str, days: float = 2) -> Scene:
    return Scene(LIAISON, "answers", IN_PROGRESS, days, "ComplaintAnswered", words("text", text))


def _accepted(days: float = 1) -> Scene:
    return Scene(REPORTER, "acceptances", ANSWERED, days, "ComplaintClosed", lambda stage: {})


def _drafted(text: str) -> Scene:
    return Scene(LIAISON, "answers", IN_PROGRESS, 1, "AnswerDrafted", words("text", text))


CLASSIFIED = {"classification": "complaint"}
GOOD = {"speed": 3, "clarity": 4, "outcome": 4, "courtesy": 4}
STORIES: Mapping[str, Sequence[Scene]] = {
    "question": (
        _verified(),
        Scene(
            LIAISON,
            "holdings",
            AWAITING,
            1,
            "ComplaintHeld",
            words("question", "Di depan rumah nomor berapa letak saluran yang tersumbat pada laporan {reference}?"),
        ),
        Scene(
            REPORTER, "completions", ON_HOLD, 4, "ComplaintCompleted", words("text", "Di depan rumah nomor 12 dan 14.")
        ),
        _followed_up("Regu drainase memeriksa saluran pada laporan {reference} dan menemukan sedimen setebal 40 cm."),
        _answered("Sedimen pada laporan {reference} telah dikeruk; air mengalir lagi sejak Selasa pagi."),
        Scene(REPORTER, "ratings", ANSWERED, 1, "RatingGiven", lambda stage: GOOD),
        _accepted(),
    ),
    "dispute": (
        _verified(),
        _followed_up("Pengawas kebersihan telah meninjau tumpukan sampah pada laporan {reference} bersama ketua RT."),
        _answered("Tumpukan sampah pada laporan {reference} telah diangkut dengan dua truk pada hari Rabu."),
        Scene(
            REPORTER,
            "disputes",
            ANSWERED,
            2,
            "ComplaintReopened",
            words("reason", "Yang diangkut hanya sebagian; di belakang pasar masih ada setengahnya."),
        ),
        _followed_up("Petugas kembali ke lokasi laporan {reference} dan mencatat sisa sampah 8 m3.", IN_PROGRESS),
        Scene(
            REPORTER,
            "replies",
            IN_PROGRESS,
            1,
            "ReporterReplied",
            words("text", "Sisa sampah ada di gang sebelah timur, tidak terlihat dari jalan."),
        ),
        Scene(
            LIAISON,
            "interim-replies",
            IN_PROGRESS,
            0.5,
            "InterimReplied",
            until(18, reason="Truk tambahan baru tersedia setelah perbaikan jembatan timbang."),
        ),
        _answered("Sisa sampah laporan {reference} di gang timur telah diangkut; jadwal truk menjadi tiap hari."),
        _accepted(),
    ),
    "appeal": (
        _verified(),
        _followed_up("Petugas penerangan memeriksa tiang pada laporan {reference} dan mencatat dua lampu putus."),
        _answered("Satu dari dua lampu pada laporan {reference} telah diganti; penanganan dinyatakan selesai."),
        Scene(
            REPORTER,
            "appeals",
            ANSWERED,
            2,
            "ComplaintAppealed",
            words("reason", "Dinas menolak mengganti lampu kedua; jalan di tikungan tetap gelap."),
        ),
        Scene(
            COORDINATOR,
            "upholdings",
            APPEALED,
            2,
            "AppealDecided",
            words(
                "text", "Inspektorat memeriksa lokasi laporan {reference}: lampu kedua masih padam dan harus diganti."
            ),
        ),
        _followed_up("Regu penerangan kembali ke lokasi laporan {reference} dan memesan lampu untuk tikungan."),
        _answered("Lampu kedua di tikungan pada laporan {reference} telah diganti dan menyala sejak Kamis malam."),
        _accepted(),
    ),
    "promise": (
        _verified(),
        _followed_up("Tim bina marga telah mengukur kerusakan jalan pada laporan {reference}, panjangnya 60 meter."),
        Scene(
            LIAISON,
            "promises",
            IN_PROGRESS,
            0.5,
            "PromiseMade",
            until(5, what="Penambalan jalan sepanjang 60 meter dengan aspal hotmix.", by_whom="Bidang Bina Marga"),
        ),
        _answered("Kerusakan pada laporan {reference} akan ditambal sesuai janji; rambu sementara telah dipasang.", 1),
        Scene(
            LIAISON,
            "promises/1/fulfilments",
            ANSWERED,
            9,
            "PromiseKept",
            words("text", "Penambalan 60 meter selesai; terlambat karena hujan tiga hari."),
        ),
    ),
    "original": (
        _verified(),
        _followed_up("Teknisi memeriksa panel lampu jalan laporan {reference}; kabel utama terputus.", days=3),
        _answered("Kabel lampu jalan laporan {reference} telah diganti; seluruh lampu menyala sejak malam tadi."),
        _accepted(),
    ),
    "duplicate": (
        Scene(COORDINATOR, "mergers", UNVERIFIED, 1, "ComplaintMerged", _duplicate_of("original")),
        Scene(REPORTER, "ratings", ANSWERED, 1, "RatingGiven", lambda stage: GOOD),
    ),
    "split": (
        _verified(),
        Scene(COORDINATOR, "splits", AWAITING, 1, "ComplaintSplit", _in_parts),
        Scene(REPORTER, "ratings", CLOSED, 1, "RatingGiven", lambda stage: GOOD),
    ),
    "draft": (
        _verified(),
        _followed_up("Apotek puskesmas menghitung persediaan obat pada laporan {reference} dan memesan kekurangannya."),
        _drafted("Obat pada laporan {reference} tersedia lagi di puskesmas sejak Senin pagi."),
        Scene(
            LEADER,
            "drafts/{draft}/rejections",
            IN_PROGRESS,
            0.5,
            "AnswerReturned",
            words("reason", "Sebutkan obat apa dan sampai kapan persediaannya cukup."),
            needs="draft",
        ),
        _drafted("Amlodipin dan metformin pada laporan {reference} tersedia lagi; persediaan cukup untuk tiga bulan."),
        Scene(LEADER, "drafts/{draft}/approvals", IN_PROGRESS, 0.5, "ComplaintAnswered", lambda stage: {}, "draft"),
        _accepted(),
    ),
    "secret": (
        _verified(),
        replace(_followed_up("Pendamping telah menemui keluarga pada laporan {reference} di rumah aman."), role=LEADER),
        replace(_answered("Keluarga pada laporan {reference} didampingi dan tinggal di rumah aman."), role=LEADER),
        _accepted(),
    ),
    "danger": (
        _verified(0),
        _followed_up("Regu piket memadamkan aliran listrik pada tiang laporan {reference} dan memasang pagar.", days=0),
        _answered("Tiang pada laporan {reference} telah diganti dan kabel dipasang kembali oleh petugas."),
    ),
    "call": (
        _verified(),
        _followed_up("Petugas lapangan mengukur debit air pada laporan {reference} di tiga titik sambungan."),
        _answered("Katup pada laporan {reference} telah diganti; debit air kembali 12 liter per menit."),
        Scene(
            LIAISON,
            "contacts",
            ANSWERED,
            1,
            "ReporterContacted",
            words("text", "Pelapor ditelepon; jawaban dibacakan dan dipahami."),
            needs="contact_open",
        ),
    ),
    "withdrawal": (
        _verified(),
        Scene(
            REPORTER,
            "withdrawals",
            AWAITING,
            1,
            "ComplaintWithdrawn",
            words("text", "Lampunya ternyata milik tetangga dan sudah diperbaiki."),
        ),
    ),
}
