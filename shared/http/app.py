"""The app that serves the doors of any set of services."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from shared.db.outages import DRIVER_ERRORS
from shared.errors import Refusal
from shared.http import home, parked
from shared.http.limits import MOST_FIELDS, Requests
from shared.http.openapi import refusal, with_refusals
from shared.http.pages import officials_are_examples
from shared.http.problems import on_failure, on_http_error, on_invalid_input, on_refusal
from shared.service import RunningService


def running_service(name: str) -> Callable[[HTTPConnection], Awaitable[RunningService[Any]]]:
    """A dependency that gives a router its own service."""

    async def service(connection: HTTPConnection) -> RunningService[Any]:
        found: RunningService[Any] = connection.app.state.services[name]
        return found

    return service


class App(FastAPI):
    """An app whose OpenAPI document says how it refuses, and whose pages say whether its officials are examples."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        officials_are_examples.set(self.state.officials_are_examples)
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        return with_refusals(super().openapi())

    def build_middleware_stack(self) -> Any:
        """Our layer stands outside FastAPI's own, whose refusal of a large body is plain text."""
        return Requests(super().build_middleware_stack())


def create_app(services: Sequence[RunningService[Any]], keys: Any, body_limit: int) -> FastAPI:
    app = App(
        title="Tanggap",
        version="0.1.0",
        description="Complaint handling for tiered governments.",
        responses={"default": refusal("Every other refusal.")},
        form_limits={"max_files": 0, "max_fields": MOST_FIELDS},
        # Our own metrics stand in shared/telemetry.py; to ask at each request whether anyone wants others costs 6 us.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = {service.name: service for service in services}
    app.state.keys = keys
    # In production a seat with the address of an example is vacant.
    app.state.officials_are_examples = any(service.settings.environment == "local" for service in services)
    for service in services:
        for router in (*service.definition.routers, parked.router(service)):
            # A limit of the app's own would stand twice more around each route.
            app.include_router(router, prefix=f"/{service.name}", tags=[service.name], max_body_size=body_limit)
    app.include_router(home.router(services))
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid_input)
    app.add_exception_handler(HTTPException, on_http_error)
    # Starlette raises again what only the handler of `Exception` catches, so expected errors are named.
    named = (OSError, SQLAlchemyError, *DRIVER_ERRORS, RecursionError, json.JSONDecodeError, UnicodeError)
    for kind in (*named, Exception):
        app.add_exception_handler(kind, on_failure)
    return app
