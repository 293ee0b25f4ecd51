"""The OpenAPI document describes every refusal and every credential."""

import httpx

from shared import health
from shared.bus.memory import MemoryBus
from shared.http.app import create_app


async def test_the_openapi_document_has_problem_details_for_every_refusal_and_names_the_credentials(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    operations = {path: one for path, methods in document["paths"].items() for one in methods.values()}
    for operation in operations.values():
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"default", "400", "503"} <= refusals.keys()
        assert {kind for answer in refusals.values() for kind in answer["content"]} == {"application/problem+json"}
    credentials = {path: one["security"] for path, one in operations.items() if "security" in one}
    official = [{"official": []}]
    assert credentials == {"/toy/pins": [{"reporter": []}], "/toy/officials": official, "/toy/parked": official}
    assert [name for name, scheme in document["components"]["securitySchemes"].items() if scheme["type"] == "http"] == [
        "official"
    ]


def test_the_openapi_document_describes_the_health_routes() -> None:
    app = create_app([], None, 1)
    app.include_router(health.router([], [], MemoryBus(), 1.0))
    paths = app.openapi()["paths"]
    assert [*paths["/health/ready"]["get"]["responses"]["503"]["content"]] == ["application/json"]
    assert [*paths["/metrics"]["get"]["responses"]["200"]["content"]] == ["text/plain"]
