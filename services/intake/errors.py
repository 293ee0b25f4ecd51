"""The refusals of intake."""

from shared.errors import Invalid, NotFound


class NoSuchComplaint(NotFound):
    """There is no complaint with this reference, or the PIN is not its PIN."""

    indonesian = "Tidak ada laporan dengan nomor ini, atau PIN tidak sesuai."


class ContactUnreachable(Invalid):
    """A contact needs an e-mail address or a telephone number."""

    indonesian = "Kontak memerlukan alamat surel atau nomor telepon."


class HappenedLater(Invalid):
    """The reported event cannot have happened after it was reported."""

    indonesian = "Waktu kejadian tidak boleh setelah waktu pelaporan."


class OneKeyForMany(Invalid):
    """Complaints filed together have a key each: give every complaint its idempotency_key, without this header."""

    indonesian = "Laporan yang dikirim bersama punya kunci masing-masing: isi idempotency_key-nya, tanpa header ini."
