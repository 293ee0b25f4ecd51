"""The field's words: roles, tiers, kinds, classes, clocks, states with their official labels, and event types."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, get_args

# The national administrator: the end of every reporting chain.
ROOT = "NAS"
# A code of an agency or a region is part of addresses of the API.
CODE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"

Role = Literal["liaison", "coordinator", "leader"]
LIAISON: Role = "liaison"
COORDINATOR: Role = "coordinator"
LEADER: Role = "leader"
ROLE_NAMES: Mapping[str, str] = {LIAISON: "pejabat penghubung", COORDINATOR: "koordinator", LEADER: "pimpinan"}

# The seats that may approve an answer before it is published.
ApproverRole = Literal["coordinator", "leader"]

OfficialRole = Literal["admin", "coordinator", "liaison", "leader", "integration", "overseer", "operator"]
OFFICIAL_ROLES: tuple[str, ...] = get_args(OfficialRole)
# Who has acted on a case: an official in a role, its reporter, who is never named, or Tanggap itself.
ActorRole = OfficialRole | Literal["reporter", "system"]

Tier = Literal["national", "ministry", "province", "regency", "city", "unit", "company"]
TIERS: frozenset[str] = frozenset(get_args(Tier))

Kind = Literal["complaint", "aspiration", "information"]
KIND_LABELS: Mapping[Kind, str] = {
    "complaint": "Pengaduan",
    "aspiration": "Aspirasi",
    "information": "Permintaan informasi",
}

Classification = Literal["complaint", "supervisory", "aspiration", "information"]
CLASSIFICATION_NAMES: Mapping[str, str] = {
    "complaint": "pengaduan tidak berkadar pengawasan",
    "supervisory": "pengaduan berkadar pengawasan",
    "aspiration": "aspirasi",
    "information": "permintaan informasi",
}

ClockName = Literal[
    "life",
    "verification",
    "follow_up",
    "resolution",
    "ombudsman",
    "hold",
    "merger",
    "approval",
    "promise",
    "window",
    "contact",
    "alarm",
    "appeal",
    "contribution",
    "contest",
    "referral",
    "acknowledgement",
]
# Runs from the filing to the end of a complaint, whatever else happens to it.
LIFE: ClockName = "life"
VERIFICATION: ClockName = "verification"
FOLLOW_UP: ClockName = "follow_up"
RESOLUTION: ClockName = "resolution"
OMBUDSMAN: ClockName = "ombudsman"
# Runs while the reporter is asked; other clocks pause meanwhile.
HOLD: ClockName = "hold"
# Runs while a complaint waits for the answer to another into which it was merged; other clocks pause meanwhile.
MERGER: ClockName = "merger"
# Runs for one draft of an answer, whose number is the cycle.
APPROVAL: ClockName = "approval"
# Runs until the day for which an agency has promised something; the number of the promise is the cycle.
COMMITMENT: ClockName = "promise"
# After an answer its reporter may accept or dispute it; of the contact, to tell a reporter whom no mail has reached.
WINDOW: ClockName = "window"
CONTACT: ClockName = "contact"
# Runs round the clock while life is in danger and nobody has acted; each alarm of a complaint is a cycle.
ALARM: ClockName = "alarm"
APPEAL: ClockName = "appeal"
SUPPORT: ClockName = "contribution"
# Runs until the agency above has judged a follow-up that the reporter contests; each contest is a cycle.
CONTEST: ClockName = "contest"
# Runs until the file of a complaint that its reporter wants to have referred is handed over to the Ombudsman.
REFERRAL: ClockName = "referral"
# Runs until the holder has acknowledged an order of a leader; each order is a cycle.
ACKNOWLEDGEMENT: ClockName = "acknowledgement"
CLOCK_NAMES: Mapping[str, str] = {
    LIFE: "penanganan laporan",
    VERIFICATION: "verifikasi",
    FOLLOW_UP: "tindak lanjut pertama",
    RESOLUTION: "penyelesaian",
    OMBUDSMAN: "penyelesaian sebelum ditawarkan kepada Ombudsman",
    HOLD: "jawaban pelapor",
    MERGER: "penggabungan laporan",
    APPROVAL: "persetujuan jawaban",
    COMMITMENT: "pemenuhan janji",
    WINDOW: "tanggapan pelapor atas jawaban",
    CONTACT: "menghubungi pelapor",
    ALARM: "penanganan darurat",
    APPEAL: "keputusan atas banding",
    SUPPORT: "kontribusi instansi pendukung",
    CONTEST: "keputusan atas keberatan pelapor",
    REFERRAL: "penyerahan berkas kepada Ombudsman",
    ACKNOWLEDGEMENT: "konfirmasi arahan pimpinan",
}

# Whom each step of an escalation reaches.
CLIMB_NAMES = (
    "belum naik",
    "pimpinan instansi",
    "pimpinan instansi di atasnya",
    "jenjang tertinggi dan admin nasional",
)

State = Literal[
    "UNVERIFIED",
    "AWAITING_FOLLOW_UP",
    "IN_PROGRESS",
    "ANSWERED",
    "CLOSED",
    "ARCHIVED",
    "WITHDRAWN",
    "ON_HOLD",
    "MERGED",
    "SPLIT",
    "APPEALED",
    "REFERRED",
]
UNVERIFIED: State = "UNVERIFIED"
AWAITING_FOLLOW_UP: State = "AWAITING_FOLLOW_UP"
IN_PROGRESS: State = "IN_PROGRESS"
ANSWERED: State = "ANSWERED"
CLOSED: State = "CLOSED"
ARCHIVED: State = "ARCHIVED"
WITHDRAWN: State = "WITHDRAWN"
ON_HOLD: State = "ON_HOLD"
MERGED: State = "MERGED"
SPLIT: State = "SPLIT"
APPEALED: State = "APPEALED"
REFERRED: State = "REFERRED"
# Whatever else happens: in these states a complaint waits for nobody.
ENDED: frozenset[State] = frozenset({CLOSED, ARCHIVED, WITHDRAWN})
# The handling is interrupted, and goes on in the state that it was in.
INTERRUPTED: frozenset[State] = frozenset({ON_HOLD, MERGED})
# Beneath these, the handling keeps a state of its own; with the Ombudsman it goes on in it.
OVER_HANDLING: frozenset[State] = INTERRUPTED | {REFERRED}
# The official labels (SP4N-LAPOR!), which public counts must map onto; two states may share one.
STATE_LABELS: Mapping[str, str] = {
    UNVERIFIED: "Belum Terverifikasi",
    AWAITING_FOLLOW_UP: "Terdisposisi Belum Ditindaklanjuti",
    IN_PROGRESS: "Terdisposisi Sedang Diproses",
    ANSWERED: "Terdisposisi Selesai",
    CLOSED: "Terdisposisi Selesai",
    ARCHIVED: "Arsip",
    WITHDRAWN: "Arsip",
    ON_HOLD: "Tertunda",
    # Either is dealt with in other complaints.
    MERGED: "Terdisposisi Sedang Diproses",
    SPLIT: "Terdisposisi Sedang Diproses",
    APPEALED: "Terdisposisi Sedang Diproses",
    REFERRED: "Terdisposisi Sedang Diproses",
}

# Why a complaint is put into the archive without an answer: by an official, or by Tanggap itself.
ChosenReason = Literal["unclear", "no_authority", "before_a_court", "abuse", "moot"]
ArchiveReason = Literal[ChosenReason, "not_completed", "parts_ended"]
NOT_COMPLETED: ArchiveReason = "not_completed"
PARTS_ENDED: ArchiveReason = "parts_ended"
ARCHIVE_REASONS: Mapping[ArchiveReason, str] = {
    "unclear": "isi laporan tidak jelas",
    "no_authority": "persoalannya di luar kewenangan instansi pemerintah",
    "before_a_court": "persoalannya sedang atau telah diperiksa pengadilan",
    "abuse": "laporan disampaikan secara tidak patut",
    "moot": "persoalannya sudah tidak ada lagi",
    "not_completed": "pertanyaan kepada pelapor tidak dijawab sampai batas waktunya",
    "parts_ended": "semua bagiannya telah diarsipkan atau dicabut",
}

# Why a draft of an answer goes back to its author: the approver wants it better, or the case has gone on without it.
ReturnReason = Literal["rejected", "held", "forwarded", "answered", "archived", "withdrawn", "merged", "split"]
RETURNED_FOR: Mapping[ReturnReason, str] = {
    "rejected": "rancangannya perlu diperbaiki",
    "held": "ada yang ditanyakan kepada pelapor",
    "forwarded": "laporan didisposisikan",
    "answered": "laporan sudah dijawab",
    "archived": "laporan sudah diarsipkan",
    "withdrawn": "laporan sudah dicabut",
    "merged": "laporan digabungkan dengan laporan lain",
    "split": "laporan dibagi menjadi beberapa bagian",
}

# Why a complaint is urgent: its reporter has said so, or its words, or an official.
UrgentBy = Literal["reporter", "words", "official"]
URGENT_BY: Mapping[UrgentBy, str] = {
    "reporter": "pelapor menyatakan ada bahaya bagi nyawa",
    "words": "isi laporan menunjukkan bahaya bagi nyawa",
    "official": "petugas menilai ada bahaya bagi nyawa",
}

# The seats that may read a sensitive complaint, unless their agency names others.
NAMED_SEATS: tuple[Role, ...] = (COORDINATOR, LEADER)
# Why a complaint is sensitive: its reporter has asked for it, or its words tell, or an official has said so.
SensitiveBy = Literal["reporter_asks", "words_tell", "official_says"]
SENSITIVE_BY: Mapping[SensitiveBy, str] = {
    "reporter_asks": "pelapor memintanya",
    "words_tell": "isi laporan menunjukkannya",
    "official_says": "petugas menilainya demikian",
}
# What a reporter names in a filing by its code or name.
Named = Literal["region", "agency"]
# Why an escalation is taken back: its agency had acted, or passed the complaint on, or the complaint had ended.
WithdrawalReason = Literal["acted", "passed_on", "ended"]
ACTED: WithdrawalReason = "acted"
PASSED_ON: WithdrawalReason = "passed_on"
OVER: WithdrawalReason = "ended"
# The states of a message in the ledger.
MessageState = Literal["waiting", "sending", "sent", "failed", "skipped"]
# What became of a notice that had to reach someone; it failed if it was refused, or tried in vain for a working day.
NoticeOutcome = Literal["sent", "failed", "bounced", "acknowledged", "nobody"]


class EventType(StrEnum):
    """The type of each event of the contract; the value is the name of its class in `shared/events`."""

    COMPLAINT_FILED = "ComplaintFiled"
    CONTACT_STORED = "ContactStored"
    REPORTER_ACTED = "ReporterActed"
    RATING_GIVEN = "RatingGiven"
    REPORTER_REPLIED = "ReporterReplied"
    COMPLAINT_ROUTED = "ComplaintRouted"
    COMPLAINT_REASSIGNED = "ComplaintReassigned"
    COMPLAINT_VERIFIED = "ComplaintVerified"
    COMPLAINT_FORWARDED = "ComplaintForwarded"
    FOLLOW_UP_RECORDED = "FollowUpRecorded"
    COMPLAINT_ANSWERED = "ComplaintAnswered"
    COMPLAINT_ARCHIVED = "ComplaintArchived"
    COMPLAINT_WITHDRAWN = "ComplaintWithdrawn"
    ACT_REFUSED = "ActRefused"
    INTERIM_REPLIED = "InterimReplied"
    OBSTACLE_REPORTED = "ObstacleReported"
    ORDER_GIVEN = "OrderGiven"
    ORDER_ACKNOWLEDGED = "OrderAcknowledged"
    ANSWER_ENDORSED = "AnswerEndorsed"
    COMPLAINT_CORRECTED = "ComplaintCorrected"
    COMPLAINT_HELD = "ComplaintHeld"
    COMPLAINT_COMPLETED = "ComplaintCompleted"
    COMPLAINT_RESUMED = "ComplaintResumed"
    COMPLAINT_MERGED = "ComplaintMerged"
    COMPLAINT_SEPARATED = "ComplaintSeparated"
    COMPLAINT_SPLIT = "ComplaintSplit"
    PART_OPENED = "PartOpened"
    CONTRIBUTION_REQUESTED = "ContributionRequested"
    CONTRIBUTION_GIVEN = "ContributionGiven"
    FOLLOW_UP_CONTESTED = "FollowUpContested"
    CONTEST_JUDGED = "ContestJudged"
    COMPLAINT_CLOSED = "ComplaintClosed"
    COMPLAINT_REOPENED = "ComplaintReopened"
    COMPLAINT_APPEALED = "ComplaintAppealed"
    APPEAL_DECIDED = "AppealDecided"
    COMPLAINT_REFERRED = "ComplaintReferred"
    REFERRAL_HANDED_OVER = "ReferralHandedOver"
    CONTACT_REQUESTED = "ContactRequested"
    REPORTER_CONTACTED = "ReporterContacted"
    WINDOW_CLOSING = "WindowClosing"
    WINDOW_LAPSED = "WindowLapsed"
    LIMIT_SET = "LimitSet"
    URGENCY_DECLARED = "UrgencyDeclared"
    URGENCY_LIFTED = "UrgencyLifted"
    SENSITIVITY_DECLARED = "SensitivityDeclared"
    SENSITIVITY_LIFTED = "SensitivityLifted"
    ANSWER_DRAFTED = "AnswerDrafted"
    ANSWER_RETURNED = "AnswerReturned"
    PROMISE_MADE = "PromiseMade"
    PROMISE_KEPT = "PromiseKept"
    PROMISE_MOVED = "PromiseMoved"
    DEADLINE_NEAR = "DeadlineNear"
    DEADLINE_MISSED = "DeadlineMissed"
    COMPLAINT_ESCALATED = "ComplaintEscalated"
    SEAT_FOUND_VACANT = "SeatFoundVacant"
    OMBUDSMAN_OFFERED = "OmbudsmanOffered"
    ESCALATION_WITHDRAWN = "EscalationWithdrawn"
    AGENCY_PUBLISHED = "AgencyPublished"
    NOTICES_SETTLED = "NoticesSettled"
    LAW_VIOLATED = "LawViolated"
    ALL_WELL = "AllWell"
