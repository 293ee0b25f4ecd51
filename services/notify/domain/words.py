"""The Indonesian words of a template: dates in an agency's zone, clocks, roles, delays."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from services.notify.domain.vacancies import EITHER, UNREACHABLE, VACANT
from shared.calendar import ZONES
from shared.clock import was_never
from shared.language import INDONESIAN, day, translate, translate_many, weekday_limit, weekday_moment
from shared.reporters import REFUSED_FOR, REPORTER_ACT_NAMES
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ACTED,
    ALARM,
    APPEAL,
    APPROVAL,
    ARCHIVE_REASONS,
    CLASSIFICATION_NAMES,
    CLIMB_NAMES,
    CLOCK_NAMES,
    COMMITMENT,
    CONTACT,
    CONTEST,
    FOLLOW_UP,
    HOLD,
    KIND_LABELS,
    LIFE,
    MERGER,
    OMBUDSMAN,
    OVER,
    PASSED_ON,
    REFERRAL,
    RESOLUTION,
    RETURNED_FOR,
    ROLE_NAMES,
    ROOT,
    SENSITIVE_BY,
    SUPPORT,
    URGENT_BY,
    VERIFICATION,
    WINDOW,
)

# Why an escalation is taken back, a complaint was archived, a draft went back, or an act of a reporter was refused.
REASONS: Mapping[str, str] = {
    **{str(code): name for code, name in ARCHIVE_REASONS.items()},
    **{str(code): name for code, name in REFUSED_FOR.items()},
    **{str(code): name for code, name in RETURNED_FOR.items()},
    **{str(code): name for code, name in URGENT_BY.items()},
    **{str(code): name for code, name in SENSITIVE_BY.items()},
    ACTED: "instansi tersebut ternyata telah bertindak sebelumnya",
    PASSED_ON: "aduan ternyata telah diteruskan sebelumnya",
    OVER: "aduan ternyata telah berakhir sebelumnya",
}

# What each clock waits for, as an order of a leader.
WAITS_FOR: Mapping[str, str] = {
    LIFE: "penanganan aduan ini",
    VERIFICATION: "verifikasi aduan ini",
    FOLLOW_UP: "tindak lanjut pertama atas aduan ini",
    RESOLUTION: "penyelesaian dan jawaban atas aduan ini",
    HOLD: "kelanjutan aduan ini, yang ditunda sampai pelapor menjawab",
    APPROVAL: "persetujuan atau pengembalian rancangan jawaban aduan ini",
    COMMITMENT: "pemenuhan janji dalam aduan ini",
    SUPPORT: "kontribusi instansi pendukung untuk jawaban aduan ini",
    MERGER: "jawaban atas aduan yang digabungkan dengan aduan ini",
    WINDOW: "penutupan aduan ini setelah masa tanggapan pelapor",
    APPEAL: "keputusan atas banding pelapor dalam aduan ini",
    CONTEST: "keputusan atas keberatan pelapor dalam aduan ini",
    REFERRAL: "penyerahan berkas aduan ini kepada Ombudsman RI, yang dikehendaki pelapor",
    ACKNOWLEDGEMENT: "konfirmasi arahan pimpinan dalam aduan ini",
    ALARM: "tindakan atas bahaya bagi nyawa dalam aduan ini",
    CONTACT: "pelapor dihubungi tentang jawaban atas aduan ini",
    OMBUDSMAN: "penyelesaian aduan ini (pelapor berhak meneruskannya kepada Ombudsman RI)",
}

# Said with an escalation of which the sweep could not know whether it was still true.
HEARD_NOTHING = "sejak {since} kami tidak menerima kabar penanganan, sehingga tindakan sesudahnya belum tentu tercatat"
NEVER_HEARD = "sistem belum pernah menerima kabar penanganan, sehingga tindakan yang ada belum tentu tercatat"

# The details that list seats.
SEATS = ("vacant", "instead_of")

MISSING: Mapping[str, str] = {
    VACANT: "kosong",
    UNREACHABLE: "tidak dapat dihubungi",
    EITHER: "kosong atau tidak dapat dihubungi",
}


def known_zone(name: Any) -> str | None:
    """The IANA name of a zone, which may be given as WIB, WITA or WIT; None if there is no such zone."""
    return _iana_name(name) if isinstance(name, str) else None


@lru_cache(maxsize=1_024)
def _iana_name(name: str) -> str | None:
    try:
        return ZoneInfo(ZONES.get(name, name)).key
    except (LookupError, ValueError, OSError):
        return None


def moment(at: datetime, zone: str) -> str:
    """`Senin, 7 Juli 2025 pukul 09.00 WIB`."""
    return weekday_moment(at, INDONESIAN, zone)


def _silence(since: datetime, zone: str) -> str:
    return NEVER_HEARD if was_never(since) else HEARD_NOTHING.format(since=moment(since, zone))


def delay(due_at: datetime, at: datetime) -> str:
    """The delay in whole calendar days, which everyone can count."""
    days = (at - due_at).days
    if days < 1:
        return translate("less than one day", INDONESIAN)
    return translate_many("{n} calendar day", "{n} calendar days", days, INDONESIAN)


def role_name(role: str) -> str:
    """The Indonesian title of a role; a role of a later release stays as it is."""
    return ROLE_NAMES[role].title() if role in ROLE_NAMES else role


def seat_names(seats: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """`Pimpinan Pemerintah Kota Surabaya, Koordinator 35`: an agency without a known name is called by its code."""
    return ", ".join(f"{role_name(seat['role'])} {names.get(seat['agency'], seat['agency'])}" for seat in seats)


def agencies_in(details: Any) -> set[str]:
    """The codes of the agencies of which a template names a seat; the details may be of another release."""
    named = [details.get(key) for key in SEATS] if isinstance(details, Mapping) else []
    seats = [seat for each in named if isinstance(each, list) for seat in each if isinstance(seat, Mapping)]
    return {code for seat in seats if isinstance(code := seat.get("agency"), str)}


def words_for(details: Mapping[str, Any], zone: str, names: Mapping[str, str], about: str = "") -> dict[str, Any]:
    """The values of a template, made from the details that the ledger keeps and the names of agencies by code.

    `about` is the agency that the message is about.
    """
    at = datetime.fromisoformat(details["at"])
    words: dict[str, Any] = {"at": moment(at, zone), **_of_limit(details, at, zone), **_of_promise(details, at, zone)}
    if filed := details.get("filed_at"):
        words["filed"] = moment(datetime.fromisoformat(filed), zone)
    if since := details.get("since"):
        words["since"] = moment(datetime.fromisoformat(since), zone)
    words |= {name: _limit(details.get(name), zone) for name in ("reopen_until", "reply_until")}
    flags = "accepted", "closing_taken_back", "sent_back_by", "unverified", "reopened", "mends", "shared"
    words |= {name: details.get(name, False) for name in flags}
    if step := details.get("step"):
        words["climb"] = CLIMB_NAMES[min(step, len(CLIMB_NAMES) - 1)]
    # The root has the life clock until routing has spoken.
    words["unattended"] = details.get("clock") == LIFE and about in ("", ROOT)
    words["promised"] = details.get("clock") == COMMITMENT
    if due_on := details.get("due_on"):
        words["until"] = day(date.fromisoformat(due_on))
    if role := details.get("role"):
        words["role"] = role_name(role)
    if reason := details.get("reason"):
        words["why"] = REASONS.get(reason, reason)
    if act := details.get("act"):
        words["act"] = REPORTER_ACT_NAMES.get(act, act)
    unsure = details.get("unsure_since")
    words["unsure"] = _silence(datetime.fromisoformat(unsure), zone) if unsure else ""
    if missing := details.get("missing"):
        words["missing"] = MISSING.get(missing, MISSING[EITHER])
    words |= {key: seat_names(details.get(key, ()), names) for key in SEATS}
    if "region_name" in details:
        words["corrected"] = corrected(details)
    words["round"] = details.get("round", 0)
    return words | {
        key: details[key]
        for key in ("number", "parts", "step", "percent", "detail", "check", "subject", "complaints")
        if key in details
    }


def corrected(details: Mapping[str, Any]) -> str:
    """`Jenis: Pengaduan; Bidang: Kesehatan`; a correction that names nothing is one of the title."""
    kind, classification = details.get("kind"), details.get("classification")
    named = {
        "Jenis": KIND_LABELS.get(kind, kind) if kind else None,
        "Klasifikasi": CLASSIFICATION_NAMES.get(classification, classification) if classification else None,
        "Bidang": details.get("field_name"),
        "Wilayah": details.get("region_name"),
    }
    return "; ".join(f"{what}: {value}" for what, value in named.items() if value) or "Judul"


def _limit(until: str | None, zone: str) -> str:
    return weekday_limit(datetime.fromisoformat(until), INDONESIAN, zone) if until else ""


def _of_limit(details: Mapping[str, Any], at: datetime, zone: str) -> dict[str, Any]:
    """The clock, what it waits for, its limit and the delay; for a withdrawal what is taken back."""
    words: dict[str, Any] = {"due": "", "is_over": False}
    if clock := details.get("clock"):
        words |= {"clock": CLOCK_NAMES.get(clock, clock), "asked": _asked(details)}
        words["taken"] = taken(details.get("taken_back") or ()) or words["clock"]
    if due := details.get("due_at"):
        due_at = datetime.fromisoformat(due)
        words |= {"due": _limit(due, zone), "is_over": due_at <= at}
        words |= {"late": delay(due_at, at), "late_since": ""}
        if first := details.get("late_since"):
            first_at = datetime.fromisoformat(first)
            words |= {"late": delay(first_at, at), "late_since": _limit(first, zone)}
    return words


def _asked(details: Mapping[str, Any]) -> str:
    """What whoever is told of a climb is asked to order: what its clock waits for, after the missing verification."""
    clock = details["clock"]
    asked = WAITS_FOR.get(clock, WAITS_FOR[RESOLUTION])
    if details.get("unverified") and clock != VERIFICATION:
        asked = f"{WAITS_FOR[VERIFICATION]}, {asked}"
    return asked


def _of_promise(details: Mapping[str, Any], at: datetime, zone: str) -> dict[str, Any]:
    """The day until which the agency has promised news, if any, and whether it has passed."""
    if not (next_date := details.get("next_date")):
        return {"next": "", "next_is_over": False}
    promised = date.fromisoformat(next_date)
    return {"next": day(promised), "next_is_over": promised < at.astimezone(ZoneInfo(zone)).date()}


def taken(announcements: Iterable[Mapping[str, Any]]) -> str:
    """`pengingat 80%, eskalasi tahap 3, eskalasi tahap 3 (ulangan ke-2)`: what is taken back, each once."""
    return ", ".join(dict.fromkeys(map(_announced, announcements)))


def _announced(announcement: Mapping[str, Any]) -> str:
    if percent := announcement.get("percent"):
        return f"pengingat {percent}%"
    if not (step := announcement.get("step")):
        return "tawaran penerusan ke Ombudsman RI"
    round = announcement.get("round")
    return f"eskalasi tahap {step}" + (f" (ulangan ke-{round})" if round else "")
