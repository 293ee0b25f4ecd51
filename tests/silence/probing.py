"""The probes: each shows one path to silence, and says whether it is open."""

from collections.abc import Awaitable, Callable, Sequence

from tests.silence.lab import Lab
from tests.silence.probes import absence, ladder, notices, parking, rows
from tests.silence.probes.finding import Finding
from tests.silence.report import Report

Probe = Callable[[Lab], Awaitable[Finding]]
PROBES: Sequence[Probe] = (
    ladder.ladder_ends,
    ladder.dot_answer,
    ladder.dot_follow_up,
    ladder.ping_pong,
    ladder.clock_that_jumped,
    parking.unrouted,
    parking.forwarding_parked,
    parking.event_of_a_later_release,
    rows.one_bad_zone,
    rows.one_bad_clock,
    rows.after_the_calendar,
    notices.one_dead_address,
    notices.ladder_to_dead_addresses,
    notices.leader_of_the_real_holder,
    notices.offer_to_nobody,
    notices.mail_server_busy,
    notices.addresses_that_lead_nowhere,
    notices.accepted_and_thrown_away,
    notices.post_that_nobody_holds,
    absence.away_while_passed_on,
    absence.answered_while_away,
    absence.agency_that_left,
)


async def probe_all(lab: Lab, report: Report, names: Sequence[str] = ()) -> None:
    """Run all probes, or those of these names; one that fails is a finding too."""
    report.head("probes")
    for probe in PROBES:
        name = probe.__name__
        if names and name not in names:
            continue
        try:
            found = await probe(lab)
            verdict, what = "SILENT" if found.silent else "closed", found.what
        except Exception as error:
            verdict, what = "FAILED", repr(error)
        report.probe(name, verdict, what)
