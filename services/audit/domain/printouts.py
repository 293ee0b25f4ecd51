"""The printout of an audit by hand: what is wrong, since when, and what an operator does about it; in Indonesian."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.audit.domain.remedies import REMEDIES
from services.audit.domain.sentences import service_label
from services.audit.domain.violations import Violation
from shared.language import moment

NOTHING = "Tidak ada pelanggaran."
FOUND = "Pelanggaran: {count}."
LEFT_OUT = (
    "Layanan sedang tidak berjalan. {count} temuan yang hanya menunggu layanan berjalan lagi tidak dihitung di sini."
)
SAID_AGAIN = "Layanan {service} menyampaikan ulang {said} dari {count} laporan.\n"
PUBLISHED_AGAIN = "Layanan {service} menerbitkan ulang {said} dari {count} instansi.\n"
BEYOND_REPAIR = "{count} pelanggaran tidak dapat dipulihkan dengan --repair; ikuti langkah yang tertulis di atas.\n"


def printout(violations: Sequence[Violation], left_out: int, now: datetime) -> str:
    """The violations by check, oldest first, each once; moments in the zone of the capital."""
    return "".join(f"{line}\n" for line in _lines(violations, left_out, now))


def said_again(service: str, said: int, count: int) -> str:
    """How many of so many complaints a service could say again."""
    return SAID_AGAIN.format(service=service_label(service), said=said, count=count)


def published_again(service: str, said: int, count: int) -> str:
    """How many of so many agencies routing could publish again."""
    return PUBLISHED_AGAIN.format(service=service_label(service), said=said, count=count)


def beyond_repair(count: int) -> str:
    """How many violations nobody can mend by saying it again."""
    return BEYOND_REPAIR.format(count=count)


def _lines(violations: Sequence[Violation], left_out: int, now: datetime) -> Iterator[str]:
    yield f"Audit Tanggap, {moment(now)}."
    if left_out:
        yield LEFT_OUT.format(count=left_out)
    yield FOUND.format(count=len(violations)) if violations else NOTHING
    for check, found in _by_check(violations).items():
        yield ""
        yield f"[{check}] {len(found)} kali. Yang perlu dilakukan: {REMEDIES.get(check, 'lihat docs/audit.md.')}"
        for one in found:
            yield f"  {_subject(one)}, sejak {_since(one)}: {one.detail}"


def _by_check(violations: Sequence[Violation]) -> Mapping[str, Sequence[Violation]]:
    by_check: dict[str, list[Violation]] = defaultdict(list)
    for violation in violations:
        by_check[violation.check].append(violation)
    return by_check


def _since(violation: Violation) -> str:
    """The moment in words; a damaged row may have one that no zone has."""
    try:
        return moment(violation.since)
    except (OverflowError, ValueError):
        return "waktu yang tidak terbaca"


def _subject(violation: Violation) -> str:
    if id := violation.complaint_id:
        return f"Laporan {id}"
    service, _, agency = violation.subject.partition("/")
    return f"Layanan {service_label(service)}" + (f", instansi {agency}" if agency else "")
