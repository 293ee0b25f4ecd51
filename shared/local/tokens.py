"""Tokens signed with a key that a local installation makes for itself; production refuses that key."""

import json
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from shared.clock import RealClock
from shared.settings.process import Settings
from shared.settings.secrets import local_secret

LOCAL_KEY_ID = "local"


def local_key(settings: Settings) -> Ed25519PrivateKey:
    """The key of this installation, made on first use."""
    key = serialization.load_pem_private_key(local_secret(settings, "token-key.pem", _new_key), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def _new_key() -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return Ed25519PrivateKey.generate().private_bytes(encoding, form, serialization.NoEncryption())


def local_token(settings: Settings, role: str, agency: str | None, subject: str = "local", hours: float = 12) -> str:
    """A token signed with the local key; production refuses that key."""
    claims: dict[str, Any] = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "sub": subject,
        "role": role,
        "exp": RealClock().now() + timedelta(hours=hours),
    }
    if agency:
        claims["agency"] = agency
    return jwt.encode(claims, local_key(settings), algorithm="EdDSA", headers={"kid": LOCAL_KEY_ID})


def public_jwk(key: Ed25519PrivateKey) -> dict[str, Any]:
    """The public half of a key, as a key set has it."""
    return {**json.loads(OKPAlgorithm.to_jwk(key.public_key())), "kid": LOCAL_KEY_ID, "alg": "EdDSA", "use": "sig"}
