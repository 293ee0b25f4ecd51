"""The hand-over of a file to the Ombudsman, which its reporter has consented to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.routing.actions import acts, requests
from services.routing.actions.referrals import HANDED_OVER
from services.routing.actions.requests import ActResult
from services.routing.api.acts import Coordinator, Key, Routing
from shared.http.fields import Body, Prose, SingleLine, example
from shared.lifecycle.acts import ActKind

router = APIRouter()


class Handover(Body):
    model_config = example(
        reference="0231/LM/XI/2026/SBY", text="Berkas beserta riwayat laporan diterima Perwakilan Ombudsman Jawa Timur."
    )

    reference: Annotated[SingleLine, Field(min_length=1, max_length=100)] = Field(
        description="The number that the Ombudsman has given to the file. The reporter reads it."
    )
    text: Annotated[Prose, Field(min_length=20, max_length=2_000)] = Field(
        description="What was handed over, to which office. The reporter reads it, nobody else outside."
    )

    @property
    def words(self) -> str:
        return HANDED_OVER.format(reference=self.reference, text=self.text)


@router.post("/complaints/{id}/handovers", status_code=201)
async def hand_over(service: Routing, id: UUID, body: Handover, who: Coordinator, key: Key = None) -> ActResult:
    """Confirm that the Ombudsman has the file. The holder owes its answer all the same."""
    return await service.submit(acts.perform_acts, requests.quiet(ActKind.HANDOVER, id, who, key, text=body.words))
