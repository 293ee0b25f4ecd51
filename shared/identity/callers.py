"""Who may call what, declared on each route: the public, a reporter, or an official with a token."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from shared.errors import Unauthenticated
from shared.identity.officials import BadToken, Official, WrongRole
from shared.vocabulary import OFFICIAL_ROLES, OfficialRole

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class MissingPin(Unauthenticated):
    """The PIN given at filing is required in the header Tracking-Pin."""


# Declared as security schemes, so that the OpenAPI document names the credentials of each route.
TOKEN = HTTPBearer(
    scheme_name="official", bearerFormat="JWT", description="An official's token (RS256 or EdDSA).", auto_error=False
)
PIN = APIKeyHeader(
    name="Tracking-Pin", scheme_name="reporter", description="The PIN given at filing.", auto_error=False
)


def public(endpoint: Endpoint) -> Endpoint:
    """Declares an endpoint that anyone may call; a dependency that does nothing would cost each request 10 us."""
    endpoint.who = ("public",)  # type: ignore[attr-defined]
    return endpoint


async def reporter(pin: Annotated[str | None, Depends(PIN)]) -> str:
    """The reporter's PIN; the action checks it against the tracking reference."""
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

    verified.who = roles or OFFICIAL_ROLES  # type: ignore[attr-defined]
    return verified


reporter.who = ("reporter",)  # type: ignore[attr-defined]


def who_may_call(calls: Sequence[Any]) -> tuple[str, ...]:
    """The callers a route declares, found at its endpoint and its dependencies; empty if it declares none."""
    return tuple(caller for call in calls for caller in getattr(call, "who", ()))
