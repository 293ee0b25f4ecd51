"""What reporters do with a complaint after its filing, and why routing refuses it."""

from collections.abc import Mapping
from typing import Literal

# What a reporter does with a complaint after its filing.
ReporterAct = Literal[
    "withdrawal", "completion", "acceptance", "dispute", "reopening", "reply", "appeal", "contest", "consent"
]
WITHDRAWAL: ReporterAct = "withdrawal"
COMPLETION: ReporterAct = "completion"
ACCEPTANCE: ReporterAct = "acceptance"
DISPUTE: ReporterAct = "dispute"
REOPENING: ReporterAct = "reopening"
REPLY: ReporterAct = "reply"
TO_APPEAL: ReporterAct = "appeal"
TO_CONTEST: ReporterAct = "contest"
CONSENT: ReporterAct = "consent"
REPORTER_ACT_NAMES: Mapping[ReporterAct, str] = {
    WITHDRAWAL: "mencabut laporan",
    COMPLETION: "melengkapi laporan",
    ACCEPTANCE: "menerima jawaban",
    DISPUTE: "membantah jawaban",
    REOPENING: "membuka kembali laporan",
    REPLY: "menyampaikan keterangan kepada instansi",
    TO_APPEAL: "mengajukan banding kepada instansi di atasnya",
    TO_CONTEST: "mengajukan keberatan atas tindak lanjut",
    CONSENT: "meneruskan laporan kepada Ombudsman",
}

RATING: Literal["rating"] = "rating"
OfferedAct = Literal[ReporterAct, "rating"]

# Why routing refuses an act of a reporter.
RefusedFor = Literal[
    "answered",
    "closed",
    "final",
    "archived",
    "withdrawn",
    "late",
    "state",
    "appealed",
    "highest",
    "contested",
    "not_offered",
    "referred",
]
REFUSED_FOR: Mapping[RefusedFor, str] = {
    "answered": "laporan sudah dijawab",
    "closed": "laporan sudah ditutup",
    # To open again what was closed: that it is closed would be no reason.
    "final": "jawabannya sudah diterima pelapor, bandingnya sudah diputuskan, atau bagiannya yang dapat dibuka kembali",
    "archived": "laporan sudah diarsipkan",
    "withdrawn": "laporan sudah dicabut",
    "late": "masa untuk membuka kembali laporan atau mengajukan banding sudah lewat",
    "state": "status laporan tidak memungkinkannya",
    "appealed": "banding atas laporan ini sudah pernah diajukan",
    "contested": "tidak ada tindak lanjut yang masih dapat diajukan keberatannya",
    "highest": "tidak ada instansi di atas instansi yang memutuskannya",
    "not_offered": "laporan belum ditawarkan kepada Ombudsman, atau tawarannya tidak berlaku lagi",
    "referred": "laporan sudah diteruskan kepada Ombudsman",
}
