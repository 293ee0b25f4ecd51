"""The complaints of the demo, as people would file them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("complaints.yaml")


@dataclass(frozen=True, slots=True)
class Complaint:
    """`body` is the request to intake; `day` is the calendar day of filing, counted from the first one."""

    number: int
    day: int
    body: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Its Idempotency-Key."""
        return f"demo-{self.number:03}"


def complaints(path: Path = FILE) -> Sequence[Complaint]:
    """All complaints, by the day on which they are filed."""
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    listed = [Complaint(number, row.pop("day"), row) for number, row in enumerate(rows, 1)]
    return sorted(listed, key=lambda complaint: (complaint.day, complaint.number))
