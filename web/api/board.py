"""The board of what is late, and a late step in the hands of the coordination."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.oversight import board, late_step
from engine.participants.token_models import TokenScope
from web.api import identity, late_step_schemas, schemas
from web.api.routes import Routes, Session

routes = Routes("board", "What is late, for those who answer for it.")


@routes.reading("/board/overdue", gives=schemas.Board())
def show_overdue(session: Session) -> board.Board:
    """Show what is late, worst first, what is due soon, and what is stuck."""
    return board.overdue(session, identity.actor())


@routes.reading("/board/steps/<uuid:step_id>", gives=late_step_schemas.LateStep())
def show_late_step(session: Session, step_id: UUID) -> late_step.LateStep:
    """Show a late step: whose it is, who was told, whom to telephone; what it is only to who may know."""
    return late_step.show(session, identity.actor(), step_id)


@routes.command("/board/steps/<uuid:step_id>/follow", TokenScope.WORK, gives=late_step_schemas.LateStep())
def follow_late_step(session: Session, step_id: UUID) -> late_step.LateStep:
    """Take a late step in hand for the coordination; it stays where it is, and its agency is told."""
    late_step.follow(session, identity.actor(), step_id)
    return late_step.show(session, identity.actor(), step_id)


@routes.command(
    "/board/steps/<uuid:step_id>/note",
    TokenScope.WORK,
    takes=late_step_schemas.Agreed(),
    gives=late_step_schemas.LateStep(),
)
def note_late_step(session: Session, body: dict[str, Any], step_id: UUID) -> late_step.LateStep:
    """Keep what was agreed about a late step."""
    late_step.note(session, identity.actor(), step_id, body["note"])
    return late_step.show(session, identity.actor(), step_id)
