"""Days and moments as pages write them in Indonesian: Jakarta's time, and said so."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


def day(value: date) -> str:
    """`7 Juli 2025`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime) -> str:
    """`7 Juli 2025 pukul 09.00 WIB`."""
    local = value.astimezone(JAKARTA)
    return f"{day(local)} pukul {local:%H.%M} WIB"
