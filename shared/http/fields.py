"""Types of request fields: text without control characters, days and moments as ISO 8601 writes them."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared import addresses, vocabulary

# Line breaks and tabs belong to prose. Texts that were once decoded wrongly hold C1 controls, and pasted messages hold
# direction marks: refusing those would turn real citizens away, so only single lines refuse them.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BREAKS = re.compile("[\t\r\n\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
CODE = rf"^{vocabulary.CODE}$"
# The characters alone; which number they make is for shared/addresses.py to say.
PHONE = r"^[+0-9 ()./-]+$"
NO_EMAIL, NO_PHONE = "String should be an e-mail address", "String should be a telephone number"
IDEMPOTENCY_KEY = r"^[!-~]{1,200}$"
ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _prose(value: str) -> str:
    if CONTROLS.search(value):
        raise PydanticCustomError("control_characters", "contains control characters")
    return value


def _single_line(value: str) -> str:
    if BREAKS.search(value):
        raise PydanticCustomError("line_breaks", "must be one line")
    return _prose(value)


# A bare number would be read as seconds since 1970, which its sender hardly meant.
def _iso_moment(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and ISO_DAY.match(value)):
        return value
    raise PydanticCustomError("iso_moment", "must be an ISO 8601 time, such as 2025-07-07T08:59:00+07:00")


def _iso_day(value: object) -> object:
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        return value
    raise PydanticCustomError("iso_day", "must be an ISO 8601 date, such as 2025-07-07")


def _email(value: str) -> str:
    try:
        return addresses.email(value)
    except addresses.BadAddress:
        raise PydanticCustomError("email", NO_EMAIL) from None


def _phone(value: str) -> str:
    """The number as it was typed; `addresses.e164` gives the same for everyone who writes it."""
    try:
        addresses.e164(value)
    except addresses.BadAddress:
        raise PydanticCustomError("phone", NO_PHONE) from None
    return value


def _within_reason(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise PydanticCustomError("absurd_moment", "must lie between the years 2000 and 2100")
    return value.astimezone(UTC)


Prose = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_prose)]
SingleLine = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_single_line)]
Code = Annotated[str, StringConstraints(pattern=CODE)]
Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}),
]
Phone = Annotated[
    str,
    StringConstraints(pattern=PHONE, max_length=40),
    AfterValidator(_phone),
    Field(examples=["0812-3456-7890", "+6281234567890"]),
]
IdempotencyKey = Annotated[str, StringConstraints(pattern=IDEMPOTENCY_KEY)]
Day = Annotated[date, BeforeValidator(_iso_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_iso_moment), AfterValidator(_within_reason)]


class Body(BaseModel):
    """A request body: an unknown field is an error, and no type is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def example(**values: Any) -> ConfigDict:
    """The configuration of a body whose example in the OpenAPI document has these values."""
    return ConfigDict(json_schema_extra={"examples": [values]})
