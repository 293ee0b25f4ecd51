"""Indonesian labels of days, tiers and clocks, as the screen shows them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.calendar import ZONES

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
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
CLOCKS = {
    "verification": "verifikasi",
    "follow_up": "tindak lanjut",
    "resolution": "penyelesaian",
    "ombudsman": "Ombudsman",
}


def day(moment: datetime) -> str:
    """Senin, 3 Februari 2025"""
    local = moment.astimezone(JAKARTA)
    return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}"


def short_day(moment: datetime) -> str:
    """03 Feb"""
    local = moment.astimezone(JAKARTA)
    return f"{local.day:02} {MONTHS[local.month - 1][:3]}"


def tier(name: str) -> str:
    return TIERS.get(name, name)


def short_tier(name: str) -> str:
    return SHORT_TIERS.get(name, name)


def clock(name: str) -> str:
    return CLOCKS.get(name, name)


def zone(name: str) -> ZoneInfo:
    """The time zone called WIB, WITA or WIT."""
    return ZoneInfo(ZONES.get(name, name))
