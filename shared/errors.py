"""Errors with a meaning: a class each, its docstring the message; `shared/http` alone knows their HTTP status."""

from typing import ClassVar


class BadSettings(Exception):
    """A setting makes no sense."""


class Refusal(Exception):
    """The request was refused."""

    indonesian: ClassVar[str] = "Permintaan ditolak."

    def __init__(self, *, field: str | None = None, detail: str | None = None) -> None:
        super().__init__(type(self).__doc__)
        self.field, self.detail = field, detail

    def message(self, language: str) -> str:
        return self.indonesian if language == "id" else str(type(self).__doc__).split("\n")[0]


class NotFound(Refusal):
    """There is no such thing."""

    indonesian = "Data tidak ditemukan."


class Conflict(Refusal):
    """The request does not fit the present state."""

    indonesian = "Permintaan tidak sesuai dengan keadaan saat ini."


class Invalid(Refusal):
    """The request does not make sense."""

    indonesian = "Isi permintaan tidak dapat diterima."


class Unauthenticated(Refusal):
    """Valid credentials are required."""

    indonesian = "Kredensial yang sah diperlukan."


class Forbidden(Refusal):
    """These credentials do not permit this."""

    indonesian = "Kredensial ini tidak memberi izin untuk tindakan tersebut."


class UnknownAgency(Invalid):
    """There is no agency with this code."""

    indonesian = "Tidak ada instansi dengan kode ini."


class KeyReused(Conflict):
    """This Idempotency-Key has been used for another request."""

    indonesian = "Idempotency-Key ini telah dipakai untuk permintaan lain."


class BadCursor(Invalid):
    """This cursor was not given by an earlier page."""

    indonesian = "Penanda halaman ini tidak berasal dari halaman sebelumnya."
