"""The sentence of each event in a timeline, in Indonesian; no sentence says who reported."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from shared.calendar import ZONES
from shared.clock import was_never
from shared.language import INDONESIAN, JAKARTA, day, limit
from shared.vocabulary import (
    ACTED,
    ARCHIVE_REASONS,
    CLASSIFICATION_NAMES,
    CLIMB_NAMES,
    CLOCK_NAMES,
    HOLD,
    IN_PROGRESS,
    KIND_LABELS,
    LIFE,
    MERGER,
    OMBUDSMAN,
    OVER,
    PASSED_ON,
    REFUSED_FOR,
    REPORTER_ACT_NAMES,
    RETURNED_FOR,
    ROLE_NAMES,
    SENSITIVE_BY,
    URGENT_BY,
    EventType,
)

Details = Mapping[str, Any]
AgencyNames = Mapping[str, str]

SENTENCES: Mapping[str, str] = {
    EventType.COMPLAINT_FILED: "Laporan diterima.",
    EventType.COMPLAINT_ROUTED: "Laporan ditugaskan kepada {agency} dan menunggu verifikasi {verifier}.",
    EventType.COMPLAINT_REASSIGNED: (
        "Instansi yang semula bertugas tidak lagi terdaftar; laporan kini pada {agency}, diverifikasi oleh {verifier}."
    ),
    EventType.COMPLAINT_VERIFIED: "Laporan diverifikasi sebagai {classification}.",
    EventType.COMPLAINT_FORWARDED: "Laporan didisposisikan kepada {agency}.",
    EventType.FOLLOW_UP_RECORDED: "{agency} menyampaikan tindak lanjut.",
    EventType.COMPLAINT_ANSWERED: "{agency} menyampaikan jawaban akhir.",
    EventType.COMPLAINT_ARCHIVED: "Laporan diarsipkan, karena {reason}.",
    EventType.COMPLAINT_CLOSED: "Masa tanggapan pelapor berakhir tanpa kabar; laporan ditutup.",
    EventType.COMPLAINT_REOPENED: "Pelapor membuka kembali laporan; laporan kini pada {agency}.",
    EventType.COMPLAINT_APPEALED: "Pelapor mengajukan banding; {agency} memutuskannya.",
    EventType.APPEAL_DECIDED: "Banding pelapor tidak dikabulkan; penyelesaian laporan tetap berlaku.",
    EventType.CONTACT_REQUESTED: "Kabar jawaban tidak sampai kepada pelapor; {agency} diminta menghubunginya.",
    EventType.REPORTER_CONTACTED: "Pelapor telah mendapat kabar tentang jawaban {agency}.",
    EventType.REPORTER_REPLIED: "Keterangan pelapor disampaikan kepada {agency}.",
    EventType.WINDOW_CLOSING: "Separuh masa tanggapan pelapor atas jawaban telah berlalu.",
    EventType.REPORTER_ACTED: "Pelapor meminta untuk {act}.",
    EventType.RATING_GIVEN: "Pelapor menilai penanganan laporan.",
    EventType.COMPLAINT_WITHDRAWN: "Laporan dicabut oleh pelapor.",
    EventType.ACT_REFUSED: "Permintaan pelapor untuk {act} tidak dapat dijalankan, karena {reason}.",
    EventType.INTERIM_REPLIED: "{agency} menyampaikan jawaban sementara; jawaban akhirnya paling lambat {promised}.",
    EventType.OBSTACLE_REPORTED: "{agency} melaporkan kendala; batas waktu tetap berjalan.",
    EventType.ORDER_GIVEN: "Pimpinan memberi arahan kepada {agency}.",
    EventType.COMPLAINT_CORRECTED: "Judul laporan diperbaiki oleh pemverifikasi.",
    EventType.COMPLAINT_HELD: "{agency} menanyakan sesuatu kepada pelapor; batas waktu penanganan dijeda.",
    EventType.COMPLAINT_COMPLETED: "Pelapor menjawab pertanyaan; penanganan dilanjutkan.",
    EventType.COMPLAINT_RESUMED: "Penanganan dilanjutkan tanpa jawaban pelapor.",
    EventType.COMPLAINT_MERGED: (
        "Laporan digabungkan dengan laporan lain tentang hal yang sama dan menunggu jawaban atas laporan itu; "
        "batas waktu penanganan dijeda."
    ),
    EventType.COMPLAINT_SEPARATED: "Laporan dipisahkan dari laporan lain; penanganannya dilanjutkan.",
    EventType.COMPLAINT_SPLIT: "Laporan dibagi menjadi {parts} bagian; setiap bagian ditangani tersendiri.",
    EventType.PART_OPENED: "Bagian laporan ini didisposisikan kepada {agency}.",
    EventType.CONTRIBUTION_REQUESTED: "{agency} diminta memberi kontribusi untuk jawaban, paling lambat {promised}.",
    EventType.CONTRIBUTION_GIVEN: "{agency} menyampaikan kontribusinya untuk jawaban.",
    EventType.URGENCY_DECLARED: "Laporan ditangani sebagai keadaan mendesak, karena {reason}.",
    EventType.URGENCY_LIFTED: "{agency} menyatakan tidak ada bahaya bagi nyawa.",
    EventType.SENSITIVITY_DECLARED: (
        "Laporan ditangani sebagai laporan sensitif, karena {reason}; hanya pejabat yang ditunjuk dapat membacanya."
    ),
    EventType.SENSITIVITY_LIFTED: "{agency} menyatakan laporan tidak lagi sensitif.",
    EventType.ANSWER_DRAFTED: "Jawaban {agency} sedang disetujui.",
    EventType.ANSWER_RETURNED: "Jawaban yang sedang disetujui tidak diterbitkan, karena {reason}.",
    EventType.PROMISE_MADE: "{agency} berjanji (janji ke-{number}), paling lambat {promised}.",
    EventType.PROMISE_KEPT: "{agency} menyatakan janji ke-{number} dipenuhi; batasnya {promised}.",
    EventType.PROMISE_MOVED: "{agency} mengundurkan janji ke-{number} menjadi paling lambat {promised}.",
    EventType.LIMIT_SET: "Batas waktu {clock} kini {due}.",
    EventType.DEADLINE_NEAR: "{percent}% dari batas waktu {clock} telah berlalu; {agency} telah diingatkan.",
    EventType.DEADLINE_MISSED: "Batas waktu {clock} terlewati oleh {agency}.",
    EventType.COMPLAINT_ESCALATED: "Laporan naik ke jenjang {step} ({climb}) karena batas waktu {clock} terlewati.",
    EventType.SEAT_FOUND_VACANT: (
        "Jabatan {role} pada {agency} kosong atau tidak terjangkau; hal itu dilaporkan ke jenjang di atasnya."
    ),
    EventType.OMBUDSMAN_OFFERED: (
        "Laporan belum selesai setelah 60 hari kalender; pelapor berhak meneruskannya kepada Ombudsman RI."
    ),
    EventType.ESCALATION_WITHDRAWN: (
        "Pernyataan bahwa batas waktu {clock} terlewati oleh {agency} dicabut, karena {reason}."
    ),
}
# Said instead of the sentence of a withdrawal: for a life clock, and where it takes back no more than reminders.
UNATTENDED_WITHDRAWN = "Pernyataan bahwa laporan belum ditangani instansi mana pun dicabut, karena {reason}."
REMINDER_WITHDRAWN = "Pengingat tentang batas waktu {clock} kepada {agency} dicabut, karena {reason}."
# Said where a correction changes more than the title.
CORRECTED: Mapping[str, str] = {
    "classification": "klasifikasi menjadi {classification}",
    "kind": "jenis menjadi {kind}",
    "field_name": "bidang menjadi {field_name}",
    "region_name": "wilayah menjadi {region_name}",
}
DATA_CORRECTED = "Data laporan diperbaiki oleh pemverifikasi: {}."
RECKONED_ANEW = " Batas waktu yang bergantung padanya dihitung kembali."
KIND_CORRECTED = "Jenis laporan diperbaiki oleh pemverifikasi menjadi {kind}."
# Said of the clock of a hold, in which the reporter has time to answer.
REPORTER_REMINDED = "Pelapor diingatkan bahwa pertanyaan kepadanya belum dijawab."
REPORTER_ASKED = "Pertanyaan kepada pelapor menunggu jawaban sampai {due}."
REPORTER_SILENT = "Pertanyaan kepada pelapor tidak dijawab sampai batas waktunya."
OF_HOLDS: Mapping[str, str] = {
    EventType.LIMIT_SET: REPORTER_ASKED,
    EventType.DEADLINE_NEAR: REPORTER_REMINDED,
}
# Said of the clock of a merger.
MERGED_TOO_LONG = "Laporan lain yang digabungkan dengan laporan ini belum dijawab sampai batas waktunya."
RESUMED_UNREACHED = "Pertanyaan tidak dapat disampaikan kepada pelapor; penanganan dilanjutkan."
PART_REOPENED = "Satu bagian laporan dibuka kembali; laporan ini selesai bersama bagian terakhirnya."
# Said of a closing that the reporter wanted, of an appeal that is upheld, of a dispute, and of one before the closing.
ACCEPTED = "Pelapor menerima jawaban; laporan ditutup."
SENT_BACK = "{reviewer} meminta jawaban diperbaiki; laporan ditangani kembali oleh {agency}."
UPHELD = "Banding pelapor dikabulkan; laporan ditangani kembali oleh {agency}."
DISPUTED = "Pelapor membantah jawaban; laporan ditangani kembali oleh {agency}."
CLOSING_TAKEN_BACK = " Penutupan dibatalkan, karena permintaan pelapor diterima sebelumnya."
# Said with an escalation of which the sweep could not know whether it was still true.
UNSURE = (
    " Sejak beberapa waktu sistem tidak menerima kabar penanganan, sehingga tindakan yang baru belum tentu tercatat."
)
NEVER_HEARD = " Sistem belum pernah menerima kabar penanganan, sehingga tindakan yang ada belum tentu tercatat."
WITHDRAWAL_REASONS: Mapping[str, str] = {
    ACTED: "instansi itu ternyata telah bertindak sebelumnya",
    PASSED_ON: "laporan ternyata telah diteruskan sebelumnya",
    OVER: "laporan ternyata telah berakhir sebelumnya",
}
REASONS: Mapping[str, str] = {
    **WITHDRAWAL_REASONS,
    **{str(code): name for code, name in ARCHIVE_REASONS.items()},
    **{str(code): name for code, name in REFUSED_FOR.items()},
    **{str(code): name for code, name in RETURNED_FOR.items()},
    **{str(code): name for code, name in URGENT_BY.items()},
    **{str(code): name for code, name in SENSITIVE_BY.items()},
}
# A climb that recurs, that goes on to others because nobody was reached, or that no agency takes up.
CLIMBS_AGAIN = "Batas waktu {clock} masih terlewati; laporan naik lagi ke jenjang {step} ({climb}), ulangan ke-{round}."
CLIMBS_AFTER_OFFER = (
    "Laporan belum dijawab sejak tawaran ke Ombudsman dan naik lagi ke jenjang {step} ({climb}), ulangan ke-{round}."
)
CLIMBS_ON = "Laporan disampaikan kepada pejabat berikutnya, karena pejabat di jenjang {step} tidak terjangkau."
UNATTENDED = (
    "Laporan belum ditangani instansi mana pun sampai batas waktunya; hal itu disampaikan kepada admin nasional."
)
# Added to a follow-up that says until when there will be news.
NEXT_NEWS = " Kabar berikutnya paling lambat {next}."
# Added to an answer that leaves its reporter time to accept or dispute it.
REPLIES_UNTIL = " Pelapor dapat menerima atau membantahnya sampai {reply_until}."
# Added to an answer that is in the sample of an agency above.
REVIEWED = " {reviewer} turut memeriksa jawaban ini."
# Added to a routing where the reporter named what nobody knows.
UNKNOWN_NAMES: Mapping[str, str] = {
    "region": " Kode wilayah dalam laporan tidak dikenal.",
    "agency": " Instansi yang dituju dalam laporan tidak dikenal.",
}
# Added to what is said about a limit that is near or missed.
LIMITS: Mapping[str, str] = {
    EventType.DEADLINE_NEAR: " Batas akhirnya {due}.",
    EventType.DEADLINE_MISSED: " Batas akhirnya adalah {due}.",
}
NOWHERE: Mapping[str, str] = {}
UNKNOWN_EVENT = "Laporan diperbarui."


def sentence(event_type: str, details: Details, names: AgencyNames, zones: AgencyNames = NOWHERE) -> str:
    """One sentence about an event; an agency without a known name is called by its code.

    A limit is given in the zone of its agency, or else in the capital's.
    """
    template = _template(event_type, details) + _doubt(details)
    template += CLOSING_TAKEN_BACK if details.get("closing_taken_back") else ""
    template += NEXT_NEWS if details.get("next_date") else ""
    template += REPLIES_UNTIL if details.get("reply_until") else ""
    template += REVIEWED if details.get("reviewer") else ""
    template += "".join(UNKNOWN_NAMES.get(name, "") for name in details.get("unknown", ()))
    template += LIMITS.get(event_type, "") if details.get("due_at") else ""
    limits = {"due": _limit("due_at", details, zones), "reply_until": _limit("reply_until", details, zones)}
    return template.format(**{**_words(details, names), **limits})


def _doubt(details: Details) -> str:
    since = details.get("unsure_since")
    if not since:
        return ""
    return NEVER_HEARD if was_never(datetime.fromisoformat(since)) else UNSURE


def _template(event_type: str, details: Details) -> str:
    if event_type == EventType.ESCALATION_WITHDRAWN and details.get("clock") == LIFE:
        return UNATTENDED_WITHDRAWN
    if event_type == EventType.ESCALATION_WITHDRAWN and not details.get("steps"):
        return REMINDER_WITHDRAWN
    if event_type == EventType.COMPLAINT_CORRECTED:
        return _correction(details)
    if details.get("clock") == HOLD:
        return OF_HOLDS.get(event_type, REPORTER_SILENT)
    if details.get("clock") == MERGER:
        return MERGED_TOO_LONG
    if event_type == EventType.COMPLAINT_RESUMED and details.get("unreached"):
        return RESUMED_UNREACHED
    if event_type == EventType.COMPLAINT_SPLIT and details.get("reopened"):
        return PART_REOPENED
    if event_type == EventType.COMPLAINT_CLOSED and details.get("accepted"):
        return ACCEPTED
    if event_type == EventType.COMPLAINT_REOPENED and details.get("sent_back_by"):
        return SENT_BACK
    if event_type == EventType.APPEAL_DECIDED and details.get("upheld"):
        return UPHELD
    if event_type == EventType.COMPLAINT_REOPENED and details.get("state") == IN_PROGRESS:
        return DISPUTED
    if event_type == EventType.COMPLAINT_ESCALATED:
        if details.get("instead_of"):
            return CLIMBS_ON
        if details.get("clock") == LIFE:
            return UNATTENDED
        if details.get("round"):
            return CLIMBS_AFTER_OFFER if details.get("clock") == OMBUDSMAN else CLIMBS_AGAIN
    return SENTENCES.get(event_type, UNKNOWN_EVENT)


def _correction(details: Details) -> str:
    named = [name for name in CORRECTED if details.get(name)]
    if not named:
        return SENTENCES[EventType.COMPLAINT_CORRECTED]
    if named == ["kind"]:
        return KIND_CORRECTED
    said = DATA_CORRECTED.format(", ".join(CORRECTED[name] for name in named))
    return said + (RECKONED_ANEW if "classification" in named else "")


def recurrence(event_type: str, details: Details) -> tuple[Any, Any] | None:
    """The clock and cycle of a climb that recurs; None for any other event."""
    recurs = event_type == EventType.COMPLAINT_ESCALATED and details.get("round") and not details.get("instead_of")
    return (details.get("clock"), details.get("cycle")) if recurs else None


def agency_names(timeline: Iterable[Details]) -> dict[str, str]:
    """The names of the agencies that these events introduce, by code."""
    values = (value for details in timeline for value in details.values())
    return {value["code"]: value["name"] for value in values if isinstance(value, Mapping) and "name" in value}


def agency_zones(timeline: Iterable[Details]) -> dict[str, str]:
    """The zones (IANA names) of the agencies that these events introduce, by code."""
    values = (value for details in timeline for value in details.values() if isinstance(value, Mapping))
    return {value["code"]: value["zone"] for value in values if value.get("zone") in ZONES.values()}


def _limit(name: str, details: Details, zones: AgencyNames) -> str:
    """This limit of an event in the zone of its agency; nothing if the event has none."""
    if not details.get(name):
        return ""
    return limit(datetime.fromisoformat(details[name]), INDONESIAN, _zone(details.get("agency"), zones))


def _zone(agency: Any, zones: AgencyNames) -> str:
    return zones.get(agency, JAKARTA) if isinstance(agency, str) else JAKARTA


def _words(details: Details, names: AgencyNames) -> dict[str, Any]:
    return {
        **details,
        "agency": _agency(details.get("agency"), names),
        "next": day(date.fromisoformat(next_date)) if (next_date := details.get("next_date")) else "",
        "promised": day(date.fromisoformat(due_on)) if (due_on := details.get("due_on")) else "",
        "verifier": _agency(details.get("verifier"), names),
        "reviewer": _agency(details.get("reviewer") or details.get("sent_back_by"), names),
        "classification": CLASSIFICATION_NAMES.get(details.get("classification", ""), "laporan"),
        "kind": KIND_LABELS.get(details.get("kind") or "complaint", "laporan"),
        "clock": CLOCK_NAMES.get(details.get("clock", ""), "penanganan"),
        "climb": CLIMB_NAMES[min(details.get("step", 0), len(CLIMB_NAMES) - 1)],
        "role": ROLE_NAMES.get(details.get("role", ""), "petugas"),
        "act": REPORTER_ACT_NAMES.get(details.get("act", ""), "melakukan sesuatu"),
        "reason": REASONS.get(details.get("reason", ""), "hal itu ternyata keliru"),
    }


def _agency(agency: Any, names: AgencyNames) -> str:
    """The name of an agency that an event gives in full or by its code."""
    if isinstance(agency, Mapping):
        return str(agency["name"])
    return names.get(agency, agency) if isinstance(agency, str) else "instansi"
