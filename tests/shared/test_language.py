"""What is said in the reader's language: a language is one file, and no text is without words."""

import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import services
import shared
from shared import language
from shared.errors import NotFound, Refusal
from shared.http.phrases import DISCREET, SHAPES, TITLES, title
from shared.language import (
    FOLDER,
    BadCatalogue,
    day,
    language_of,
    languages,
    limit,
    moment,
    number,
    read,
    read_all,
    translate,
    translate_many,
    weekday_limit,
    weekday_moment,
)

AT = datetime(2025, 7, 7, 2, tzinfo=UTC)


def test_a_day_is_number_month_and_year() -> None:
    assert day(date(2025, 8, 7)) == "7 Agustus 2025"
    assert day(datetime(2025, 8, 7, 12, tzinfo=UTC), "en") == "7 August 2025"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2025, 7, 7, 2, tzinfo=UTC), "7 Juli 2025 pukul 09.00 WIB"),
        (datetime(2025, 12, 31, 17, 5, tzinfo=UTC), "1 Januari 2026 pukul 00.05 WIB"),
    ],
)
def test_a_moment_is_jakartas_and_says_so(value: datetime, words: str) -> None:
    assert moment(value) == words


@pytest.mark.parametrize(
    ("utc", "language", "zone", "words"),
    [
        ("2025-07-11T17:00", "id", "Asia/Jakarta", "Jumat, 11 Juli 2025 pukul 24.00 WIB"),
        ("2025-07-11T17:01", "id", "Asia/Jakarta", "Sabtu, 12 Juli 2025 pukul 00.01 WIB"),
        ("2025-12-31T15:00", "id", "Asia/Jayapura", "Rabu, 31 Desember 2025 pukul 24.00 WIT"),
        ("2025-07-11T17:00", "id", "Asia/Makassar", "Sabtu, 12 Juli 2025 pukul 01.00 WITA"),
        ("2025-07-11T17:00", "en", "Asia/Jakarta", "Friday, 11 July 2025 at 24:00 WIB"),
        ("2025-07-11T17:00", "jv", "Asia/Jakarta", "Jumat, 11 Juli 2025 tabuh 24:00 WIB"),
    ],
)
def test_a_limit_is_its_last_moment_and_never_the_next_day(utc: str, language: str, zone: str, words: str) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert weekday_limit(at, language, zone) == words
    assert limit(at, language, zone) == words.split(", ", 1)[1]


DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


def test_every_month_and_every_day_of_the_week_has_its_official_name() -> None:
    for offset in range(366):
        local = date(2024, 1, 1) + timedelta(offset)
        said = weekday_moment(datetime(local.year, local.month, local.day, 3, 7, tzinfo=UTC))
        name = f"{local.day} {MONTHS[local.month - 1]} 2024"
        assert day(local) == name and said == f"{DAYS[local.weekday()]}, {name} pukul 10.07 WIB"


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("id", "Asia/Makassar", "Senin, 7 Juli 2025 pukul 10.00 WITA"),
        ("id", "Asia/Jayapura", "Senin, 7 Juli 2025 pukul 11.00 WIT"),
        ("id", "Asia/Pontianak", "Senin, 7 Juli 2025 pukul 09.00 WIB"),
        ("en", "Asia/Makassar", "Monday, 7 July 2025 at 10:00 WITA"),
        ("jv", "Asia/Jakarta", "Senin, 7 Juli 2025 tabuh 09:00 WIB"),
    ],
)
def test_a_moment_has_the_official_abbreviation_of_its_zone(language: str, zone: str, words: str) -> None:
    assert weekday_moment(AT, language, zone) == words


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [(12_345, "12.345", "12,345"), (2, "2", "2"), (2.0, "2,0", "2.0"), (0.35, "0,3", "0.3"),
     (1_234.56, "1.234,6", "1,234.6"), (None, "tidak ada", "none")],
)  # fmt: skip
def test_a_number_has_the_separators_of_the_language(value: float | None, indonesian: str, english: str) -> None:
    assert (number(value), number(value, "en")) == (indonesian, english)


def test_a_plural_follows_the_language() -> None:
    said = [translate_many("{n} day", "{n} days", n, language) for language in ("en", "id", "jv") for n in (1, 2)]
    assert said == ["1 day", "2 days", "1 hari", "2 hari", "1 dinten", "2 dinten"]


