"""The rules of intake, as functions of plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.references import pin_from, reference_from, reference_in, same_pin, spelled
from services.intake.domain.sentences import SENTENCES, UNKNOWN, names_in, sentence
from services.intake.domain.standing import (
    ANSWERED,
    AWAITING,
    IN_PROGRESS,
    LABELS,
    UNVERIFIED,
    Standing,
    standing_after,
)
from services.intake.handlers import HANDLERS
from shared.events import COMPLAINTS, FACTS
from tests.intake.make import KOMINFO, ROADS

FORWARDED = {"agency": ROADS.model_dump(), "transfers": 0}


def test_bytes_are_spelled_in_crockfords_base32() -> None:
    assert spelled(bytes(5), 8) == "00000000"
    assert spelled(b"\xff" * 5, 8) == "ZZZZZZZZ"
    assert spelled(bytes([0, 0b01000000]), 2) == "01"
    assert spelled(b"\x08\x42\x10\x84\x21", 8) == "11111111"


def test_too_few_bytes_for_the_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        spelled(b"12", 4)


@given(st.binary(min_size=7, max_size=16))
def test_a_reference_is_understood_however_it_is_typed(raw: bytes) -> None:
    reference = reference_from(raw)
    assert len(reference) == len("TG-XXXXX-XXXXX")
    for typed in (reference, reference.lower(), reference.replace("-", " "), reference.replace("-", "")):
        assert reference_in(typed) == reference
    assert reference_in(reference.replace("1", "l").replace("0", "o")) == reference


@pytest.mark.parametrize(
    "typed", ["", "TG", "TG-ABCDE-FGHJ", "TG-ABCDE-FGHJKM", "TG-ABCDE-FGHJU", "TG\x00", "\u0422G-00000-00000"]
)
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    assert reference_in(typed) is None


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_reference_or_pin(typed: str) -> None:
    reference_in(typed)
    assert not same_pin(typed + "x", "23456789")


def test_a_pin_is_eight_characters_and_may_be_typed_in_lower_case() -> None:
    pin = pin_from(b"\x08\x42\x10\x84\x21" + bytes(27))
    assert pin == "11111111"
    assert same_pin("1111-llii", pin)
    assert not same_pin("11111112", pin)


@pytest.mark.parametrize(
    ("kind", "details", "label"),
    [
        ("ComplaintFiled", {}, UNVERIFIED),
        ("ComplaintRouted", {"agency": ROADS.model_dump()}, UNVERIFIED),
        ("ComplaintVerified", {"classification": "complaint"}, UNVERIFIED),
        ("ComplaintForwarded", FORWARDED, AWAITING),
        ("FollowUpRecorded", {"agency": "x"}, IN_PROGRESS),
        ("ComplaintAnswered", {"agency": "x"}, ANSWERED),
        ("SomethingOfALaterRelease", {}, UNVERIFIED),
    ],
)
def test_an_event_gives_the_official_label(kind: str, details: dict[str, object], label: str) -> None:
    assert standing_after(Standing(), kind, details).label == label
    assert label in LABELS


def test_the_holder_is_whom_it_was_forwarded_to_last() -> None:
    standing = standing_after(Standing(), "ComplaintRouted", {"agency": KOMINFO.model_dump()})
    assert standing.agency_name == KOMINFO.name
    assert standing_after(standing, "ComplaintForwarded", FORWARDED).agency_name == ROADS.name


def test_a_routing_that_comes_after_the_act_it_led_to_names_no_holder() -> None:
    held = standing_after(Standing(), "ComplaintForwarded", FORWARDED)
    assert standing_after(held, "ComplaintRouted", {"agency": KOMINFO.model_dump()}) == held


@pytest.mark.parametrize(
    ("clock", "act", "still"),
    [
        ("verification", "ComplaintForwarded", False),
        ("follow_up", "ComplaintForwarded", False),
        ("resolution", "ComplaintForwarded", True),
        ("follow_up", "FollowUpRecorded", False),
        ("resolution", "FollowUpRecorded", True),
        ("resolution", "ComplaintAnswered", False),
    ],
)
def test_a_missed_limit_stays_overdue_until_the_act_that_stops_its_clock(clock: str, act: str, still: bool) -> None:
    label = {"verification": UNVERIFIED, "follow_up": AWAITING}.get(clock, IN_PROGRESS)
    late = standing_after(Standing(label), "DeadlineMissed", {"clock": clock, "cycle": 1})
    assert late.overdue
    assert standing_after(late, act, FORWARDED).overdue is still


@pytest.mark.parametrize(
    ("clock", "label"), [("verification", AWAITING), ("follow_up", IN_PROGRESS), ("resolution", ANSWERED)]
)
def test_a_limit_missed_while_the_act_it_waited_for_was_on_its_way_is_not_overdue(clock: str, label: str) -> None:
    assert not standing_after(Standing(label), "DeadlineMissed", {"clock": clock, "cycle": 1}).overdue


def test_a_limit_missed_before_it_was_passed_on_is_not_the_new_holders_even_if_it_has_come_back() -> None:
    returned = Standing()
    for transfers, agency in enumerate((ROADS, KOMINFO, ROADS)):
        details = {"agency": agency.model_dump(), "transfers": transfers}
        returned = standing_after(returned, "ComplaintForwarded", details)
    for cycle, clock, overdue in ((1, "follow_up", False), (2, "follow_up", False), (3, "follow_up", True)):
        assert standing_after(returned, "DeadlineMissed", {"clock": clock, "cycle": cycle}).overdue is overdue
    assert standing_after(returned, "DeadlineMissed", {"clock": "resolution", "cycle": 1}).overdue


def test_the_step_never_goes_down() -> None:
    high = standing_after(Standing(), "ComplaintEscalated", {"step": 3})
    assert standing_after(high, "ComplaintEscalated", {"step": 1}).step == 3


def test_every_event_of_a_complaint_is_heard_and_has_a_sentence() -> None:
    kinds = {fact for fact in FACTS.values() if fact.topic == COMPLAINTS and fact.__module__ == "shared.events"}
    assert set(HANDLERS) == kinds
    assert set(SENTENCES) == {kind.__name__ for kind in kinds}


def test_a_sentence_names_the_agency_that_an_earlier_event_introduced() -> None:
    names = names_in([FORWARDED, {"clock": "follow_up", "agency": ROADS.code}])
    assert sentence("DeadlineMissed", {"clock": "follow_up", "agency": ROADS.code}, names) == (
        f"Batas waktu tindak lanjut pertama terlewati oleh {ROADS.name}."
    )


def test_a_sentence_falls_back_to_the_code_and_an_unknown_event_to_a_plain_one() -> None:
    assert sentence("FollowUpRecorded", {"agency": "35"}, {}).startswith("35 ")
    assert sentence("SomethingOfALaterRelease", {}, {}) == UNKNOWN
