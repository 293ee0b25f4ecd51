"""The addresses to visit while everything stays up; each is shown only if it answers."""

from collections.abc import Iterator, Sequence

import httpx
from rich.console import Console

from deploy.demo.complaints import Filed
from deploy.demo.installation import Installation
from deploy.demo.mails import Mail
from deploy.demo.records import ComplaintRecord, Evidence

Address = tuple[str, str]


def show_addresses(console: Console, installation: Installation, evidence: Evidence, filed: Sequence[Filed]) -> None:
    """Print the addresses, and the PIN of one complaint."""
    sample = longest_timeline(evidence.records)
    receipt = next(one.receipt for one in filed if one.reference == sample.reference)
    console.rule("Look around until Ctrl-C; an hour now passes in a second")
    for name, url in _answering(_candidates(installation, sample, evidence.mails)):
        console.print(f"{name:<34} {url}", highlight=False, soft_wrap=True)
    console.print(f"{'mails':<34} {installation.mails}", highlight=False, soft_wrap=True)
    console.print(f"{'logs':<34} {installation.folder}/*.log", highlight=False, soft_wrap=True)
    console.print(
        f"Reference {sample.reference}, PIN {receipt['pin']}: the complaint with the longest timeline.", highlight=False
    )


def longest_timeline(records: Sequence[ComplaintRecord]) -> ComplaintRecord:
    """The complaint that was offered the Ombudsman and has the longest timeline."""
    return max(records, key=lambda record: (len(record.events("OmbudsmanOffered")), len(record.timeline)))


def _candidates(installation: Installation, sample: ComplaintRecord, mails: Sequence[Mail]) -> Iterator[Address]:
    intake, routing, sla = installation.url("intake"), installation.url("routing"), installation.url("sla")
    holder = sample.case["holder"]
    yield "file a complaint", f"{intake}/intake/"
    yield "follow that complaint", f"{intake}/intake/pages/complaints/{sample.reference}"
    yield "its public timeline", f"{intake}/intake/complaints/{sample.reference}/timeline"
    yield "the agency that holds it", f"{routing}/routing/pages/agencies/{holder}"
    yield "overdue and silent, for everyone", f"{sla}/sla/"
    yield from (("acknowledge a leader's mail", mail.link) for mail in _of_leaders(mails))
    yield "indicators", f"{sla}/sla/indicators"
    for process in installation.processes:
        yield f"API of {process.name}", f"{process.url}/docs"
        yield f"metrics of {process.name}", f"{process.url}/metrics"


def _of_leaders(mails: Sequence[Mail]) -> Sequence[Mail]:
    """The last mail that a leader should acknowledge."""
    return [mail for mail in mails if mail.role == "leader" and mail.link][-1:]


def _answering(candidates: Iterator[Address]) -> Iterator[Address]:
    with httpx.Client(timeout=10, follow_redirects=True) as client:
        yield from ((name, url) for name, url in candidates if client.get(url).is_success)