def test_a_sentence_that_is_missing_is_said_in_indonesian_and_an_unknown_one_as_it_stands() -> None:
    assert translate("Belum Terverifikasi", "jv") == "Belum Terverifikasi"
    assert translate("The period ends before it begins.", "jv") == "Akhir periode mendahului awalnya."
    assert translate("Nobody has translated {this}.", "jv", this="it") == "Nobody has translated it."


@pytest.mark.parametrize(
    ("accepted", "language"),
    [(None, "id"), ("jv", "jv"), ("jv-ID,id;q=0.9,en;q=0.8", "jv"), ("jv;q=0.3,en;q=0.4", "en"), ("en,jv", "en"),
     ("jv,en", "jv"), ("jv,id", "id"), ("id;q=0,jv;q=0.1", "jv"), ("jv;q=0", "id"), ("JV", "jv"), ("su,de", "id")],
)  # fmt: skip
def test_the_language_is_chosen_among_those_there_are(accepted: str | None, language: str) -> None:
    assert language_of(accepted) == language


def test_a_language_more_is_a_file_more(tmp_path: Path) -> None:
    for name in ("id.po", "jv.po"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    header = ("Content-Type: text/plain; charset=utf-8", "Plural-Forms: nplurals=2; plural=(n != 1);")
    entries = (
        'msgid ""',
        'msgstr ""',
        *(f'"{line}\\n"' for line in header),
        'msgid "none"',
        'msgstr "geen"',
        'msgid "{n} day"',
        'msgid_plural "{n} days"',
        'msgstr[0] "{n} dag"',
        'msgstr[1] "{n} dagen"',
    )
    (tmp_path / "nl.po").write_text("\n".join(entries), encoding="utf-8")
    found = read_all(tmp_path)
    assert set(found) == {*languages(), "nl"}
    assert found["nl"].gettext("none") == "geen" and found["nl"].ngettext("{n} day", "{n} days", 2) == "{n} dagen"
    assert found["nl"].gettext("Overdue") == "Terlambat"


@pytest.mark.parametrize(("name", "text"), [("id.po", 'msgid "none"\nmsgword "tidak"\n'), ("kaput!.po", "")])
def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadCatalogue, match=name):
        read(tmp_path / name)


def test_a_language_that_babel_does_not_know_has_indonesian_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CLDR has no Madurese; its catalogue is read all the same."""
    (tmp_path / "mad.po").write_text('msgid "none"\nmsgstr "tadha\'"\n', encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUES", {**language.CATALOGUES, "mad": read(tmp_path / "mad.po")})
    assert language.number(None, "mad") == "tadha'"
    assert language.day(date(2025, 7, 7), "mad") == "7 Juli 2025"


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from refusals(narrower)


def house() -> list[type[Refusal]]:
    for package in (services, shared):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                import_module(module.name)
    return [kind for kind in dict.fromkeys(refusals()) if kind.__module__.split(".")[0] in ("services", "shared")]


def test_every_refusal_has_a_sentence_of_its_own_in_indonesian() -> None:
    lacking = [
        kind for kind in house() if not kind.__dict__.get("__doc__") or kind().message("id") == kind().message("en")
    ]
    assert len(house()) > 20 and not lacking


def test_every_title_and_reason_has_words_in_indonesian() -> None:
    texts = [*TITLES.values(), *DISCREET.values(), *SHAPES.values()]
    assert [text for text in texts if translate(text, "id") == text] == []


def test_javanese_has_every_title_and_the_common_refusals() -> None:
    assert [status for status in TITLES if title(status, "jv") in (title(status, "id"), title(status, "en"))] == []
    common = [
        kind
        for kind in house()
        if kind.__module__ in ("shared.errors", "shared.identity.officials", "shared.identity.callers")
    ]
    assert [kind for kind in common if kind().message("jv") in (kind().message("id"), kind().message("en"))] == []
    assert NotFound().message("jv") == "Data boten kapanggih."


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.name)
def test_a_translation_fills_in_no_more_than_its_text_offers(path: Path) -> None:
    with path.open("rb") as source:
        entries = [entry for entry in read_po(source, locale=path.stem) if entry.id]
    for entry in entries:
        texts = entry.string if isinstance(entry.string, tuple | list) else [entry.string]
        ids = entry.id if isinstance(entry.id, tuple | list) else [entry.id]
        assert all(texts) and not entry.fuzzy
        assert all(_fields(text) <= _fields(ids[-1]) for text in texts), entry.id
        assert path.stem in ("id", "en") or translate(ids[0], "id") != ids[0], f"{ids[0]!r} is no text of ours"


def _fields(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}
