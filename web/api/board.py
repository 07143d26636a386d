"""The board of what is late."""

from __future__ import annotations

from engine.oversight import board
from web.api import identity, schemas
from web.api.routes import Routes, Session

routes = Routes("board", "What is late, for those who answer for it.")


@routes.reading("/board/overdue", gives=schemas.Board())
def show_overdue(session: Session) -> board.Board:
    """Show what is late, worst first, what is due soon, and what is stuck."""
    return board.overdue(session, identity.actor())
