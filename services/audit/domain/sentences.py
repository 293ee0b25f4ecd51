"""Sentences: what a violation of one complaint says to an operator, and the names in it."""

from shared.reporters import REPORTER_ACT_NAMES
from shared.vocabulary import CLOCK_NAMES, STATE_LABELS

SERVICE_NAMES = {"intake": "penerimaan", "routing": "penugasan", "sla": "tenggat", "notify": "pemberitahuan"}

SENTENCES = {
    "no_case": "Laporan belum menjadi kasus di layanan penugasan (routing) lebih dari satu jam setelah diterima.",
    "never_filed": "Laporan ada di layanan {where}, tetapi layanan penerimaan (intake) tidak mengenalnya.",
    "no_clock": "Layanan tenggat (sla) tidak mengenal laporan ini.",
    "no_reader": "Layanan pemberitahuan (notify) tidak mengenal laporan ini, sehingga surelnya tertahan.",
    "kept_holder_differs": "Layanan tenggat (sla) menghitung laporan pada {found}, padahal pemegangnya {owner}.",
    "transfers_differ": "Jumlah penerusan laporan di layanan tenggat (sla) {found}, padahal yang benar {owner}.",
    "unknown_zone": "Batas waktu {clock} berjalan dalam zona waktu {zone} yang tidak dikenal.",
    "no_life_clock": "Laporan tidak memiliki batas waktu penanganan laporan (life).",
    "life_ended": "Batas waktu penanganan laporan (life) berhenti, padahal laporan belum berakhir.",
    "life_goes_on": "Batas waktu penanganan laporan (life) terus berjalan, padahal laporan sudah berakhir.",
    "no_next_step": "Batas waktu {clock} berjalan tanpa langkah berikutnya dalam 150 hari.",
    "moved_ahead": "Batas waktu {clock} ditulis pada waktu yang belum tiba.",
    "step_muted": "Langkah berikutnya dari batas waktu {clock} tidak akan diumumkan, karena sudah tercatat.",
    "no_agency": "Batas waktu {clock} berjalan tanpa instansi.",
    "holder_differs": "Batas waktu {clock} ada pada instansi {found}, padahal pemegang laporan adalah {owner}.",
    "state_differs": "Batas waktu {clock} {found}, padahal laporan berstatus {owner}.",
    "pause_differs": "Batas waktu {clock} {found}, padahal laporan berstatus {owner}.",
    "end_differs": "Menurut layanan tenggat (sla) laporan {found}, padahal laporan berstatus {owner}.",
    "act_undecided": "Permintaan pelapor belum diputuskan: {acts}.",
    "no_open_part": "Laporan dibagi menjadi beberapa bagian, tetapi tidak satu bagian pun masih ditangani.",
    "unreadable": "Laporan memuat waktu yang tidak dapat dibandingkan.",
    "dated_ahead": "Laporan bertanggal waktu yang belum tiba di layanan {where}.",
    "filing_differs": "Nomor, jenis, kerahasiaan, atau waktu laporan di layanan tenggat (sla) berbeda dari aslinya.",
    "sensitivity_differs": "Laporan dianggap {found}, padahal {owner}.",
    "status_differs": "Masyarakat melihat {found}, padahal yang benar {owner}.",
    "named_holder_differs": "Riwayat laporan menyebut pemegang {found}, padahal pemegangnya {owner}.",
}


def clock_label(name: str) -> str:
    """A clock by its Indonesian name and its own: `tindak lanjut pertama (follow_up)`."""
    return f"{CLOCK_NAMES[name]} ({name})" if name in CLOCK_NAMES else f"yang tidak dikenal ({name})"


def service_label(name: str) -> str:
    """A service by its Indonesian name and its own: `tenggat (sla)`."""
    return f"{SERVICE_NAMES[name]} ({name})" if name in SERVICE_NAMES else name


def state_label(state: str | None) -> str:
    """The official label of a state, with the state itself where two states share the label."""
    if state is None:
        return "tidak ada status"
    label = STATE_LABELS.get(state, state)
    return label if list(STATE_LABELS.values()).count(label) == 1 else f"{label} ({state})"


def act_label(act: str) -> str:
    """An act of a reporter by its Indonesian name and its own, which may end in its number."""
    name = act.partition(" ")[0]
    return f"{dict(REPORTER_ACT_NAMES).get(name, 'tindakan')} ({act})"  # type: ignore[call-overload]


def end_words(is_answered: bool, is_ended: bool) -> str:
    """How a complaint has ended, if it has."""
    if is_ended:
        return "sudah diarsipkan atau dicabut"
    return "sudah dijawab" if is_answered else "belum berakhir"
