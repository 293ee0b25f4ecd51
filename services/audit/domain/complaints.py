"""One complaint as intake, routing and sla each know it, and where that differs or breaks the law.

Only the owner of a fact is compared against: intake for what was filed, routing for holder and state.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.audit.domain.violations import Violation
from shared.lifecycle import RUNNING_IN, states_of
from shared.vocabulary import (
    ANSWERED,
    FOLLOW_UP,
    LIFE,
    OMBUDSMAN,
    RESOLUTION,
    STATE_LABELS,
    VERIFICATION,
)

# The states in which each limit runs; the ombudsman's in every open one.
RUNS_IN = {**RUNNING_IN, OMBUDSMAN: states_of(OMBUDSMAN)}

# An event that has not come after so long is late; whatever changed since then is left out.
SETTLING = timedelta(minutes=10)
WITHOUT_A_CASE = timedelta(hours=1)
AHEAD = timedelta(hours=1)
FURTHEST = timedelta(days=120)

SENTENCES = {
    "no_case": "Laporan belum menjadi kasus di routing lebih dari satu jam setelah diterima.",
    "never_filed": "Kasus ada di {where}, tetapi intake tidak mengenal laporannya.",
    "no_clock": "Laporan tidak dikenal oleh sla: tidak ada jangka waktu yang berjalan.",
    "no_life_clock": "Laporan tidak memiliki jangka waktu penanganan.",
    "life_ended": "Jangka waktu penanganan berhenti, padahal laporan belum dijawab.",
    "life_goes_on": "Jangka waktu penanganan terus berjalan, padahal laporan sudah dijawab.",
    "no_next_step": "Jangka waktu {clock} berjalan tanpa langkah berikutnya yang dekat.",
    "moved_ahead": "Jangka waktu {clock} ditulis pada waktu yang belum tiba.",
    "step_muted": "Jangka waktu {clock} tidak mengumumkan langkah berikutnya, karena langkah itu sudah tercatat.",
    "no_agency": "Jangka waktu {clock} berjalan tanpa instansi.",
    "holder_differs": "Jangka waktu {clock} dipegang {found}, sedangkan menurut routing {owner}.",
    "state_differs": "Jangka waktu {clock} {found}, sedangkan menurut routing laporan berstatus {owner}.",
    "end_differs": "Menurut sla laporan {found}, sedangkan menurut routing laporan berstatus {owner}.",
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
    "end_differs": ("routing",),
    "filing_differs": ("intake",),
    "status_differs": ("intake", "routing"),
    "named_holder_differs": ("routing",),
}


@dataclass(frozen=True, slots=True)
class Filed:
    """A complaint at intake: its filing, the label of its status, and who its timeline and its status say holds it."""

    filed_at: datetime
    label: str | None = None
    holder: str | None = None
    holder_name: str | None = None
    agency_name: str | None = None
    kind: str = "complaint"
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint at routing, whose facts these are; `changed_at` is the moment of its last act, or its filing."""

    state: str
    holder: str
    verifier: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock at sla; one that runs has no `stopped_at`. Moments that are not finite come as None.

    It `is_muted` if a step or round that it has not come to counts as taken.
    """

    name: str
    cycle: int
    agency: str
    moved_at: datetime | None
    next_at: datetime | None
    stopped_at: datetime | None
    is_muted: bool = False

    @property
    def runs(self) -> bool:
        return self.stopped_at is None


@dataclass(frozen=True, slots=True)
class Timed:
    """A complaint at sla with its clocks."""

    filed_at: datetime
    clocks: tuple[Clock, ...] = ()
    kind: str = "complaint"
    confidential: bool = False
    is_answered: bool = False
    silent_since: datetime | None = None

    @property
    def life(self) -> Clock | None:
        return next((clock for clock in self.clocks if clock.name == LIFE), None)

    @property
    def running(self) -> tuple[Clock, ...]:
        return tuple(clock for clock in self.clocks if clock.runs)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the three services know of one complaint; None where one does not know it."""

    id: UUID
    filed: Filed | None
    case: Case | None
    timed: Timed | None


def violations_of(complaint: Complaint, now: datetime) -> list[Violation]:
    """Everything that is wrong with one complaint; one that cannot be compared is wrong itself, and stops no other."""
    finds = (_ahead, _unknown, _lawless, _different)
    try:
        return [replace(one, since=min(one.since, now)) for find in finds for one in find(complaint, now)]
    except (TypeError, ArithmeticError):  # The driver reads an infinite moment as one without a zone.
        return [_violation(complaint, "unreadable", now)]


def _ahead(complaint: Complaint, now: datetime) -> Iterator[Violation]:
    """Moments that have not come: by them a complaint would never be late, and on no list."""
    filed, case, timed = complaint.filed, complaint.case, complaint.timed
    dated = {
        "intake": [filed.filed_at] if filed else [],
        "routing": [case.changed_at] if case else [],
        "sla": [timed.filed_at, timed.silent_since or timed.filed_at] if timed else [],
    }
    for where in (where for where, moments in dated.items() if any(moment > now + AHEAD for moment in moments)):
        yield _violation(complaint, "dated_ahead", now, where=where)


