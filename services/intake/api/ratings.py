"""Reporters rate the handling of their complaints, with the PIN."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.intake.actions import ratings
from services.intake.api.complaints import Answer, Intake
from shared.identity.callers import reporter

router = APIRouter()


class Rated(Answer):
    """A rating that was kept; `cycle` counts how often the complaint was handled until an answer."""

    tracking_reference: str
    cycle: int
    at: datetime


@router.post("/complaints/{reference}/ratings", status_code=201)
async def rate(
    reference: str,
    new: ratings.NewRating,
    response: Response,
    service: Intake,
    pin: Annotated[str, Depends(reporter)],
) -> Rated:
    """Rate the handling once it was answered, for whoever holds the PIN; once until the complaint is reopened."""
    response.headers["Cache-Control"] = "no-store"
    asked = ratings.RatingRequest(reference, pin, new)
    return Rated.model_validate(await service.submit(ratings.take_ratings, asked))
