"""Sealed values: envelope encryption with a key of its own for each record.

A sealed value is `v1.<wrapped key>.<ciphertext>` (base64): AES-256-GCM under a fresh key, and that key wrapped
(AES-256-GCM) under the vault's master key. Destroying a record's wrapped key destroys the record.
"""

import binascii
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Unopenable(ValueError):
    """This value was not sealed with this vault's key for this subject."""


class Vault:
    """Seals and opens short texts under one master key of 32 bytes."""

    def __init__(self, master_key: bytes) -> None:
        self._master = AESGCM(master_key)

    def seal(self, text: str, subject: str) -> str:
        fresh, about = os.urandom(KEY_BYTES + 2 * NONCE_BYTES), subject.encode()
        key, nonces = fresh[:KEY_BYTES], fresh[KEY_BYTES:]
        wrapped = _encrypt(self._master, nonces[:NONCE_BYTES], key, about)
        return f"v1.{_base64(wrapped)}.{_base64(_encrypt(AESGCM(key), nonces[NONCE_BYTES:], text.encode(), about))}"

    def open(self, sealed: str, subject: str) -> str:
        try:
            version, wrapped, cipher = sealed.split(".")
            if version != "v1":
                raise Unopenable(Unopenable.__doc__)
            key = _decrypt(self._master, wrapped, subject)
            return _decrypt(AESGCM(key), cipher, subject).decode()
        except (InvalidTag, ValueError) as error:
            raise Unopenable(Unopenable.__doc__) from error


def derive(master_key: bytes, subject: bytes) -> bytes:
    """A secret of 32 bytes that only the holder of the key can compute for the subject."""
    return hmac.digest(master_key, subject, "sha256")


def _encrypt(cipher: AESGCM, nonce: bytes, plain: bytes, about: bytes) -> bytes:
    return nonce + cipher.encrypt(nonce, plain, about)


def _decrypt(cipher: AESGCM, sealed: str, subject: str) -> bytes:
    raw = binascii.a2b_base64(sealed)
    if _base64(raw) != sealed:  # The last character has unused bits; they must be the same too.
        raise InvalidTag
    return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], subject.encode())


def _base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()
