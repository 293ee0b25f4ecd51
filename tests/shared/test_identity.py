"""Tokens: a valid one is signed by a key of the set, not expired, for our audience and with a known role."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from fastapi.routing import APIRoute
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from services.settings import Settings
from shared.bus.memory import MemoryBus
from shared.clock import ManualClock
from shared.db.outages import is_outage
from shared.identity.callers import who_may_call
from shared.identity.keys import FRESH_SECONDS, KeySet, KeysUnreadable
from shared.identity.officials import BadToken, WrongRole
from shared.local.tokens import local_key, local_token, public_jwk
from tests.services import definition

RSA = generate_private_key(65537, 2048)
ED = Ed25519PrivateKey.generate()
CLAIMS = {"iss": "tanggap", "aud": "tanggap", "sub": "siti", "role": "coordinator", "agency": "35.78"}


def jwks(**keys: Any) -> str:
    def jwk(key: Any) -> dict[str, Any]:
        algorithm = RSAAlgorithm if isinstance(key, RSAPrivateKey) else OKPAlgorithm
        return dict(json.loads(algorithm.to_jwk(key.public_key())))

    return json.dumps({"keys": [{**jwk(key), "kid": kid} for kid, key in keys.items()]})


def token(key: Any = ED, kid: str | None = "ed", algorithm: str = "EdDSA", **changes: Any) -> str:
    claims = {**CLAIMS, "exp": time.time() + 600, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def keys(tmp_path: Path) -> KeySet:
    """A key set in a file, with one key of each kind."""
    (tmp_path / "jwks.json").write_text(jwks(rsa=RSA, ed=ED))
    return KeySet(Settings(jwks=str(tmp_path / "jwks.json")))


async def test_tokens_of_both_algorithms_identify_the_official(keys: KeySet) -> None:
    for signed in (token(), token(RSA, "rsa", "RS256")):
        who = await keys.verify(signed)
        assert (who.subject, who.role, who.agency) == ("siti", "coordinator", "35.78")
    assert (await keys.verify(token(agency=None))).agency is None


def unsigned() -> str:
    return jwt.encode({**CLAIMS, "exp": time.time() + 600}, None, "none", headers={"kid": "ed"})


def hs256_with_the_public_key() -> str:
    pem = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    import base64
    import hmac

    def part(content: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "kid": "rsa"}) + b"." + part({**CLAIMS, "exp": time.time() + 600})
    mac = base64.urlsafe_b64encode(hmac.digest(pem, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + mac).decode()


async def test_a_token_that_was_verified_ends_at_its_end(keys: KeySet, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = token(exp=int(time.time()) + 600)
    first = await keys.verify(signed)
    monkeypatch.setattr(jwt, "decode", None)  # It is not verified again,
    assert await keys.verify(signed) == first
    monkeypatch.setattr(keys, "_clock", ManualClock(datetime.now(UTC) + timedelta(seconds=601)))
    with pytest.raises(BadToken):  # and nobody may use it for ever.
        await keys.verify(signed)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda: token(kid="other"), id="unknown key"),
        pytest.param(lambda: token(kid=None), id="no key id"),
        pytest.param(lambda: token(Ed25519PrivateKey.generate()), id="signed by another key"),
        pytest.param(lambda: token(exp=time.time() - 1), id="expired"),
        pytest.param(lambda: token(exp=None), id="no expiry"),
        pytest.param(lambda: token(aud="elsewhere"), id="wrong audience"),
        pytest.param(lambda: token(iss="elsewhere"), id="wrong issuer"),
        pytest.param(lambda: token(sub=None), id="no subject"),
        pytest.param(lambda: token(role=None), id="no role"),
        pytest.param(lambda: token(nbf=time.time() + 600), id="not yet"),
        pytest.param(lambda: token(agency=["35.78"]), id="agency is not a text"),
        pytest.param(unsigned, id="alg none"),
        pytest.param(hs256_with_the_public_key, id="HS256 with the public key"),
        pytest.param(lambda: token(RSA, "ed", "RS256"), id="a key of another algorithm"),
        pytest.param(lambda: token(ED, "rsa", "EdDSA"), id="a key of the other algorithm"),
        pytest.param(lambda: token()[:-4] + "AAAA", id="altered"),
        pytest.param(lambda: "", id="empty"),
        pytest.param(lambda: "a.b.c", id="nonsense"),
        pytest.param(lambda: "é\x00" * 100, id="random bytes"),
    ],
)
async def test_an_invalid_token_is_refused(keys: KeySet, bad: Any) -> None:
    with pytest.raises(BadToken):
        await keys.verify(bad())


@pytest.mark.parametrize("role", ["king", "", 7, ["admin"]])
async def test_an_unknown_role_is_refused(keys: KeySet, role: Any) -> None:
    with pytest.raises(WrongRole):
        await keys.verify(token(role=role))


async def test_the_local_key_is_valid_locally_and_never_in_production(tmp_path: Path) -> None:
    local = Settings(data_dir=tmp_path)
    signed = local_token(local, "admin", None)
    assert (await KeySet(local).verify(signed)).role == "admin"
    copied = tmp_path / "jwks.json"
    copied.write_text(json.dumps({"keys": [public_jwk(local_key(local))]}))
    production = Settings.model_construct(**{**local.model_dump(), "environment": "production", "jwks": str(copied)})
    with pytest.raises(BadToken):
        await KeySet(production).verify(signed)


class KeyServer:
    """A small web server that serves a key set and counts its requests."""

    def __init__(self) -> None:
        self.document, self.requests, self.status = jwks(ed=ED), 0, "200 OK"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        body = self.document.encode()
        head = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def key_server() -> AsyncIterator[tuple[KeyServer, KeySet]]:
    source = KeyServer()
    async with await asyncio.start_server(source.answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield source, KeySet(Settings(jwks=f"http://127.0.0.1:{port}/jwks"))


async def test_concurrent_requests_fetch_the_key_set_once() -> None:
    async with key_server() as (source, keys):
        await asyncio.gather(*(keys.verify(token()) for _ in range(50)))
        assert source.requests == 1


async def test_a_new_key_is_fetched_and_unknown_keys_cause_no_repeated_fetches() -> None:
    async with key_server() as (source, keys):
        await keys.verify(token())
        source.document = jwks(ed=ED, rsa=RSA)
        for _ in range(20):
            with pytest.raises(BadToken):
                await keys.verify(token(kid="other"))
        assert source.requests == 1
        keys._read_at -= 2
        assert (await keys.verify(token(RSA, "rsa", "RS256"))).subject == "siti"
        assert source.requests == 2


async def test_a_removed_key_is_refused_after_the_next_fetch() -> None:
    async with key_server() as (source, keys):
        await keys.verify(token())
        source.document = jwks(rsa=RSA)
        keys._read_at -= FRESH_SECONDS + 1
        with pytest.raises(BadToken):
            await keys.verify(token())


@pytest.mark.parametrize("trouble", ["500 Internal Server Error", "200 OK"])
async def test_the_last_keys_stay_valid_while_the_source_fails(trouble: str) -> None:
    async with key_server() as (source, keys):
        await keys.verify(token())
        source.status, source.document = trouble, "<html>"
        keys._read_at -= FRESH_SECONDS + 1
        for _ in range(5):
            assert (await keys.verify(token())).subject == "siti"
        assert source.requests == 2


async def test_a_failing_source_without_known_keys_is_an_outage() -> None:
    for settings in (Settings(jwks="http://127.0.0.1:1/jwks"), Settings.model_construct(jwks="/nowhere.json")):
        with pytest.raises(KeysUnreadable) as caught:
            await KeySet(settings).verify(token())
        assert is_outage(caught.value)


def routes_of(name: str) -> list[APIRoute]:
    return [route for router in definition(name).routers for route in router.routes if isinstance(route, APIRoute)]


def callers(route: APIRoute) -> tuple[str, ...]:
    def calls(dependant: Any) -> list[Any]:
        return [dependant.call, *(call for inner in dependant.dependencies for call in calls(inner))]

    return who_may_call(calls(route.dependant))


@pytest.mark.parametrize("name", ["intake", "routing", "sla", "notify"])
def test_every_route_declares_its_callers(name: str) -> None:
    assert [f"{route.methods} {route.path}" for route in routes_of(name) if not callers(route)] == []


def test_health_routes_are_public() -> None:
    from shared import health

    routes = [route for route in health.router([], [], MemoryBus(), 1.0).routes if isinstance(route, APIRoute)]
    assert len(routes) == 3
    assert all(callers(route) == ("public",) for route in routes)


def test_a_route_without_declared_callers_is_detected() -> None:
    from fastapi import APIRouter

    router = APIRouter()

    @router.get("/open")
    async def forgotten() -> None: ...

    [route] = [route for route in router.routes if isinstance(route, APIRoute)]
    assert callers(route) == ()
