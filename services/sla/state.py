"""What sla keeps in memory while it runs: its settings, and the directory and board it read last."""

from dataclasses import dataclass, field
from typing import Any

from services.sla.settings import Settings


@dataclass(slots=True)
class State:
    """The caches of one process; every replica fills its own."""

    settings: Settings
    kept: dict[str, Any] = field(default_factory=dict)
