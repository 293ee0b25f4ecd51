"""The complaints of the demo, as people would file them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("complaints.yaml")


@dataclass(frozen=True, slots=True)
class Complaint:
    """`body` is the request to intake; `day` is the calendar day of filing, counted from the first one.

    Of a complaint with a `story` the people act as deploy/demo/stories.py says.
    """

    number: int
    day: int
    body: Mapping[str, Any]
    story: str | None = None

    @property
    def is_sensitive(self) -> bool:
        return bool(self.body.get("sensitive"))

    @property
    def key(self) -> str:
        """Its Idempotency-Key."""
        return f"demo-{self.number:03}"


@dataclass(frozen=True, slots=True)
class Filed:
    """A complaint with intake's answer to it."""

    complaint: Complaint
    receipt: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.receipt["id"])

    @property
    def reference(self) -> str:
        return str(self.receipt["tracking_reference"])

    @property
    def pin(self) -> Mapping[str, str]:
        """The header that opens it to its reporter."""
        return {"Tracking-Pin": str(self.receipt["pin"])}


def complaints(path: Path = FILE) -> Sequence[Complaint]:
    """All complaints, by the day on which they are filed."""
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    listed = [Complaint(number, row.pop("day"), row, row.pop("story", None)) for number, row in enumerate(rows, 1)]
    return sorted(listed, key=lambda complaint: (complaint.day, complaint.number))
