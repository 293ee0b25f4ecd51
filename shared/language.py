"""Words in the reader's language: catalogues (`locale/<language>.po`), and days, moments and numbers by Babel.

The message ids are English; an official term, which has its Indonesian name in the code, is its own id. A sentence
that a catalogue lacks is said in Indonesian, which everyone here reads, and otherwise as its id stands.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal
from babel.support import Translations

FOLDER = Path(__file__).parent / "locale"
INDONESIAN, ENGLISH = "id", "en"
JAKARTA = "Asia/Jakarta"
# The day before the month and a clock of 24 hours, as everyone in Indonesia writes them.
REGIONAL = {ENGLISH: "en_GB"}
DAY = timedelta(days=1)
MEAN = "#,##0.0"


class BadCatalogue(Exception):
    """A catalogue cannot be read."""


@lru_cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(REGIONAL.get(language, language))
    except UnknownLocaleError:  # CLDR lacks many regional languages; their dates and numbers are Indonesian then.
        return Locale.parse(INDONESIAN)


def read(path: Path) -> NullTranslations:
    """One catalogue, compiled in memory. Raises BadCatalogue."""
    compiled = BytesIO()
    try:
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=_locale(path.stem), abort_invalid=True))
    except (PoFileError, ValueError) as error:
        raise BadCatalogue(f"{path.name}: {error}") from error
    compiled.seek(0)
    return Translations(compiled)


def read_all(folder: Path = FOLDER) -> Mapping[str, NullTranslations]:
    """Each language's catalogue; behind those of other languages than English stands Indonesian."""
    found = {path.stem: read(path) for path in sorted(folder.glob("*.po"))}
    for language in found.keys() - {INDONESIAN, ENGLISH}:
        found[language].add_fallback(found[INDONESIAN])
    return {ENGLISH: NullTranslations(), **found}


CATALOGUES = read_all()


def languages() -> tuple[str, ...]:
    """The codes of the known languages."""
    return tuple(CATALOGUES)


def translate(text: str, language: str, **values: Any) -> str:
    """The text in this language, with `{name}` filled in where values are given."""
    words = CATALOGUES[language].gettext(text)
    return words.format(**values) if values else words


def translate_many(one: str, many: str, n: int, language: str, **values: Any) -> str:
    """The form that this language uses for so many; `{n}` is their number."""
    return CATALOGUES[language].ngettext(one, many, n).format(n=n, **values)


@lru_cache(maxsize=256)
def language_of(accepted: str | None) -> str:
    """The known language that an Accept-Language header weighs most; Indonesian at a tie, or where none fits."""
    weights = {INDONESIAN: 0.0}
    for part in (accepted or "").lower().split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)", parameters)
        code = tag.split("-")[0]
        if code in CATALOGUES:
            weights[code] = max(weights.get(code, 0.0), float(weight[1]) if weight else 1.0)
    return max(weights, key=lambda code: weights[code])


def day(value: date, language: str = INDONESIAN) -> str:
    """`7 Juli 2025`."""
    return _day(value.date() if isinstance(value, datetime) else value, language)


@lru_cache(maxsize=1_024)
def moment(value: datetime, language: str = INDONESIAN, zone: str = JAKARTA) -> str:
    """`7 Juli 2025 pukul 09.00 WIB`."""
    return translate("{day} at {time} {zone}", language, **_parts(value, language, zone))


@lru_cache(maxsize=1_024)
def weekday_moment(value: datetime, language: str = INDONESIAN, zone: str = JAKARTA) -> str:
    """`Senin, 7 Juli 2025 pukul 09.00 WIB`."""
    parts = _parts(value, language, zone)
    return translate("{weekday}, {day} at {time} {zone}", language, **parts)


@lru_cache(maxsize=1_024)
def limit(value: datetime, language: str = INDONESIAN, zone: str = JAKARTA) -> str:
    """A limit as its last moment: `11 Juli 2025 pukul 24.00 WIB` for the midnight after that day."""
    return translate("{day} at {time} {zone}", language, **_parts_of_limit(value, language, zone))


@lru_cache(maxsize=1_024)
def weekday_limit(value: datetime, language: str = INDONESIAN, zone: str = JAKARTA) -> str:
    """`Jumat, 11 Juli 2025 pukul 24.00 WIB`."""
    parts = _parts_of_limit(value, language, zone)
    return translate("{weekday}, {day} at {time} {zone}", language, **parts)


@lru_cache(maxsize=4_096, typed=True)  # Without `typed`, 2 and 2.0 would share one entry.
def number(value: float | None, language: str = INDONESIAN) -> str:
    """`12.345`, a mean with one decimal: `2,5`."""
    if value is None:
        return translate("none", language)
    if isinstance(value, float):  # Rounded first: Babel would round the decimal digits, not the number they stand for.
        return str(format_decimal(round(value, 1), MEAN, locale=_locale(language)))
    return str(format_decimal(value, locale=_locale(language)))


def _parts(value: datetime, language: str, zone: str) -> dict[str, str]:
    """What a moment is composed of, each part kept: Babel reads its pattern again at every call."""
    local = value.astimezone(_zone(zone))
    return {
        "weekday": _weekday(local.weekday(), language),
        "day": _day(local.date(), language),
        "time": _time(local.hour, local.minute, language),
        "zone": _abbreviation(zone),
    }


def _parts_of_limit(value: datetime, language: str, zone: str) -> dict[str, str]:
    """A midnight is 24:00 of the day that ends with it: whoever reads 00:00 of the next day acts a day too late."""
    local = value.astimezone(_zone(zone))
    if local.time() != time():
        return _parts(value, language, zone)
    return {**_parts(value - DAY, language, zone), "time": _time(0, 0, language).replace("00", "24", 1)}


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=64)
def _abbreviation(zone: str) -> str:
    """WIB, WITA or WIT, the same in every language; any day will do, for Indonesia has no summer time."""
    return get_timezone_name(datetime(2025, 1, 1, tzinfo=_zone(zone)), width="short", locale=INDONESIAN)


@lru_cache
def _weekday(index: int, language: str) -> str:
    return str(_locale(language).days["format"]["wide"][index])


@lru_cache(maxsize=1_024)
def _day(value: date, language: str) -> str:
    return format_date(value, "long", locale=_locale(language))


@lru_cache(maxsize=4_096)
def _time(hour: int, minute: int, language: str) -> str:
    return format_time(time(hour, minute), "short", locale=_locale(language))
