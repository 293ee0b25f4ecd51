"""What anyone may know of an agency, as a page: how many cases in which state, and how long the oldest waits."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.routing import actions
from services.routing.domain.case import LABELS
from shared.http.app import running_service
from shared.http.fields import Code
from shared.http.pages import Pages
from shared.identity.callers import public
from shared.language import language_of, number, translate
from shared.service import RunningService

# A smaller number could point at one person's report.
LEAST_SHOWN = 5

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
pages = Pages(Path(__file__).parent / "templates")
router.add_api_route("/pages/style.css", pages.style)


@router.get("/pages/agencies/{code}")
async def agency(
    code: Code, request: Request, service: Annotated[RunningService[Any], Depends(running_service("routing"))]
) -> Response:
    """An agency in numbers; never a single complaint."""
    found = actions.agency_card(service.state, code)
    standing = await service.read(actions.standing_of, code)
    oldest, language = standing.oldest_unanswered_at, language_of(request.headers.get("accept-language"))
    return pages.show(
        "agency.html",
        language=language,
        agency=found,
        states=[
            (translate(label, language), in_figures(standing.by_state.get(state, 0), language))
            for state, label in LABELS.items()
        ],
        overdue=in_figures(standing.overdue, language),
        oldest_days=(service.now() - oldest).days if oldest else None,
    )


def in_figures(cases: int, language: str) -> str:
    if 0 < cases < LEAST_SHOWN:
        return translate("fewer than {n}", language, n=LEAST_SHOWN)
    return number(cases, language)
