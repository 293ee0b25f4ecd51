"""What anyone may know of an agency, as a page: how many cases in which state, and how long the oldest waits."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.routing import actions
from services.routing.domain.case import LABELS
from shared.auth import public
from shared.fields import Code
from shared.language import language_of, number, translate
from shared.pages import Pages
from shared.service import Site
from shared.web import ask, site_of

# A smaller number could point at one person's report.
LEAST_SHOWN = 5

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
pages = Pages(Path(__file__).parent / "templates")
router.add_api_route("/pages/style.css", pages.style)


@router.get("/pages/agencies/{code}")
async def agency(code: Code, request: Request, site: Annotated[Site, Depends(site_of("routing"))]) -> Response:
    """An agency in numbers; never a single complaint."""
    found = actions.agency_card(actions.office_of(site), code)
    standing = await ask(site, actions.standing_of, code)
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
        oldest_days=(site.now() - oldest).days if oldest else None,
    )


def in_figures(cases: int, language: str) -> str:
    if 0 < cases < LEAST_SHOWN:
        return translate("fewer than {n}", language, n=LEAST_SHOWN)
    return number(cases, language)
