"""Sealed values open only with their key and subject."""

import os
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.vault import Unopenable, Vault, derive

KEY = bytes(range(32))
VAULT = Vault(KEY)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_sealed_value_opens_for_the_same_subject(words: str, subject: str) -> None:
    sealed = VAULT.seal(words, subject)
    assert VAULT.open(sealed, subject) == words
    assert not words or len(words) < 4 or words not in sealed


def test_sealing_the_same_text_twice_gives_different_values() -> None:
    assert VAULT.seal("x", "s") != VAULT.seal("x", "s")


@pytest.mark.parametrize("words", ["Jalan", "Jalan b", "Jalan be"])
def test_a_changed_sealed_value_does_not_open(words: str) -> None:
    """Even unused bits of its base64 may not change."""
    sealed = VAULT.seal(words, "s")
    for at, change in product(range(len(sealed)), range(1, 128)):
        with pytest.raises(Unopenable):
            VAULT.open(sealed[:at] + chr(ord(sealed[at]) ^ change) + sealed[at + 1 :], "s")


def test_another_subject_and_another_key_do_not_open() -> None:
    sealed = VAULT.seal("x", "s")
    with pytest.raises(Unopenable):
        VAULT.open(sealed, "t")
    with pytest.raises(Unopenable):
        Vault(os.urandom(32)).open(sealed, "s")


def test_parts_of_two_sealed_values_do_not_open_together() -> None:
    one, two = VAULT.seal("x", "s").split("."), VAULT.seal("y", "s").split(".")
    with pytest.raises(Unopenable):
        VAULT.open(".".join((one[0], one[1], two[2])), "s")


@pytest.mark.parametrize("noise", ["", "v1", "v1..", "v2.a.b", "v1.é.b", "a.b.c.d", "v1.AAAA.AAAA", "\x00"])
def test_a_malformed_value_does_not_open(noise: str) -> None:
    with pytest.raises(Unopenable):
        VAULT.open(noise, "s")


def test_a_derived_secret_depends_on_key_and_subject() -> None:
    secrets = {derive(KEY, b"a"), derive(KEY, b"b"), derive(bytes(32), b"a")}
    assert {len(secret) for secret in secrets} == {32}
    assert len(secrets) == 3
    assert derive(KEY, b"a") == derive(KEY, b"a")
