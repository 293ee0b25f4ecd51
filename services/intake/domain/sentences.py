"""What a timeline says of each event, in Indonesian, and never who reported."""

from collections.abc import Iterable, Mapping
from typing import Any

Details = Mapping[str, Any]
Names = Mapping[str, str]

CLASSES: Mapping[str, str] = {
    "complaint": "pengaduan tidak berkadar pengawasan",
    "supervisory": "pengaduan berkadar pengawasan",
    "aspiration": "aspirasi",
    "information": "permintaan informasi",
}
CLOCKS: Mapping[str, str] = {
    "verification": "verifikasi",
    "follow_up": "tindak lanjut pertama",
    "resolution": "penyelesaian",
    "ombudsman": "penyelesaian sebelum ditawarkan kepada Ombudsman",
}
ROLES: Mapping[str, str] = {
    "liaison": "pejabat penghubung",
    "coordinator": "koordinator pengaduan",
    "leader": "pimpinan",
}
SENTENCES: Mapping[str, str] = {
    "ComplaintFiled": "Laporan diterima.",
    "ComplaintRouted": "Laporan ditugaskan kepada {agency}; {verifier} memverifikasinya.",
    "ComplaintVerified": "Laporan diverifikasi sebagai {classification}.",
    "ComplaintForwarded": "Laporan didisposisikan kepada {agency}.",
    "FollowUpRecorded": "{agency} menyampaikan tindak lanjut.",
    "ComplaintAnswered": "{agency} menyampaikan jawaban akhir.",
    "DeadlineNear": "{percent}% dari batas waktu {clock} telah berlalu; {agency} telah diingatkan.",
    "DeadlineMissed": "Batas waktu {clock} terlewati oleh {agency}.",
    "ComplaintEscalated": "Laporan naik ke jenjang {step} karena batas waktu {clock} terlewati.",
    "SeatFoundVacant": "Jabatan {role} pada {agency} ditemukan kosong; hal itu dilaporkan ke jenjang di atasnya.",
    "OmbudsmanOffered": "Laporan belum selesai terlalu lama; pelapor dapat meneruskannya kepada Ombudsman.",
}
UNKNOWN = "Laporan diperbarui."


def sentence(kind: str, details: Details, names: Names) -> str:
    """What happened, in one sentence; an agency without a known name is called by its code."""
    return SENTENCES.get(kind, UNKNOWN).format(**_words(details, names))


def names_in(timeline: Iterable[Details]) -> dict[str, str]:
    """The names of the agencies that these events introduce, by code."""
    values = (value for details in timeline for value in details.values())
    return {value["code"]: value["name"] for value in values if isinstance(value, Mapping) and "name" in value}


def _words(details: Details, names: Names) -> dict[str, Any]:
    return {
        **details,
        "agency": _agency(details.get("agency"), names),
        "verifier": _agency(details.get("verifier"), names),
        "classification": CLASSES.get(details.get("classification", ""), "laporan"),
        "clock": CLOCKS.get(details.get("clock", ""), "penanganan"),
        "role": ROLES.get(details.get("role", ""), "petugas"),
    }


def _agency(value: Any, names: Names) -> str:
    if isinstance(value, Mapping):
        return str(value["name"])
    return names.get(value, value) if isinstance(value, str) else "instansi"
