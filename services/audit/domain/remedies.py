"""Remedies: what an operator does about the violations of each check, in Indonesian; docs/audit.md says more."""

REPAIR = (
    "Jalankan audit dengan --repair, lalu periksa lagi sepuluh menit kemudian: pemilik data akan menyampaikannya ulang."
)
PARKED_FIRST = "Lihat dahulu GET /routing/parked; peristiwa yang tertahan di sana dicoba lagi dengan sendirinya. "
SAY_ANEW = (
    "hapus laporan itu dari sla.complaints dan sla.clocks sebagai superuser (perintahnya dalam docs/audit.md), lalu "
    "jalankan audit dengan --repair."
)
RESTORE = (
    f"Baris diubah tangan atau dipulihkan sebagian: {SAY_ANEW} Bila banyak laporan rusak, pulihkan dahulu semua tabel "
    "sla dari satu cadangan."
)
WRONG_MOMENT = "Baris diubah tangan: perbaiki waktunya di basis data."
COUNTED = f"Periksa TANGGAP_CALENDAR_EXCEPTIONS dan mulai ulang sla. Bila baris diubah tangan: {SAY_ANEW}"
WAITING = "Pastikan semua layanan dan broker berjalan, dan lihat GET /{layanan}/parked; peristiwa dicoba lagi sendiri."

REMEDIES = {
    "no_case": PARKED_FIRST + REPAIR,
    "no_clock": REPAIR,
    "no_reader": REPAIR,
    "kept_holder_differs": REPAIR,
    "transfers_differ": REPAIR,
    "holder_differs": REPAIR,
    "state_differs": REPAIR,
    "pause_differs": REPAIR,
    "end_differs": REPAIR,
    "act_undecided": PARKED_FIRST + REPAIR,
    "filing_differs": REPAIR,
    "status_differs": REPAIR,
    "sensitivity_differs": REPAIR,
    "named_holder_differs": REPAIR,
    "unknown_trait": (
        "Perbaiki baris instansi itu dalam direktori (TANGGAP_DIRECTORY_OVERLAY atau tabel routing), lalu mulai ulang "
        "routing; sampai saat itu batas waktu dan surelnya mengikuti WIB."
    ),
    "directory_differs": "Instansi yang tidak ada dalam direktori: hapus barisnya di layanan itu. " + REPAIR,
    "seat_differs": REPAIR,
    "parked": WAITING,
    "unpublished": WAITING,
    "unheard": WAITING,
    "late_step": "Pastikan sla berjalan; log dan tanggap_sweep_behind_seconds menyebut apa yang ditunggunya.",
    "nobody_reached": "GET /notify/messages?complaint_id=… menyebut sebabnya: server, alamat, atau jabatan kosong.",
    "due_differs": COUNTED,
    "limit_differs": COUNTED,
    "extended_too_long": COUNTED,
    "step_far": COUNTED,
    "uncountable": RESTORE,
    "no_open_part": "Pulihkan bagian yang hilang di tabel routing.cases dari cadangan.",
    "unknown_zone": RESTORE,
    "no_life_clock": RESTORE,
    "life_ended": RESTORE,
    "life_goes_on": RESTORE,
    "no_next_step": RESTORE,
    "step_muted": "Hapus baris langkah itu dari sla.fired (perintahnya dalam docs/audit.md).",
    "moved_ahead": RESTORE,
    "no_agency": RESTORE,
    "dated_ahead": WRONG_MOMENT,
    "unreadable": WRONG_MOMENT,
    "promised_ahead": "Kembalikan promised.up_to ke waktu sekarang, lalu mulai ulang layanan itu.",
    "never_filed": "Tabel intake dipulihkan dari cadangan yang lebih lama: pulihkan laporan yang hilang.",
}
# The checks whose violations the owner can mend by a restatement.
MENDED_BY = {
    "no_case": ("intake",),
    "no_clock": ("intake", "routing"),
    "no_reader": ("intake", "routing"),
    "kept_holder_differs": ("routing",),
    "transfers_differ": ("routing",),
    "holder_differs": ("routing",),
    "state_differs": ("routing",),
    "pause_differs": ("routing",),
    "end_differs": ("routing",),
    "act_undecided": ("intake",),
    "filing_differs": ("intake", "routing"),
    "status_differs": ("intake", "routing"),
    "sensitivity_differs": ("intake", "routing"),
    "named_holder_differs": ("routing",),
    "directory_differs": ("routing",),
    "seat_differs": ("routing",),
}
