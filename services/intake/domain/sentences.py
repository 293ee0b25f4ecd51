"""The sentence of each event in a timeline, in Indonesian; no sentence says who reported."""

from collections.abc import Mapping

from shared.reporters import REFUSED_FOR
from shared.vocabulary import (
    ACTED,
    ARCHIVE_REASONS,
    OVER,
    PASSED_ON,
    RETURNED_FOR,
    SENSITIVE_BY,
    URGENT_BY,
    EventType,
)

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
    EventType.ANSWER_ENDORSED: "Jawaban {agency} diperiksa ulang dan dinyatakan sesuai.",
    EventType.COMPLAINT_ARCHIVED: "Laporan diarsipkan, karena {reason}.",
    EventType.COMPLAINT_CLOSED: "Masa tanggapan pelapor berakhir tanpa kabar; laporan ditutup.",
    EventType.COMPLAINT_REOPENED: "Pelapor membuka kembali laporan; laporan kini pada {agency}.",
    EventType.COMPLAINT_APPEALED: "Pelapor mengajukan banding; {agency} memutuskannya.",
    EventType.APPEAL_DECIDED: "Banding pelapor tidak dikabulkan; penyelesaian laporan tetap berlaku.",
    EventType.FOLLOW_UP_CONTESTED: "Pelapor mengajukan keberatan atas tindak lanjut; {agency} memutuskannya.",
    EventType.CONTEST_JUDGED: "Keberatan pelapor tidak dikabulkan; tindak lanjut {agency} tetap dihitung.",
    EventType.COMPLAINT_REFERRED: (
        "Pelapor menghendaki laporan diteruskan kepada Ombudsman RI; {agency} akan menyerahkan berkasnya. "
        "Laporan tetap ditangani."
    ),
    EventType.REFERRAL_HANDED_OVER: "{agency} menyerahkan berkas laporan kepada Ombudsman RI.",
    EventType.CONTACT_REQUESTED: "Kabar jawaban tidak sampai kepada pelapor; {agency} diminta menghubunginya.",
    EventType.REPORTER_CONTACTED: "Pelapor telah mendapat kabar tentang jawaban {agency}.",
    EventType.REPORTER_REPLIED: "Keterangan pelapor disampaikan kepada {agency}.",
    EventType.WINDOW_CLOSING: "Separuh masa tanggapan pelapor atas jawaban telah berlalu.",
    EventType.REPORTER_ACTED: "Pelapor meminta untuk {act}.",
    EventType.RATING_GIVEN: "Pelapor menilai penanganan laporan.",
    EventType.COMPLAINT_WITHDRAWN: "Laporan dicabut oleh pelapor.",
    EventType.ACT_REFUSED: "Permintaan pelapor untuk {act} tidak dapat dijalankan, karena {reason}.",
    EventType.INTERIM_REPLIED: "{agency} memberi jawaban sementara; jawaban akhir diupayakan paling lambat {promised}.",
    EventType.OBSTACLE_REPORTED: "{agency} melaporkan kendala; batas waktu tetap berjalan.",
    EventType.ORDER_GIVEN: "Pimpinan memberi arahan kepada {agency}.",
    EventType.ORDER_ACKNOWLEDGED: "{agency} mengonfirmasi arahan pimpinan.",
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
    EventType.URGENCY_LIFTED: "Petugas menyatakan tidak ada bahaya bagi nyawa.",
    EventType.SENSITIVITY_DECLARED: (
        "Laporan ditangani sebagai laporan sensitif, karena {reason}; hanya pejabat yang ditunjuk dapat membacanya."
    ),
    EventType.SENSITIVITY_LIFTED: "Petugas menyatakan laporan tidak lagi sensitif.",
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
        "Laporan belum selesai sampai batas waktunya; pelapor berhak meneruskannya kepada Ombudsman RI."
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
ANNULLED = "Keberatan pelapor dikabulkan; tindak lanjut {agency} tidak dihitung."
UPHELD = "Banding pelapor dikabulkan; laporan ditangani kembali oleh {agency}."
DISPUTED = "Pelapor membantah jawaban; laporan ditangani kembali oleh {agency}."
# Said where what begins anew was never verified.
REOPENED_UNVERIFIED = "Pelapor membuka kembali laporan; laporan menunggu verifikasi {verifier}."
UPHELD_UNVERIFIED = "Banding pelapor dikabulkan; laporan menunggu verifikasi {verifier}."
# Said of an answer that begins no window: of a whole, whose holder has answered nothing by itself.
ANSWERED_IN_PARTS = "Laporan selesai dijawab."
ANSWERED_TOGETHER = "Laporan dijawab bersama laporan lain yang digabungkan dengannya."
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
UNKNOWN_EVENT = "Laporan diperbarui."
