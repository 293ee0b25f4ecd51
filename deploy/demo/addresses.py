"""Where to look while everything stays up; an address is named only if something answers there."""

from collections.abc import Iterator, Sequence

import httpx
from rich.console import Console

from deploy.demo.evidence import Filed, Life
from deploy.demo.processes import Stage

Address = tuple[str, str]


def show_addresses(console: Console, stage: Stage, lives: Sequence[Life], filed: Sequence[Filed]) -> None:
    """Print them, with one complaint's PIN to open it by."""
    sample = most_climbed(lives)
    receipt = next(one.receipt for one in filed if one.reference == sample.reference)
    console.rule("Look around until Ctrl-C; an hour now passes in a second")
    for name, url in _answering(_candidates(stage, sample)):
        console.print(f"{name:<34} {url}", highlight=False, soft_wrap=True)
    console.print(f"{'mails':<34} {stage.mails}", highlight=False, soft_wrap=True)
    console.print(f"{'logs':<34} {stage.folder}/*.log", highlight=False, soft_wrap=True)
    console.print(f"Reference {sample.reference}, PIN {receipt['pin']}: the most climbed one.", highlight=False)


def most_climbed(lives: Sequence[Life]) -> Life:
    """The complaint with the most to tell: offered the Ombudsman and with the longest timeline."""
    return max(lives, key=lambda life: (len(life.events("OmbudsmanOffered")), len(life.timeline)))


def _candidates(stage: Stage, sample: Life) -> Iterator[Address]:
    intake, routing, sla = stage.url("intake"), stage.url("routing"), stage.url("sla")
    holder = sample.case["holder"]
    yield "file a complaint", f"{intake}/intake/"
    yield "follow that complaint", f"{intake}/intake/pages/complaints/{sample.reference}"
    yield "its public timeline", f"{intake}/intake/complaints/{sample.reference}/timeline"
    yield "the agency that holds it", f"{routing}/routing/pages/agencies/{holder}"
    yield "what is overdue, for everyone", f"{sla}/sla/"
    yield "indicators", f"{sla}/sla/indicators"
    for running in stage.processes:
        yield f"API of {running.name}", f"{running.url}/docs"
        yield f"metrics of {running.name}", f"{running.url}/metrics"


def _answering(candidates: Iterator[Address]) -> Iterator[Address]:
    with httpx.Client(timeout=10, follow_redirects=True) as client:
        yield from ((name, url) for name, url in candidates if client.get(url).is_success)
