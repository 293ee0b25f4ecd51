"""Makes regions.csv, the provinces, regencies and cities with their time zones, from the table of cahyadsn/wilayah."""

import csv
import sys
from pathlib import Path

# Keppres 41/1987, with Kalimantan Utara (65) and the provinces of Papua made since then.
WITA = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
WIT = {"81", "82", "91", "92", "93", "94", "95", "96"}


def zone(code: str) -> str:
    province = code[:2]
    return "WITA" if province in WITA else "WIT" if province in WIT else "WIB"


def level(code: str, name: str) -> str:
    if "." not in code:
        return "province"
    return "city" if name.startswith("Kota ") else "regency"


def full(code: str, name: str) -> str:
    return name if "." in code else f"Provinsi {name}"


def make(source: Path, target: Path) -> int:
    """Write the compact table and give its number of rows."""
    with source.open(encoding="utf-8", newline="") as lines:
        regions = [(row["kode"], row["nama"]) for row in csv.DictReader(lines) if row["level"] in ("1", "2")]
    with target.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("code", "name", "level", "zone"))
        table.writerows((code, full(code, name), level(code, name), zone(code)) for code, name in sorted(regions))
    return len(regions)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[3] / "shared/data/regions/wilayah_2025.csv"
    sys.stdout.write(f"{make(given, here / 'regions.csv')} regions\n")
