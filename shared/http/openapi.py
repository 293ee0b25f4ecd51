"""Refusals in the OpenAPI document: all are problem details (RFC 9457), and each door lists its own."""

from collections.abc import Iterator
from typing import Any

from shared.http.phrases import title

Document = dict[str, Any]

PROBLEM_JSON = "application/problem+json"
TEXT = {"type": "string"}
FAULT = {
    "type": "object",
    "required": ["in", "field", "reason"],
    "properties": dict.fromkeys(("in", "field", "reason"), TEXT),
}
PROBLEM: Document = {
    "title": "Problem",
    "description": "Problem details (RFC 9457), in the language that Accept-Language prefers, or else in Indonesian.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {**TEXT, "description": "about:blank, or urn:tanggap: and the name of the refusal."},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "field": {**TEXT, "description": "What was refused, where it is one thing."},
        "errors": {"type": "array", "items": FAULT, "description": "Every field that cannot be taken, and why."},
    },
}


def refusal(description: str) -> Document:
    return {"description": description, "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def with_refusals(document: Document) -> Document:
    """The document, with the refusals that follow from what each operation declares."""
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in document["paths"].values():
        for method, operation in operations.items():
            for status in _refusals(method, operation):
                operation["responses"].setdefault(str(status), refusal(title(status, "en")))
    return document


def _refusals(method: str, operation: Document) -> Iterator[int]:
    callers = {name for scheme in operation.get("security", ()) for name in scheme}
    yield 400
    if callers:
        yield 401
    if "official" in callers:
        yield 403
    if any(parameter["in"] in ("path", "query") for parameter in operation.get("parameters", ())):
        yield 404
    if method == "post":
        yield from (409, 413)
    if "parameters" in operation or "requestBody" in operation:
        yield 422
    yield 503
