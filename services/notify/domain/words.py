"""The Indonesian words of a template: dates in an agency's zone, clocks, roles, delays."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.language import INDONESIAN, translate, translate_many, weekday_moment
from shared.vocabulary import CLOCK_NAMES, ROLE_NAMES


def moment(at: datetime, zone: str) -> str:
    """`Senin, 7 Juli 2025 pukul 09.00 WIB`."""
    return weekday_moment(at, INDONESIAN, zone)


def delay(due_at: datetime, at: datetime) -> str:
    """The delay in whole calendar days, which everyone can count."""
    days = (at - due_at).days
    if days < 1:
        return translate("less than one day", INDONESIAN)
    return translate_many("{n} calendar day", "{n} calendar days", days, INDONESIAN)


def role_name(role: str) -> str:
    """The Indonesian title of a role; a role of a later release stays as it is."""
    return ROLE_NAMES[role].title() if role in ROLE_NAMES else role


def seat_names(seats: Iterable[Mapping[str, Any]]) -> str:
    """`Pimpinan (35.78), Koordinator (35)`."""
    return ", ".join(f"{role_name(seat['role'])} ({seat['agency']})" for seat in seats)


def words_for(details: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The values of a template, made from the details of an event that the ledger keeps."""
    at = datetime.fromisoformat(details["at"])
    words: dict[str, Any] = {"at": moment(at, zone)}
    if due := details.get("due_at"):
        due_at = datetime.fromisoformat(due)
        words |= {"due": moment(due_at, zone), "late": delay(due_at, at)}
    if filed := details.get("filed_at"):
        words["filed"] = moment(datetime.fromisoformat(filed), zone)
    if since := details.get("since"):
        words["since"] = moment(datetime.fromisoformat(since), zone)
    if clock := details.get("clock"):
        words["clock"] = CLOCK_NAMES.get(clock, clock)
    if role := details.get("role"):
        words["role"] = role_name(role)
    words["vacant"] = seat_names(details.get("vacant", ()))
    return words | {
        key: details[key] for key in ("step", "percent", "detail", "check", "subject", "complaints") if key in details
    }
