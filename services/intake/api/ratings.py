"""Reporters rate the handling of their complaints, with the PIN."""

from datetime import datetime

from fastapi import APIRouter

from services.intake.actions import ratings
from services.intake.api.complaints import Answer
from services.intake.api.reporters import OfReporter

router = APIRouter()


class Rated(Answer):
    """A rating that was kept; `cycle` counts how often the complaint was handled until an answer."""

    tracking_reference: str
    cycle: int
    at: datetime


@router.post("/complaints/{reference}/ratings", status_code=201)
async def rate(door: OfReporter, new: ratings.NewRating) -> Rated:
    """Rate the handling once it was answered, for whoever holds the PIN; once until the complaint is reopened."""
    asked = ratings.RatingRequest(door.reference, door.pin, new)
    return Rated.model_validate(await door.service.submit(ratings.take_ratings, asked))
