"""The contract: every fact is sent as a CloudEvent, decoded unchanged, and handled or ignored on purpose."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from shared.events import FACTS, TOPICS, Fact, Undecodable, decode, encode, event_of, traceparent
from shared.runtime import ALL
from shared.vocabulary import EventType
from tests.make import filed
from tests.services import MONDAY, definition

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(int, st.integers(-(2**31), 2**31))
st.register_type_strategy(AwareDatetime, MOMENTS)
KINDS = sorted(FACTS.values(), key=lambda kind: kind.__name__)


def facts_of(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    return st.builds(kind, **{name: _values(field.annotation, field.metadata) for name, field in _fields(kind)})


def _fields(kind: type[Fact]) -> Any:
    return kind.model_fields.items()


def _values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    return MOMENTS if annotation is datetime or annotation is AwareDatetime else st.from_type(annotation)


@given(st.sampled_from(KINDS).flatmap(facts_of), MOMENTS)
def test_every_fact_is_decoded_as_it_was_encoded(fact: Fact, moment: datetime) -> None:
    event = event_of(fact, moment)
    assert decode(encode(event)) == event


def unheard_by(name: str) -> Mapping[str, str]:
    """The facts of other services that this one ignores on purpose, each with the reason."""
    found: Mapping[str, str] = import_module(f"services.{name}.handlers").UNHEARD
    return found


@pytest.mark.parametrize("name", ALL)
def test_every_service_handles_the_facts_of_others_or_says_why_not(name: str) -> None:
    others = {event_type for event_type, fact in FACTS.items() if fact.source != name}
    handled = {fact.__name__ for fact in definition(name).handlers}
    unheard = unheard_by(name)
    assert others <= handled | unheard.keys() <= FACTS.keys()
    assert unheard.keys() <= others  # A service's own facts need no entry: their source says it.
    assert not handled & unheard.keys()
    assert all(unheard.values())


def test_the_vocabulary_lists_every_event_type() -> None:
    assert set(EventType) == FACTS.keys()


@given(st.sampled_from(KINDS).flatmap(facts_of))
def test_every_event_is_a_cloudevent(fact: Fact) -> None:
    event = event_of(fact, MONDAY)
    document = orjson.loads(encode(event))
    assert document["specversion"] == "1.0"
    assert UUID(document["id"]).version == 7
    assert document["source"] == f"tanggap/{fact.source}"
    assert document["type"] == type(fact).__name__
    assert document["subject"] == fact.key
    assert datetime.fromisoformat(document["time"]) == MONDAY
    assert document["datacontenttype"] == "application/json"
    version, trace, span, flags = document["traceparent"].split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert int(trace, 16)
    assert int(span, 16)


def test_events_of_one_complaint_are_one_trace() -> None:
    event = event_of(filed(), MONDAY)
    assert traceparent(event.id.hex, event.subject).split("-")[1] == event.fact.complaint_id.hex


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fact_has_one_publisher_and_one_topic(kind: type[Fact]) -> None:
    assert kind.source in {"intake", "routing", "sla", "notify", "audit"}
    assert kind.topic in TOPICS
    assert kind.__doc__


def changed(**changes: Any) -> bytes:
    """A filed complaint as the bus carries it, with changed data or a changed `envelope`."""
    document = orjson.loads(encode(event_of(filed(), MONDAY)))
    envelope = changes.pop("envelope", {})
    document["data"].update(changes)
    document.update(envelope)
    return orjson.dumps({name: value for name, value in document.items() if value is not None})


def test_a_field_missing_in_an_older_release_has_its_default() -> None:
    document = orjson.loads(changed())
    for name in ("region", "agency", "anonymous", "confidential", "reporter_ref"):
        del document["data"][name]
    event = decode(orjson.dumps(document))
    assert event is not None
    assert (event.fact.region, event.fact.anonymous) == (None, False)


def test_unknown_types_are_none_and_unknown_fields_are_ignored() -> None:
    assert decode(changed(envelope={"type": "ComplaintSung"})) is None
    event = decode(changed(mood="angry", envelope={"severity": 3}))
    assert event is not None
    assert not hasattr(event.fact, "mood")


@pytest.mark.parametrize(
    "broken",
    [
        changed(filed_at="2025-07-07T00:00:00"),
        changed(filed_at="soon"),
        changed(kind="song"),
        changed(complaint_id="1"),
        changed(reference=None),
        changed(envelope={"time": "2025-07-07T00:00:00"}),
        changed(envelope={"time": 7}),
        changed(envelope={"id": "x"}),
        changed(envelope={"id": None}),
        changed(envelope={"data": [1]}),
        changed(envelope={"type": ["x"]}),
        b"\x80",
        b"[" * 100_000,
    ],
)
def test_a_document_that_breaks_the_contract_is_undecodable(broken: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(broken)


def test_a_fact_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        filed().reference = "other"
