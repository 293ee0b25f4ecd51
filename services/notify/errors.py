"""The refusals of notify."""

from shared.errors import Conflict, NotFound


class UnknownMessage(NotFound):
    """There is no such message."""

    indonesian = "Pesan tidak ditemukan."


class NotFailed(Conflict):
    """Only a message that failed or was skipped can be tried again."""

    indonesian = "Hanya pesan yang gagal atau dilewati yang dapat dicoba lagi."