def _has_passed(moment: datetime, span: timedelta, now: datetime) -> bool:
    """Whether so much time has passed since then; a moment far ahead is not believed and excuses nothing."""
    return moment + span <= now or moment > now + AHEAD


def _unknown(complaint: Complaint, now: datetime) -> Iterator[Violation]:
    """Who should know the complaint and does not."""
    filed, case, timed = complaint.filed, complaint.case, complaint.timed
    if filed and _has_passed(filed.filed_at, WITHOUT_A_CASE, now):
        if case is None:
            yield _violation(complaint, "no_case", filed.filed_at + WITHOUT_A_CASE)
        if timed is None:
            yield _violation(complaint, "no_clock", filed.filed_at)
        elif _filing(filed) != _filing(timed):
            yield _violation(complaint, "filing_differs", filed.filed_at)
    if filed is None and case and _has_passed(case.changed_at, SETTLING, now):
        yield _violation(complaint, "never_filed", case.changed_at, where="routing")
    elif filed is None and timed and _has_passed(timed.filed_at, WITHOUT_A_CASE, now):
        yield _violation(complaint, "never_filed", timed.filed_at, where="sla")


def _filing(known: Filed | Timed) -> tuple[datetime, str, bool]:
    return known.filed_at, known.kind, known.confidential


def _lawless(complaint: Complaint, now: datetime) -> Iterator[Violation]:
    """The violations that sla's constraints refuse, and those that they leave open."""
    timed = complaint.timed
    if timed is None:
        return
    if timed.life is None:
        yield _violation(complaint, "no_life_clock", timed.filed_at)
    for clock in timed.running:
        if clock.next_at is None or clock.next_at > now + FURTHEST:
            yield _violation(complaint, "no_next_step", clock.moved_at or now, clock=clock.name)
        if clock.moved_at is None or clock.moved_at > now + AHEAD:
            yield _violation(complaint, "moved_ahead", now, clock=clock.name)
        if clock.is_muted:
            yield _violation(complaint, "step_muted", clock.moved_at or now, clock=clock.name)
        if not clock.agency:
            yield _violation(complaint, "no_agency", clock.moved_at or now, clock=clock.name)


def _different(complaint: Complaint, now: datetime) -> Iterator[Violation]:
    """The differences of intake and sla from routing, for a case that has not changed within the last minutes."""
    case = complaint.case
    if case is None or not _has_passed(case.changed_at, SETTLING, now):
        return
    if complaint.timed:
        yield from _clocks_differ(complaint, case, complaint.timed)
    if complaint.filed:
        yield from _public_differs(complaint, case, complaint.filed)


def _clocks_differ(complaint: Complaint, case: Case, timed: Timed) -> Iterator[Violation]:
    since, names = case.changed_at, [clock.name for clock in timed.running]
    if timed.life and timed.life.runs == (case.state == ANSWERED):
        yield _violation(complaint, "life_goes_on" if timed.life.runs else "life_ended", since)
    if timed.is_answered != (case.state == ANSWERED):
        found = "sudah dijawab" if timed.is_answered else "belum dijawab"
        yield _violation(complaint, "end_differs", since, found=found, owner=case.state)
    for limit in (VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN):
        if names.count(limit) != (case.state in RUNS_IN[limit]):
            found = f"berjalan {names.count(limit)} kali" if limit in names else "tidak berjalan"
            yield _violation(complaint, "state_differs", since, clock=limit, found=found, owner=case.state)
    # An answered case holds nothing that anyone waits for.
    for clock in timed.running if case.state != ANSWERED else ():
        owner = case.verifier if clock.name == VERIFICATION else case.holder
        if clock.agency and clock.agency != owner:
            yield _violation(complaint, "holder_differs", since, clock=clock.name, found=clock.agency, owner=owner)


def _public_differs(complaint: Complaint, case: Case, filed: Filed) -> Iterator[Violation]:
    since, label = case.changed_at, STATE_LABELS.get(case.state, case.state)
    if filed.label != label:
        yield _violation(complaint, "status_differs", since, found=filed.label or "tidak ada", owner=label)
    elif filed.agency_name != filed.holder_name:
        found, owner = filed.agency_name or "tidak ada", filed.holder_name or "tidak ada"
        yield _violation(complaint, "status_differs", since, found=found, owner=owner)
    if filed.holder != case.holder:
        found = filed.holder or "tidak ada"
        yield _violation(complaint, "named_holder_differs", since, found=found, owner=case.holder)


def _violation(complaint: Complaint, check: str, since: datetime, **words: str) -> Violation:
    return Violation(check, str(complaint.id), since, SENTENCES[check].format(**words), complaint.id)
