"""The checks of one complaint: what each says when it finds something, and who can mend it."""

SENTENCES = {
    "no_case": "Laporan belum menjadi kasus di routing lebih dari satu jam setelah diterima.",
    "never_filed": "Kasus ada di {where}, tetapi intake tidak mengenal laporannya.",
    "no_clock": "Laporan tidak dikenal oleh sla: tidak ada jangka waktu yang berjalan.",
    "no_life_clock": "Laporan tidak memiliki jangka waktu penanganan.",
    "life_ended": "Jangka waktu penanganan berhenti, padahal laporan belum berakhir.",
    "life_goes_on": "Jangka waktu penanganan terus berjalan, padahal laporan sudah berakhir.",
    "no_next_step": "Jangka waktu {clock} berjalan tanpa langkah berikutnya yang dekat.",
    "moved_ahead": "Jangka waktu {clock} ditulis pada waktu yang belum tiba.",
    "step_muted": "Jangka waktu {clock} tidak mengumumkan langkah berikutnya, karena langkah itu sudah tercatat.",
    "no_agency": "Jangka waktu {clock} berjalan tanpa instansi.",
    "holder_differs": "Jangka waktu {clock} dipegang {found}, sedangkan menurut routing {owner}.",
    "state_differs": "Jangka waktu {clock} {found}, sedangkan menurut routing laporan berstatus {owner}.",
    "pause_differs": "Jangka waktu {clock} {found}, sedangkan menurut routing laporan berstatus {owner}.",
    "end_differs": "Menurut sla laporan {found}, sedangkan menurut routing laporan berstatus {owner}.",
    "act_undecided": "Tindakan pelapor belum diputuskan oleh routing: {acts}.",
    "unreadable": "Laporan memuat waktu yang tidak dapat dibandingkan.",
    "dated_ahead": "Laporan bertanggal waktu yang belum tiba di {where}.",
    "filing_differs": "Jenis, kerahasiaan, atau waktu laporan di sla berbeda dari intake.",
    "status_differs": "Status publik {found}, sedangkan menurut routing {owner}.",
    "named_holder_differs": "Lini masa menyebut {found} sebagai pemegang, sedangkan menurut routing {owner}.",
}
CHECKS = frozenset(SENTENCES)
# The checks whose violations the owner can mend by a restatement.
MENDED_BY = {
    "no_case": ("intake",),
    "no_clock": ("intake", "routing"),
    "holder_differs": ("routing",),
    "state_differs": ("routing",),
    "pause_differs": ("routing",),
    "end_differs": ("routing",),
    "act_undecided": ("intake",),
    "filing_differs": ("intake",),
    "status_differs": ("intake", "routing"),
    "named_holder_differs": ("routing",),
}
