"""Indonesian labels of days, tiers and clocks, as the screen shows them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from shared.calendar import ZONES
from shared.language import INDONESIAN
from shared.vocabulary import CLOCK_NAMES, OMBUDSMAN

JAKARTA = ZoneInfo("Asia/Jakarta")
TIERS = {
    "national": "nasional",
    "ministry": "kementerian/lembaga",
    "province": "provinsi",
    "regency": "kabupaten",
    "city": "kota",
    "unit": "perangkat daerah",
    "company": "BUMN/BUMD",
}
SHORT_TIERS = {
    "national": "pusat",
    "ministry": "K/L",
    "province": "prov.",
    "regency": "kab.",
    "city": "kota",
    "unit": "OPD",
    "company": "BUMN/D",
}


def day(moment: datetime) -> str:
    """Senin, 3 Februari 2025"""
    return format_date(moment.astimezone(JAKARTA), "EEEE, d MMMM y", locale=INDONESIAN)


def short_day(moment: datetime) -> str:
    """03 Feb"""
    return format_date(moment.astimezone(JAKARTA), "dd MMM", locale=INDONESIAN)


def tier(name: str) -> str:
    return TIERS.get(name, name)


def short_tier(name: str) -> str:
    return SHORT_TIERS.get(name, name)


def clock(name: str) -> str:
    """The official name of a clock; the Ombudsman's is long for a table."""
    return "Ombudsman" if name == OMBUDSMAN else CLOCK_NAMES.get(name, name)


def zone(name: str) -> ZoneInfo:
    """The time zone called WIB, WITA or WIT."""
    return ZoneInfo(ZONES.get(name, name))
