"""References and PINs: spelling, reading and comparing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.references import pin_from, reference_from, reference_in, same_pin, spelled


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
def test_a_text_that_cannot_be_a_reference_is_none(typed: str) -> None:
    assert reference_in(typed) is None


@given(st.text(max_size=30))
def test_any_text_can_be_read_as_a_reference_or_pin(typed: str) -> None:
    reference_in(typed)
    assert not same_pin(typed + "x", "23456789")


def test_a_pin_is_eight_characters_and_may_be_typed_in_lower_case() -> None:
    pin = pin_from(b"\x08\x42\x10\x84\x21" + bytes(27))
    assert pin == "11111111"
    assert same_pin("1111-llii", pin)
    assert not same_pin("11111112", pin)
