"""What sla does: keep the directory, run the clocks, sweep what is due, answer questions."""

from services.sla.actions.board import board
from services.sla.actions.clocks import clocks_of, prepare
from services.sla.actions.directory import keep_agencies
from services.sla.actions.indicators import indicators
from services.sla.actions.lifecycle import (
    note_answer,
    note_filing,
    note_follow_up,
    note_forwarding,
    note_routing,
    note_verification,
)
from services.sla.actions.overdue import overdue
from services.sla.actions.sweep import sweep_once

__all__ = [
    "board",
    "clocks_of",
    "indicators",
    "keep_agencies",
    "note_answer",
    "note_filing",
    "note_follow_up",
    "note_forwarding",
    "note_routing",
    "note_verification",
    "overdue",
    "prepare",
    "sweep_once",
]
