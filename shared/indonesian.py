"""Days, moments and numbers as pages write them in Indonesian: Jakarta's time, and said so."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
SEPARATORS = str.maketrans(",.", ".,")


def day(value: date) -> str:
    """`7 Juli 2025`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime) -> str:
    """`7 Juli 2025 pukul 09.00 WIB`."""
    local = value.astimezone(JAKARTA)
    return f"{day(local)} pukul {local:%H.%M} WIB"


def number(value: float | None) -> str:
    """`12.345`, a mean with one decimal: `2,5`."""
    if value is None:
        return "tidak ada"
    return f"{value:,.1f}".translate(SEPARATORS) if isinstance(value, float) else f"{value:,}".translate(SEPARATORS)
