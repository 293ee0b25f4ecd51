"""What anyone may know of an agency, as a page: how many cases in which state, and how long the oldest waits."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from services.routing import actions
from services.routing.domain.case import LABELS
from shared.auth import public
from shared.fields import Code
from shared.service import Site
from shared.web import ask, site_of

# A smaller number could point at one person's report.
LEAST_SHOWN = 5

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
templates = Jinja2Templates(Path(__file__).parent / "templates")


@router.get("/pages/agencies/{code}", dependencies=[Depends(public)])
async def agency(request: Request, code: Code, site: Annotated[Site, Depends(site_of("routing"))]) -> HTMLResponse:
    """An agency in numbers; never a single complaint."""
    found = actions.agency_card(actions.office_of(site), code)
    standing = await ask(site, actions.standing_of, code)
    oldest = standing.oldest_unanswered_at
    shown = {
        "agency": found,
        "states": [(label, rounded(standing.by_state.get(state, 0))) for state, label in LABELS.items()],
        "overdue": rounded(standing.overdue),
        "oldest_days": (site.now() - oldest).days if oldest else None,
    }
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return templates.TemplateResponse(request, "agency.html", shown, headers=policy)


def rounded(number: int) -> str:
    return f"kurang dari {LEAST_SHOWN}" if 0 < number < LEAST_SHOWN else f"{number:,}".replace(",", ".")
