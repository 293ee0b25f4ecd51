"""The public board: this year's figures and the complaints that have waited longest."""

from services.sla.actions.indicators import Period, indicators
from services.sla.actions.overdue import OverdueQuery, list_overdue
from services.sla.actions.silences import SilenceQuery, list_silences
from services.sla.domain.board import Board
from services.sla.state import State
from shared.db.transaction import Tx

OLDEST = 20


async def board(tx: Tx[State]) -> Board:
    """This year's indicators of the whole country and the oldest overdue clocks, at most a minute old."""
    # The whole country is read for it, so not for every reader anew.
    if tx.state.board is None or not tx.state.board.is_fresh(tx.now):
        oldest = await list_overdue(tx, OverdueQuery(limit=OLDEST))
        silent = await list_silences(tx, SilenceQuery(limit=OLDEST))
        figures = await indicators(tx, Period())
        tx.state.board = Board(tx.now, figures, oldest.items, silent.items, silent.total, silent.confidential)
    return tx.state.board
