"""Every door that takes a body shows an example of it in the OpenAPI document, which the door itself would take."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from services.routing.api import acts
from services.routing.domain.substance import gap_in, read_gate
from shared.runtime import ALL
from tests.services import definition

Document = dict[str, Any]


def routes() -> Iterator[APIRoute]:
    for name in ALL:
        for router in definition(name).routers:
            yield from (route for route in router.routes if isinstance(route, APIRoute))


def body_of(route: APIRoute) -> Any:
    """The type of the JSON that a door takes; None if it takes none, or the form of a page."""
    bodies = [field for field in route.dependant.body_params if not isinstance(field.field_info, Form)]
    return bodies[0].field_info.annotation if bodies else None


DOORS = [pytest.param(route, id=f"{route.name} {route.path}") for route in routes() if body_of(route)]


def schema_of(route: APIRoute) -> Document:
    """The schema of the body, as the OpenAPI document gives it."""
    app = FastAPI()
    app.router.routes.append(route)
    document = app.openapi()
    [operation] = document["paths"][route.path_format].values()
    schema: Document = operation["requestBody"]["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


@pytest.mark.parametrize("route", DOORS)
def test_each_door_shows_an_example_that_it_takes(route: APIRoute) -> None:
    examples = schema_of(route).get("examples", [])
    assert examples, f"no example of {body_of(route)}: model_config = example(…) of shared/http/fields.py"
    for shown in examples:
        TypeAdapter(body_of(route)).validate_python(shown)


def test_no_two_doors_show_the_same_example() -> None:
    """An example is true of one act only. An empty body, as an acceptance has, is no example of anything."""
    shown = [(str(each), route.path) for route in routes() if body_of(route) for each in schema_of(route)["examples"]]
    doors = {text: [path for other, path in shown if other == text] for text, _ in shown if text != "{}"}
    assert [paths for paths in doors.values() if len(paths) > 1] == []


def test_no_two_doors_of_a_service_have_the_same_title() -> None:
    for name in ALL:
        doors = [r for router in definition(name).routers for r in router.routes if isinstance(r, APIRoute)]
        titles = [route.summary or route.name for route in doors if route.include_in_schema]
        assert len(titles) == len(set(titles)), sorted(titles)


def test_there_are_doors_of_officials_and_of_reporters() -> None:
    paths = {route.path for route in routes() if body_of(route)}
    assert {"/complaints/{id}/holdings", "/complaints/{reference}/disputes", "/complaints"} <= {
        path.removeprefix("/intake").removeprefix("/routing") for path in paths
    }


@pytest.mark.parametrize("model", [acts.FollowUp, acts.Answer])
def test_the_examples_of_an_agencys_words_have_substance(model: type[BaseModel]) -> None:
    [shown] = model.model_json_schema()["examples"]
    assert gap_in(read_gate(), shown["text"]) is None
