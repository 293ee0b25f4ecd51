"""The public keys that verify officials' tokens, and the official whom a token names."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt

from shared.clock import RealClock
from shared.identity.officials import BadToken, Official, WrongRole
from shared.local.tokens import LOCAL_KEY_ID, local_key, public_jwk
from shared.settings.process import Settings
from shared.telemetry import log
from shared.vocabulary import OFFICIAL_ROLES

ALGORITHMS = ("RS256", "EdDSA")
FRESH_SECONDS = 300.0
RETRY_SECONDS = 10.0
MOST_VERIFIED = 10_000


class KeysUnreadable(ConnectionError):
    """The keys that sign officials' tokens cannot be read at present."""


class KeySet:
    """The public keys that verify officials' tokens, from a URL or a file, read again when an unknown key appears.

    While the source does not answer, the keys last read stay in force. A token is verified once for each reading of the
    keys; afterwards only its end is looked at.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._clock = settings, RealClock()  # Tokens live by real time.
        self._keys: dict[str, Any] = {}
        self._verified: dict[str, tuple[Official, float]] = {}  # by token, with the end of its validity
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def verify(self, token: str) -> Official:
        known = self._verified.get(token)
        if known is None or self._age() > FRESH_SECONDS:
            known = await self._verify(token)
        official, expires_at = known
        if expires_at <= self._clock.now().timestamp():
            raise BadToken
        return official

    async def _verify(self, token: str) -> tuple[Official, float]:
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
        if claims["role"] not in OFFICIAL_ROLES:
            raise WrongRole
        agency = claims.get("agency")
        if not isinstance(agency, str | None):
            raise BadToken
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        found = self._verified[token] = Official(claims["sub"], claims["role"], agency), float(claims["exp"])
        return found

    async def _key(self, key_id: str) -> Any:
        if key_id == LOCAL_KEY_ID and self._settings.environment == "production":
            raise KeyError(key_id)
        # A token with a known key does not wait while the set is read.
        if self._is_due(key_id) and not (key_id in self._keys and self._reading.locked()):
            async with self._reading:
                if self._is_due(key_id):
                    await self._refresh()
        return self._keys[key_id]

    def _is_due(self, key_id: str) -> bool:
        # An unknown key may be new; at most one read a second is made for it.
        return self._age() > FRESH_SECONDS or (key_id not in self._keys and self._age() > 1)

    def _age(self) -> float:
        return time.monotonic() - self._read_at

    async def _refresh(self) -> None:
        try:
            self._keys, self._read_at = await self._read(), time.monotonic()
            self._verified.clear()
        except Exception as error:  # a network and a file can fail in many ways
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
            return json.dumps({"keys": [public_jwk(local_key(self._settings))]})
        if not source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(source).read_text)
        async with httpx.AsyncClient(timeout=5) as client:
            return (await client.get(source)).raise_for_status().text
