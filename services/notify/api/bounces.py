"""The door of the mail platform: mails that came back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.notify.actions import bounces
from services.notify.actions.bounces import BouncedMail
from services.notify.state import State
from shared.http.app import running_service
from shared.http.fields import example
from shared.identity.callers import official
from shared.identity.officials import Official
from shared.service import RunningService

router = APIRouter()
Notify = Annotated[RunningService[State], Depends(running_service("notify"))]


def _before_the_at(value: object) -> object:
    """`<id@host>` is given as it stands in the mail, or the id alone."""
    return value.strip().removeprefix("<").partition("@")[0] if isinstance(value, str) else value


class Bounce(BaseModel):
    """A mail that came back: its Message-ID, and the code of the server that refused it."""

    model_config = ConfigDict(hide_input_in_errors=True) | example(
        message_id="<018f6b2e-7c41-7d02-9a55-3d1f0b6a9c10@tanggap.example>", smtp_code=550
    )

    message_id: Annotated[UUID, BeforeValidator(_before_the_at)] = Field(
        description="The Message-ID of the mail, or its part before the @."
    )
    smtp_code: int | None = Field(None, ge=400, le=599, description="The reply code, such as 550.")


@router.post("/bounces")
async def record_bounce(
    service: Notify, caller: Annotated[Official, Depends(official("operator", "integration"))], bounce: Bounce
) -> BouncedMail:
    """Note that a mail which the server had accepted came back; its messages have failed."""
    return await service.submit(bounces.record_bounces, bounces.Bounce(bounce.message_id, bounce.smtp_code))
