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
    HOLDING = "holding"
    COMPLETION = "completion"
    RESUMPTION = "resumption"
    MERGER = "merger"
    SEPARATION = "separation"
    SPLIT = "split"
    CONTRIBUTION_REQUEST = "contribution-request"
    CONTRIBUTION = "contribution"
    DRAFT = "draft"
    APPROVAL = "approval"
    REJECTION = "rejection"
    PROMISE = "promise"
    FULFILMENT = "fulfilment"
    POSTPONEMENT = "postponement"
    ACCEPTANCE = "acceptance"
    DISPUTE = "dispute"
    REOPENING = "reopening"
    APPEAL = "appeal"
    CONTEST = "contest"
    ANNULMENT = "annulment"
    CONFIRMATION = "confirmation"
    UPHOLDING = "upholding"
    DISMISSAL = "dismissal"
    CONSENT = "consent"
    HANDOVER = "handover"
    CLOSING = "closing"
    CONTACT_REQUEST = "contact-request"
    CONTACT = "contact"
    RATING = "rating"
    REPLY = "reply"
    URGENCY = "urgency"
    ALL_CLEAR = "all-clear"
    SENSITIVITY = "sensitivity"
    DISCLOSURE = "disclosure"
    INTERIM = "interim-reply"
    ENDORSEMENT = "endorsement"
    REMAND = "remand"


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
    ActKind.HOLDING: "penundaan dengan pertanyaan kepada pelapor",
    ActKind.COMPLETION: "pelengkapan oleh pelapor",
    ActKind.RESUMPTION: "penanganan dilanjutkan",
    ActKind.MERGER: "penggabungan dengan laporan lain",
    ActKind.SEPARATION: "pemisahan dari laporan lain",
    ActKind.SPLIT: "pembagian laporan menjadi beberapa bagian",
    ActKind.CONTRIBUTION_REQUEST: "permintaan kontribusi instansi pendukung",
    ActKind.CONTRIBUTION: "kontribusi instansi pendukung",
    ActKind.DRAFT: "rancangan jawaban",
    ActKind.APPROVAL: "persetujuan jawaban",
    ActKind.REJECTION: "pengembalian rancangan jawaban",
    ActKind.PROMISE: "janji",
    ActKind.FULFILMENT: "pemenuhan janji",
    ActKind.POSTPONEMENT: "pengunduran janji",
    ActKind.ACCEPTANCE: "penerimaan jawaban oleh pelapor",
    ActKind.DISPUTE: "bantahan pelapor atas jawaban",
    ActKind.REOPENING: "pembukaan kembali oleh pelapor",
    ActKind.APPEAL: "banding oleh pelapor",
    ActKind.CONTEST: "keberatan pelapor atas tindak lanjut",
    ActKind.ANNULMENT: "keberatan dikabulkan: tindak lanjut tidak dihitung",
    ActKind.CONFIRMATION: "keberatan ditolak: tindak lanjut tetap dihitung",
    ActKind.UPHOLDING: "pengabulan banding",
    ActKind.DISMISSAL: "penolakan banding",
    ActKind.CONSENT: "persetujuan pelapor untuk meneruskan laporan kepada Ombudsman",
    ActKind.HANDOVER: "penyerahan berkas kepada Ombudsman",
    ActKind.CLOSING: "penutupan otomatis",
    ActKind.CONTACT_REQUEST: "permintaan menghubungi pelapor",
    ActKind.CONTACT: "pelapor dihubungi",
    ActKind.RATING: "penilaian oleh pelapor",
    ActKind.REPLY: "keterangan tambahan dari pelapor",
    ActKind.URGENCY: "penetapan keadaan mendesak",
    ActKind.ALL_CLEAR: "pencabutan keadaan mendesak",
    ActKind.SENSITIVITY: "penetapan sebagai laporan sensitif",
    ActKind.DISCLOSURE: "pencabutan sifat sensitif",
    ActKind.INTERIM: "jawaban sementara",
    ActKind.ENDORSEMENT: "pemeriksaan ulang: jawaban sesuai",
    ActKind.REMAND: "pemeriksaan ulang: jawaban dikembalikan",
}

# What somebody is to a case. A coordinator acts for the own agency and for those below it.
OfCase = Literal[
    "admin",
    "verifier",
    "above_verifier",
    "coordinator",
    "above_holder",
    "liaison",
    "leader",
    "leader_over",
    "appellate",
    "judge",
    "supporter",
    "reporter",
    "system",
]
# Whoever handles a case publishes answers, or drafts them where the holder names an approver.
OfAnswer = Literal["publisher", "drafter", "approver"]
Party = Literal[OfCase, OfAnswer]
ADMIN: Party = "admin"
VERIFIER: Party = "verifier"
ABOVE_VERIFIER: Party = "above_verifier"
OF_HOLDER: Party = "coordinator"
ABOVE_HOLDER: Party = "above_holder"
HOLDERS_LIAISON: Party = "liaison"
HOLDERS_LEADER: Party = "leader"
BY_REPORTER: Party = "reporter"
LEADER_OVER: Party = "leader_over"
APPELLATE: Party = "appellate"
JUDGE: Party = "judge"
# Whoever was asked to contribute.
SUPPORTER: Party = "supporter"
# Tanggap itself, when a clock has run out.
BY_SYSTEM: Party = "system"
PUBLISHER: Party = "publisher"
DRAFTER: Party = "drafter"
APPROVER: Party = "approver"
PARTY_LABELS: Mapping[Party, str] = {
    ADMIN: "the national administrator",
    VERIFIER: "a coordinator of the verifier or above it",
    ABOVE_VERIFIER: "a coordinator above the verifier",
    OF_HOLDER: "a coordinator of the holder or above it",
    ABOVE_HOLDER: "a coordinator above the holder",
    HOLDERS_LIAISON: "the holder's liaison",
    HOLDERS_LEADER: "the holder's leader",
    BY_REPORTER: "the reporter",
    LEADER_OVER: "the leader of the holder or one above it",
    APPELLATE: "a coordinator or the leader of the agency that decides the appeal, or of one above it",
    JUDGE: "a coordinator or the leader of the agency that judges the contest, or of one above it",
    SUPPORTER: "the liaison or leader of a unit that was asked to contribute, or a coordinator above it",
    BY_SYSTEM: "the system",
    PUBLISHER: "whoever handles the case, if the holder waives the approval or this is the approver or one above",
    DRAFTER: "whoever handles the case, if its approver is above",
    APPROVER: "the approver that the holder names, or a coordinator or leader above",
}
