"""One rule for e-mail addresses and one for telephone numbers, wherever they are typed."""

import string
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shared.addresses import BadAddress, e164, email, is_reserved
from shared.http.fields import Body, Email, Phone
from shared.http.phrases import explain


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("penghubung.pu@35-78.go.example", "penghubung.pu@35-78.go.example"),
        ("o'neil+lapor@x1.id", "o'neil+lapor@x1.id"),
        ("Sri@Contoh.CO.ID", "Sri@contoh.co.id"),
        ("sri@xn--bcher-kva.example", "sri@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_its_domain_in_lower_case(typed: str, written: str) -> None:
    assert email(typed) == written


@pytest.mark.parametrize(
    "typed",
    [
        "", "sri", "sri@", "@contoh.id", "sri@localhost", "sri@contoh.test", "sri@192.168.1.1", "sri@[192.168.1.1]",
        "a..b@contoh.id", ".a@contoh.id", "a.@contoh.id", "sri@-contoh.id", "sri@con_toh.id", '"a b"@contoh.id',
        "sri@contoh.id\n", "sri@contoh.id\r\nBcc: budi@contoh.id", "sri@contoh.id>", "Sri <sri@contoh.id>",
        "sri,budi@contoh.id", "sri@bücher.example", "srí@contoh.id", "a" * 65 + "@contoh.id",
        "a@" + ".".join(["b" * 60] * 4) + ".surabaya.go.id",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        email(typed)


HARMLESS = set(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~.@")


@given(st.one_of(st.text(max_size=20), st.emails(), st.builds("{}@{}.id".format, st.text(), st.text())))
@example("sri@contoh.id\n")
@example("sri@contoh.id\x00")
def test_nothing_in_an_address_can_end_a_header_or_a_command(typed: str) -> None:
    with suppress(BadAddress):
        written = email(typed)
        assert set(typed) | set(written) <= HARMLESS and len(written) <= 254 and email(written) == written


SRI = "+6281234567890"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("0812-3456-7890", SRI), ("+62 812 3456 7890", SRI), ("6281234567890", SRI), ("0062 812-3456-7890", SRI),
        ("(0812) 3456.7890", SRI), ("+62 (0)812 3456 7890", SRI), ("  081234567890 ", SRI),
        ("031 531-2144", "+62315312144"), ("(031) 5312144", "+62315312144"), ("1500123", "+621500123"),
        ("+1 202 555 0123", "+12025550123"), ("+60 12-345 6789", "+60123456789"),
    ],
)  # fmt: skip
def test_a_number_has_one_form_however_it_is_typed(typed: str, written: str) -> None:
    assert e164(typed) == written
    assert e164(written) == written


def test_a_number_without_a_country_is_one_of_the_region() -> None:
    assert e164("012-345 6789", "MY") == "+60123456789"


@pytest.mark.parametrize(
    "typed",
    ["", "+", "12", "112", "110", "14000", "+62", "+999 12345678", "+62abc1234567", "0800-LAPORAN",
     "081234567890 ext 5", "081234567890;ext=5", "tel:+6281234567890", "0812\n34567890", "٠٨١٢٣٤٥٦٧٨٩٠", "+" * 40,
     "08" + "1" * 30, "08123456789012345"],
)  # fmt: skip
def test_what_reaches_nobody_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        e164(typed)


@given(st.text(max_size=40) | st.text("+0123456789 ()./-", max_size=40))
def test_no_text_breaks_the_reading_of_a_number(typed: str) -> None:
    with suppress(BadAddress):
        assert e164(e164(typed)) == e164(typed)


class Reached(Body):
    email: Email | None = None
    phone: Phone | None = None


def test_a_field_keeps_the_number_as_typed_and_the_address_as_it_is_written_to() -> None:
    reached = Reached(email="Sri@Contoh.ID", phone="0812-3456-7890")
    assert (reached.email, reached.phone) == ("Sri@contoh.id", "0812-3456-7890")


def test_the_document_tells_what_such_fields_are() -> None:
    email, phone = TypeAdapter(Email).json_schema(), TypeAdapter(Phone).json_schema()
    assert email == {"type": "string", "format": "email", "maxLength": 254}
    assert phone["maxLength"] == 40 and phone["pattern"] and SRI in phone["examples"]


@pytest.mark.parametrize(
    ("fields", "indonesian", "english"),
    [
        ({"email": "a b"}, "bukan alamat surel yang sah", "String should be an e-mail address"),
        ({"phone": "a b"}, "bukan nomor telepon yang sah", "String should be a telephone number"),
        ({"phone": "112"}, "bukan nomor telepon yang sah", "String should be a telephone number"),
        ({"phone": "1" * 41}, "paling banyak 40 karakter", "String should have at most 40 characters"),
    ],
)
def test_a_refusal_says_what_it_should_be(fields: dict[str, str], indonesian: str, english: str) -> None:
    with pytest.raises(ValueError) as refused:
        Reached.model_validate(fields)
    [error] = refused.value.errors()  # type: ignore[attr-defined]
    assert explain(error | {"loc": ("body", *error["loc"])}, "id")["reason"] == indonesian
    assert explain(error | {"loc": ("body", *error["loc"])}, "en")["reason"] == english


@pytest.mark.parametrize(
    ("address", "reserved"),
    [
        ("pimpinan@35-78.go.example", True), ("a@EXAMPLE", True), ("a@b.test", True), ("a@invalid", True),
        ("a@x.localhost", True), ("a@example.com", True), ("a@mail.example.net", True), ("a@example.org.", True),
        ("a@surabaya.go.id", False), ("example@surabaya.go.id", False), ("a@myexample.com", False),
        ("a@example.co.id", False), ("a@contest", False), ("a@example.go.id", False),
    ],
)  # fmt: skip
def test_an_address_under_a_reserved_name_is_known(address: str, reserved: bool) -> None:
    assert is_reserved(address) == reserved
