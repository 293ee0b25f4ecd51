"""No language lacks a sentence that a reporter meets: refusals, pages, and what is wrong with a field."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel, ValidationError

from services.intake import errors
from services.intake.actions import filings, ratings, replies, reporters
from services.notify.errors import BadLink
from shared.errors import Refusal
from shared.http.phrases import TITLES, explain
from shared.language import ENGLISH, FOLDER, INDONESIAN, languages

ROOT = Path(__file__).parents[1]
# English is what the texts themselves are written in.
OTHERS = sorted({*languages()} - {ENGLISH})
SAID = re.compile(r'_(?:many)?\("([^"]+)"')
MODELS: tuple[type[BaseModel], ...] = (
    filings.NewComplaint,
    filings.NewContact,
    ratings.NewRating,
    replies.NewReply,
    reporters.NewWithdrawal,
    reporters.NewCompletion,
    reporters.NewReason,
)
NONSENSE = (
    None,
    "",
    "x" * 20_000,
    "a\x00b",
    "a\nb",
    "?",
    1.5,
    -1,
    99,
    [],
    {},
    {"x": 1},
    "2025-13-01",
    "1999-01-01T00:00Z",
)


def catalogue(language: str) -> set[str]:
    with (FOLDER / f"{language}.po").open("rb") as source:
        entries = [entry.id for entry in read_po(source, locale=language) if entry.id]
    return {entry if isinstance(entry, str) else entry[0] for entry in entries}


def sentences() -> Iterator[str]:
    """The titles, the refusals of the reporter's doors, and the texts of all pages."""
    yield from TITLES.values()
    found = (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal))
    yield from (kind.__doc__ or "" for kind in (*found, BadLink) if kind.__module__.startswith("services"))
    for folder in ("services/*/templates", "shared/http/templates"):
        for page in ROOT.glob(f"{folder}/*.html"):
            yield from SAID.findall(page.read_text())


def reasons(language: str) -> Iterator[tuple[str, str]]:
    """What is wrong with each field of the reporter's bodies, in English and in a language."""
    for model in MODELS:
        for name in model.model_fields:
            for value in NONSENSE:
                try:
                    model.model_validate({name: value})
                except ValidationError as refused:
                    for error in refused.errors():
                        shown = {**error, "loc": ("body", *error["loc"])}
                        yield explain(shown, ENGLISH)["reason"], explain(shown, language)["reason"]


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_lacks_a_sentence_of_a_reporters_page_or_door(language: str) -> None:
    assert len({*sentences()}) > 20
    assert {*sentences()} - catalogue(language) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_lacks_a_reason_for_which_a_reporters_field_is_refused(language: str) -> None:
    found = {*reasons(language)}
    indonesian = {english: said for english, said in reasons(INDONESIAN)}
    assert len(found) > 12
    assert [english for english, said in found if said == english] == []
    assert [english for english, said in found if language != INDONESIAN and said == indonesian[english]] == []
