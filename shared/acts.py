"""The acts that can be done with a case, and what somebody must be to it to do them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal


class ActKind(StrEnum):
    """What can be done with a case."""

    VERIFICATION = "verification"
    FORWARD = "forward"
    FOLLOW_UP = "follow-up"
    ANSWER = "answer"
    ARCHIVING = "archiving"
    WITHDRAWAL = "withdrawal"
    NOTE = "note"
    OBSTACLE = "obstacle"
    ORDER = "order"
    ACKNOWLEDGEMENT = "acknowledgement"
    CORRECTION = "correction"
    ACCEPTANCE = "acceptance"
    DISPUTE = "dispute"
    REOPENING = "reopening"
    CLOSING = "closing"
    CONTACT_REQUEST = "contact-request"
    CONTACT = "contact"


ACT_LABELS: Mapping[ActKind, str] = {
    ActKind.VERIFICATION: "verifikasi dan disposisi",
    ActKind.FORWARD: "penerusan",
    ActKind.FOLLOW_UP: "tindak lanjut",
    ActKind.ANSWER: "jawaban akhir",
    ActKind.ARCHIVING: "pengarsipan",
    ActKind.WITHDRAWAL: "pencabutan oleh pelapor",
    ActKind.NOTE: "catatan internal",
    ActKind.OBSTACLE: "catatan kendala",
    ActKind.ORDER: "arahan pimpinan",
    ActKind.ACKNOWLEDGEMENT: "konfirmasi arahan",
    ActKind.CORRECTION: "perbaikan data laporan",
    ActKind.ACCEPTANCE: "penerimaan jawaban oleh pelapor",
    ActKind.DISPUTE: "bantahan pelapor atas jawaban",
    ActKind.REOPENING: "pembukaan kembali oleh pelapor",
    ActKind.CLOSING: "penutupan otomatis",
    ActKind.CONTACT_REQUEST: "permintaan menghubungi pelapor",
    ActKind.CONTACT: "pelapor dihubungi",
}

# What somebody is to a case. A coordinator acts for the own agency and for those below it.
Party = Literal[
    "admin", "verifier", "above_verifier", "coordinator", "liaison", "leader", "leader_over", "reporter", "system"
]
ADMIN: Party = "admin"
VERIFIER: Party = "verifier"
ABOVE_VERIFIER: Party = "above_verifier"
OF_HOLDER: Party = "coordinator"
HOLDERS_LIAISON: Party = "liaison"
HOLDERS_LEADER: Party = "leader"
BY_REPORTER: Party = "reporter"
BY_SYSTEM: Party = "system"
LEADER_OVER: Party = "leader_over"
PARTY_LABELS: Mapping[Party, str] = {
    ADMIN: "the national administrator",
    VERIFIER: "a coordinator of the verifier or above it",
    ABOVE_VERIFIER: "a coordinator above the verifier",
    OF_HOLDER: "a coordinator of the holder or above it",
    HOLDERS_LIAISON: "the holder's liaison",
    HOLDERS_LEADER: "the holder's leader",
    BY_REPORTER: "the reporter",
    BY_SYSTEM: "the system",
    LEADER_OVER: "the leader of the holder or one above it",
}
