"""The public page of an agency: how many cases in which state, and how long the oldest waits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.routing.actions import agencies
from services.routing.state import State
from shared.http.app import running_service
from shared.http.fields import Code
from shared.http.pages import Pages
from shared.identity.callers import public
from shared.language import language_of, number, translate
from shared.service import RunningService
from shared.vocabulary import STATE_LABELS

# A smaller number could reveal one person's report.
LEAST_SHOWN = 5

Routing = Annotated[RunningService[State], Depends(running_service("routing"))]
router = APIRouter(include_in_schema=False)
pages = Pages(Path(__file__).parent / "templates")
router.add_api_route("/pages/style.css", pages.style)


@router.get("/pages/agencies/{code}")
@public
async def agency(code: Code, request: Request, service: Routing) -> Response:
    """An agency in numbers; never a single complaint."""
    found = agencies.show_agency(service.state, code)
    figures = await service.read(agencies.figures_of, code)
    oldest, language = figures.oldest_unanswered_at, language_of(request.headers.get("accept-language"))
    return pages.show(
        "agency.html",
        language=language,
        agency=found,
        states=[
            (translate(label, language), in_figures(number_of_cases, language))
            for label, number_of_cases in by_label(figures.by_state).items()
        ],
        overdue=in_figures(figures.overdue, language),
        oldest_days=(service.now() - oldest).days if oldest else None,
    )


def by_label(by_state: Mapping[str, int]) -> Mapping[str, int]:
    """How many cases have each official label; two states may share one."""
    found = dict.fromkeys(STATE_LABELS.values(), 0)
    for state, label in STATE_LABELS.items():
        found[label] += by_state.get(state, 0)
    return found


def in_figures(cases: int, language: str) -> str:
    if 0 < cases < LEAST_SHOWN:
        return translate("fewer than {n}", language, n=LEAST_SHOWN)
    return number(cases, language)
