"""What an error says to a person: English here, other languages in the catalogues of shared/language.py."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticKnownError

from shared.http.fields import CODE, IDEMPOTENCY_KEY, NO_PHONE, PHONE
from shared.language import ENGLISH, translate

LONGEST_NAME = 64

TITLES: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "Valid credentials are required.",
    403: "This is not permitted.",
    404: "There is nothing at this address.",
    405: "This method is not available here.",
    409: "The request does not fit the present state.",
    413: "The request body is too large.",
    415: "This content type is not supported.",
    422: "The request is not acceptable.",
    500: "Something failed on our side.",
    503: "The service is disturbed; try again shortly.",
}

# Where pydantic's own words repeat a part of what was sent.
DISCREET: Mapping[str, str] = {
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "Input is of no known kind",
}

# The description of each pattern, for a text that does not fit it.
SHAPES: Mapping[str, str] = {
    CODE: "String should be a code, such as 35.78",
    PHONE: NO_PHONE,
    IDEMPOTENCY_KEY: "String should have 1 to 200 ASCII characters and no space",
}


def title(status: int, language: str) -> str:
    return translate(TITLES.get(status, TITLES[500 if status >= 500 else 422]), language)


def explain(error: Mapping[str, Any], language: str) -> dict[str, str]:
    """One validation error: the field by its path, and what is wrong with it. The refused input is never repeated."""
    error = _of_shape(_of_text(error))
    path = [_readable(str(part)) for part in error["loc"]]
    where, field = path[0], ".".join(path[1:]) or path[0]
    english = DISCREET.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    reason = english if language == ENGLISH else _translated(error, english, language)
    return {"in": where, "field": field, "reason": reason}


def _of_text(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A length limit behind a validator is reported in items, even where what was refused is a text."""
    lengths = {"too_long": ("at most", "max_length"), "too_short": ("at least", "min_length")}
    if error["type"] not in lengths or not isinstance(error.get("input"), str):
        return error
    bound, limit = lengths[error["type"]]
    message = f"String should have {bound} {error['ctx'][limit]} characters"
    return {**error, "type": f"string_{error['type']}", "msg": message}


def _of_shape(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pattern is for machines; where we know what it is the pattern of, that is said instead."""
    shape = SHAPES.get(error["ctx"]["pattern"]) if error["type"] == "string_pattern_mismatch" else None
    return {**error, "type": "shape", "msg": shape} if shape else error


def _readable(name: str) -> str:
    """A field's name as the caller wrote it; one that is no name is cut short."""
    return name[:LONGEST_NAME].encode(errors="replace").decode()


def _translated(error: Mapping[str, Any], english: str, language: str) -> str:
    """The catalogues know pydantic's own errors by their templates, such as `Input should be less than {lt}`."""
    values = dict(error.get("ctx", {}))
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace("' or '", translate("' or '", language))
    template = _template(error) or english
    translated = translate(template, language)
    try:
        return translated.format(**values) if translated != template else english
    except (KeyError, IndexError):
        return english


def _template(error: Mapping[str, Any]) -> str | None:
    if error["type"] in DISCREET or error["type"] == "value_error":
        return None
    try:
        return PydanticKnownError(error["type"], error.get("ctx")).message_template
    except (KeyError, TypeError):  # an error of ours, or one without the values of its template
        return None
