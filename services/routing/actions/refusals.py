"""What routing refuses, one class per meaning."""

from collections.abc import Mapping

from services.routing.domain.case import Refused
from shared.errors import Conflict, Forbidden, Invalid, Refusal


class NotYourCase(Forbidden):
    """This complaint lies with another agency."""

    indonesian = "Laporan ini berada pada instansi lain."


class AlreadyVerified(Conflict):
    """This complaint has already been verified."""

    indonesian = "Laporan ini sudah diverifikasi."


class AlreadyAnswered(Conflict):
    """This complaint has already been answered."""

    indonesian = "Laporan ini sudah dijawab."


class NotVerified(Conflict):
    """This complaint has not been verified yet."""

    indonesian = "Laporan ini belum diverifikasi."


class TooManyTransfers(Conflict):
    """This complaint has been passed on too often; only an agency above its verifier may pass it on now."""

    indonesian = (
        "Laporan ini terlalu sering dialihkan; kini hanya instansi di atas pemverifikasi yang dapat mengalihkan."
    )


class UnknownAgency(Invalid):
    """There is no agency with this code."""

    indonesian = "Tidak ada instansi dengan kode ini."


class OnlyGivesBack(Invalid):
    """A liaison gives a complaint back to its verifier and names no other agency."""

    indonesian = "Pejabat penghubung mengembalikan laporan kepada pemverifikasi dan tidak menunjuk instansi lain."


class SameHolder(Invalid):
    """This agency holds the complaint already; name another."""

    indonesian = "Instansi ini sudah memegang laporan tersebut; tunjuk instansi lain."


class KeyReused(Conflict):
    """This Idempotency-Key has been used for another act."""

    indonesian = "Idempotency-Key ini sudah dipakai untuk tindakan lain."


class NoSuchPage(Invalid):
    """This cursor was not given by us."""

    indonesian = "Penanda halaman ini bukan dari kami."


REFUSALS: Mapping[Refused, tuple[type[Refusal], str | None]] = {
    Refused.NOT_YOUR_CASE: (NotYourCase, None),
    Refused.NOT_VERIFIED: (NotVerified, None),
    Refused.ALREADY_VERIFIED: (AlreadyVerified, None),
    Refused.ALREADY_ANSWERED: (AlreadyAnswered, None),
    Refused.TOO_MANY_TRANSFERS: (TooManyTransfers, None),
    Refused.ONLY_GIVES_BACK: (OnlyGivesBack, "agency"),
    Refused.SAME_HOLDER: (SameHolder, "agency"),
}


def refusal(why: Refused) -> Refusal:
    kind, field = REFUSALS[why]
    return kind(field=field)
