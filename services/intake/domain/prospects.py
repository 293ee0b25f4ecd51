"""What happens next with a complaint, by its state, in words for whoever knows no official label."""

from collections.abc import Mapping

from shared.vocabulary import (
    ANSWERED,
    APPEALED,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    IN_PROGRESS,
    MERGED,
    ON_HOLD,
    REFERRED,
    SPLIT,
    UNVERIFIED,
    WITHDRAWN,
    State,
)

NEXT: Mapping[State, str] = {
    UNVERIFIED: "Laporan diperiksa, lalu diteruskan kepada instansi yang berwenang.",
    AWAITING_FOLLOW_UP: "Instansi menyampaikan tindak lanjut. Bila terlambat, laporan naik kepada pimpinannya.",
    IN_PROGRESS: "Instansi mengerjakan laporan, lalu menjawab. Bila terlambat, laporan naik kepada pimpinannya.",
    ANSWERED: "Pelapor dapat menanggapi jawaban. Tanpa tanggapan, laporan ditutup.",
    CLOSED: "Penanganan laporan sudah selesai.",
    ARCHIVED: "Laporan tidak ditangani lagi.",
    WITHDRAWN: "Pelapor mencabut laporan; laporan tidak ditangani lagi.",
    ON_HOLD: "Pelapor menjawab pertanyaan petugas; sesudahnya penanganan dilanjutkan.",
    MERGED: "Jawaban atas aduan utama juga berlaku untuk laporan ini.",
    SPLIT: "Setiap bagian ditangani tersendiri. Laporan selesai bersama bagian terakhirnya.",
    APPEALED: "Instansi yang memutuskan banding menentukan apakah laporan ditangani kembali.",
    REFERRED: "Berkas diserahkan kepada Ombudsman RI. Instansi tetap wajib menangani laporan.",
}
