"""Filings: a complaint as a person writes it, its reporter's contact, and the checks before it is filed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import Field, StrictBool

from services.intake.errors import ContactUnreachable, HappenedLater
from shared.addresses import e164
from shared.http.fields import Body, Code, Email, IdempotencyKey, Moment, Phone, Prose, SingleLine, example
from shared.vocabulary import Kind

Channel = Literal["web", "sms", "app", "social", "letter", "partner"]


class NewContact(Body):
    """How the reporter wishes to be reached: at least one of e-mail and telephone."""

    name: Annotated[SingleLine | None, Field(max_length=200)] = None
    email: Email | None = None
    phone: Phone | None = None

    @property
    def reachable(self) -> bool:
        return bool(self.email or self.phone)

    @property
    def phone_e164(self) -> str | None:
        """The number as every service writes it; `phone` stays as it was typed."""
        return e164(self.phone) if self.phone else None


class NewComplaint(Body):
    """A complaint as it is filed; only `text` is required."""

    model_config = example(
        channel="web",
        region="35.78",
        title="Lampu jalan padam",
        text="Lampu jalan di atas Jembatan Merah padam sejak minggu lalu.",
        address="Jembatan Merah",
        contact={"name": "Siti", "email": "siti@warga.example"},
    )

    text: Annotated[Prose, Field(min_length=1, max_length=10_000)]
    title: Annotated[SingleLine, Field(max_length=200)] | None = None
    kind: Kind = "complaint"
    channel: Channel = "web"
    region: Code | None = None
    agency: Code | None = None
    address: Annotated[SingleLine, Field(max_length=2_000)] | None = None
    happened_at: Moment | None = None
    anonymous: StrictBool = False
    confidential: StrictBool = False
    urgent: StrictBool = False
    sensitive: StrictBool = Field(
        False,
        description="About violence, children, threats or corruption: only its reporter and named officials see it.",
    )
    contact: NewContact | None = None


class NumberedComplaint(NewComplaint):
    """One of several complaints filed together, with a key of its own."""

    idempotency_key: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A complaint to be filed, once for its idempotency key."""

    new: NewComplaint
    key: str | None = None


def filing_of(new: NewComplaint, key: str | None, now: datetime, place: str = "") -> Filing:
    """A filing that was checked at this moment; `place` is its path in a list, such as `complaints.3.`.

    Raises HappenedLater or ContactUnreachable with the field.
    """
    if new.happened_at is not None and new.happened_at > now:
        raise HappenedLater(field=f"{place}happened_at")
    if new.contact is not None and not new.contact.reachable:
        raise ContactUnreachable(field=f"{place}contact")
    return Filing(new, key)


def filings_of(complaints: Sequence[NumberedComplaint], caller: str, now: datetime) -> tuple[Filing, ...]:
    """The filings of one caller, whose keys are kept apart from the keys of everyone else.

    Raises HappenedLater or ContactUnreachable with the place in the list.
    """
    return tuple(
        filing_of(new, _key_of(caller, new.idempotency_key), now, f"complaints.{index}.")
        for index, new in enumerate(complaints)
    )


def _key_of(caller: str, key: str | None) -> str | None:
    # No key contains a space, so no key of the public can equal the key of a caller.
    return f"{caller} {key}" if key else None


def narrative_of(new: NewComplaint) -> str:
    """What the reporter wrote, as the JSON document that is sealed."""
    return orjson.dumps(
        {"title": new.title, "text": new.text, "address": new.address, "happened_at": new.happened_at}
    ).decode()


def contact_of(new: NewContact) -> str:
    """How the reporter can be reached, as the JSON document that is sealed."""
    return orjson.dumps({**new.model_dump(), "phone_e164": new.phone_e164}).decode()


def canonical(new: NewComplaint) -> bytes:
    """The same bytes for the same complaint, in any JSON spelling and with any fields that a later release adds."""
    return new.model_dump_json(exclude_defaults=True, exclude={"idempotency_key"}).encode()
