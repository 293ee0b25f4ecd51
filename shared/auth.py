"""Who may call what, declared on each route: the public, a reporter, or an official with a token."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from jwt.algorithms import OKPAlgorithm

from shared.clock import RealClock
from shared.errors import Forbidden, Unauthenticated
from shared.settings import Settings, desk_secret
from shared.telemetry import log

OfficialRole = Literal["admin", "coordinator", "liaison", "leader", "integration", "overseer", "operator"]
ROLES: tuple[str, ...] = get_args(OfficialRole)
ALGORITHMS = ("RS256", "EdDSA")
DESK_KEY_ID = "desk"
FRESH_SECONDS = 300.0
RETRY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Official:
    """The bearer of a valid token: whom it names, in which role, for which agency."""

    subject: str
    role: OfficialRole
    agency: str | None


class BadToken(Unauthenticated):
    """The token is missing, expired or not signed by a key we trust."""


class WrongRole(Forbidden):
    """The token's role does not permit this."""


class MissingPin(Unauthenticated):
    """The PIN given at filing is required in the header Tracking-Pin."""


class KeysUnreadable(ConnectionError):
    """The keys that sign officials' tokens cannot be read at present."""


class KeySet:
    """The public keys that sign officials' tokens, from a URL or a file, read again when an unknown key appears.

    While the source does not answer, the keys last read stay in force.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys: dict[str, Any] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def verify(self, token: str) -> Official:
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._settings.jwt_audience,
                issuer=self._settings.jwt_issuer,
                options={"require": ["exp", "sub", "role"]},
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:  # TypeError: a key of another algorithm
            raise BadToken from error
        if claims["role"] not in ROLES:
            raise WrongRole
        agency = claims.get("agency")
        if not isinstance(agency, str | None):
            raise BadToken
        return Official(claims["sub"], claims["role"], agency)

    async def _key(self, key_id: str) -> Any:
        if key_id == DESK_KEY_ID and self._settings.environment == "production":
            raise KeyError(key_id)
        # Whoever holds a known key need not wait for the one who reads the set.
        if self._is_due(key_id) and not (key_id in self._keys and self._reading.locked()):
            async with self._reading:
                if self._is_due(key_id):
                    await self._refresh()
        return self._keys[key_id]

    def _is_due(self, key_id: str) -> bool:
        age = time.monotonic() - self._read_at
        # An unknown key may be new; but no caller can make us read the set again and again.
        return age > FRESH_SECONDS or (key_id not in self._keys and age > 1)

    async def _refresh(self) -> None:
        try:
            self._keys, self._read_at = await self._read(), time.monotonic()
        except Exception as error:  # every way in which a network or a file can fail
            if not self._keys:
                raise KeysUnreadable(KeysUnreadable.__doc__) from error
            self._read_at = time.monotonic() - FRESH_SECONDS + RETRY_SECONDS
            log.warning("key set not read; the last one stays in force", source=self._settings.jwks, error=repr(error))

    async def _read(self) -> dict[str, Any]:
        keys = jwt.PyJWKSet.from_json(await self._document()).keys
        return {key.key_id: key.key for key in keys if key.key_id}

    async def _document(self) -> str:
        source = self._settings.jwks
        if not source:
            return json.dumps({"keys": [_public_jwk(desk_key(self._settings))]})
        if not source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(source).read_text)
        async with httpx.AsyncClient(timeout=5) as client:
            return (await client.get(source)).raise_for_status().text


# So that each route's OpenAPI says whose credentials it asks for.
TOKEN = HTTPBearer(
    scheme_name="official", bearerFormat="JWT", description="An official's token (RS256 or EdDSA).", auto_error=False
)
PIN = APIKeyHeader(
    name="Tracking-Pin", scheme_name="reporter", description="The PIN given at filing.", auto_error=False
)


async def public() -> None:
    """Anyone may call this."""
    # Async although it awaits nothing: FastAPI sends every other dependency through a thread, on each request.


async def reporter(pin: Annotated[str | None, Depends(PIN)]) -> str:
    """Whoever knows the tracking reference and its PIN; gives the PIN for the action to check."""
    if not pin:
        raise MissingPin
    return pin


def official(*roles: OfficialRole) -> Callable[..., Any]:
    """A dependency that gives the Official of a valid token in one of these roles; in any, if none is named."""

    async def verified(
        request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Depends(TOKEN)]
    ) -> Official:
        if token is None:
            raise BadToken
        found: Official = await request.app.state.keys.verify(token.credentials)
        if roles and found.role not in roles:
            raise WrongRole
        return found

    verified.who = roles or ROLES  # type: ignore[attr-defined]
    return verified


public.who = ("public",)  # type: ignore[attr-defined]
reporter.who = ("reporter",)  # type: ignore[attr-defined]


def desk_key(settings: Settings) -> Ed25519PrivateKey:
    """The key of this desk, made on first use."""
    key = serialization.load_pem_private_key(desk_secret(settings, "token-key.pem", _new_key), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def _new_key() -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return Ed25519PrivateKey.generate().private_bytes(encoding, form, serialization.NoEncryption())


def desk_token(settings: Settings, role: str, agency: str | None, subject: str = "desk", hours: float = 12) -> str:
    """A token signed with the desk's key; production refuses that key."""
    claims: dict[str, Any] = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "sub": subject,
        "role": role,
        "exp": RealClock().now() + timedelta(hours=hours),
    }
    if agency:
        claims["agency"] = agency
    return jwt.encode(claims, desk_key(settings), algorithm="EdDSA", headers={"kid": DESK_KEY_ID})


def _public_jwk(key: Ed25519PrivateKey) -> dict[str, Any]:
    return {**json.loads(OKPAlgorithm.to_jwk(key.public_key())), "kid": DESK_KEY_ID, "alg": "EdDSA", "use": "sig"}


def who_may_call(dependencies: Sequence[Any]) -> tuple[str, ...]:
    """The callers a route declares, found among its dependencies; empty if it declares none."""
    return tuple(caller for dependency in dependencies for caller in getattr(dependency, "who", ()))
