"""The settings of routing."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, FilePath

from shared.settings import process
from shared.settings.checks import DatabaseUrl


def _are_region_codes(value: str) -> str:
    if not all(re.fullmatch(r"\d\d(\.\d\d)?", code.strip()) for code in value.split(",") if code.strip()):
        raise ValueError("must be codes such as 35 or 35.78, comma separated")
    return value


class Settings(process.Settings):
    """Settings of routing."""

    routing_database_url: DatabaseUrl = Field(
        "", description="PostgreSQL of routing, as its role; empty: embedded, locally."
    )
    directory_regions: Annotated[str, AfterValidator(_are_region_codes)] = Field(
        "", description="Region codes to load, comma separated (35.78 brings 35 along); empty: the whole country."
    )
    directory_overlay: FilePath | None = Field(
        None, description="Path of a CSV. Its agencies are added, or replace shipped ones."
    )
    directory_departures_percent: int = Field(
        20,
        ge=0,
        le=100,
        description="If more of the agencies are missing at a start, it is refused: half a file must not dissolve the "
        "country. 100 allows all.",
    )

    review_percent: int | None = Field(
        None,
        ge=0,
        le=100,
        description="How many percent of answers get a second look by the agency above; empty: as in substance.csv.",
    )

    # The same setting as sla's: a next date is counted with the same working days as a limit.
    calendar_exceptions: FilePath | None = Field(
        None, description="Path of a CSV (date,kind,note): holidays, joint leave and working days of a newer decree."
    )

    @property
    def regions(self) -> frozenset[str]:
        return frozenset(code.strip() for code in self.directory_regions.split(",") if code.strip())
