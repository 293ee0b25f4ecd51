"""Indonesian words for what a template says: dates in an agency's zone, clocks, roles, delays."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.language import INDONESIAN, translate, translate_many, weekday_moment

CLOCKS = {
    "verification": "verifikasi",
    "follow_up": "tindak lanjut pertama",
    "resolution": "penyelesaian",
    "ombudsman": "penyelesaian sebelum ditawarkan ke Ombudsman",
}
ROLES = {"liaison": "Pejabat Penghubung", "coordinator": "Koordinator", "leader": "Pimpinan"}


def moment(at: datetime, zone: str) -> str:
    """`Senin, 7 Juli 2025 pukul 09.00 WIB`."""
    return weekday_moment(at, INDONESIAN, zone)


def delay(due_at: datetime, at: datetime) -> str:
    """How late, in calendar days, which everyone can count."""
    days = (at - due_at).days
    if days < 1:
        return translate("less than one day", INDONESIAN)
    return translate_many("{n} calendar day", "{n} calendar days", days, INDONESIAN)


def seats(vacant: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{ROLES.get(seat['role'], seat['role'])} ({seat['agency']})" for seat in vacant)


def words_for(details: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The values of a template, from what the ledger keeps of the fact."""
    at = datetime.fromisoformat(details["at"])
    words: dict[str, Any] = {"at": moment(at, zone)}
    if due := details.get("due_at"):
        due_at = datetime.fromisoformat(due)
        words |= {"due": moment(due_at, zone), "late": delay(due_at, at)}
    if filed := details.get("filed_at"):
        words["filed"] = moment(datetime.fromisoformat(filed), zone)
    if clock := details.get("clock"):
        words["clock"] = CLOCKS.get(clock, clock)
    if role := details.get("role"):
        words["role"] = ROLES.get(role, role)
    words["vacant"] = seats(details.get("vacant", ()))
    return words | {key: details[key] for key in ("step", "percent") if key in details}
