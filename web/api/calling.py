"""Calling by telephone for a step: who is to answer for it, or her; and what came of that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import her_phone, ringing
from engine.cases.her_call_models import HerCall
from engine.cases.ringing import Ring
from engine.participants.token_models import TokenScope
from web.api import call_schemas, identity, schemas
from web.api.routes import Routes, Session

routes = Routes("calling", "Calling by telephone for a step: who is to answer for it, or her.")


@routes.reading("/tasks/<uuid:task_id>/call", gives=call_schemas.Call())
def show_call(session: Session, task_id: UUID) -> Ring | dict[str, Any]:
    """Show whom to call for an urgent step now; nobody (`rung` null) where nothing of it climbs."""
    return _call(session, task_id)


@routes.command("/tasks/<uuid:task_id>/call/answered", TokenScope.WORK, gives=schemas.Acknowledged())
def call_answered(session: Session, task_id: UUID) -> dict[str, Any]:
    """Say that whoever was called sees to it: the ladder stands still until then."""
    seen = ringing.answered(session, identity.actor(), task_id)
    return {"until": min(row.until for row in seen)}


@routes.command(
    "/tasks/<uuid:task_id>/call/unanswered",
    TokenScope.WORK,
    takes=call_schemas.Unanswered(),
    gives=call_schemas.Call(),
)
def call_unanswered(session: Session, body: dict[str, Any], task_id: UUID) -> Ring | dict[str, Any]:
    """Say that whoever was called does not answer: the rung is climbed now, once. Gives whom to call then."""
    ringing.unanswered(session, identity.actor(), task_id, body["rung"])
    return _call(session, task_id)


@routes.command("/tasks/<uuid:task_id>/her_call", TokenScope.WORK, gives=call_schemas.HerCall())
def begin_her_call(session: Session, task_id: UUID) -> HerCall:
    """Say that one calls her now, for a step that asks for it: nobody else does meanwhile."""
    return her_phone.begin(session, identity.actor(), task_id)


@routes.command(
    "/tasks/<uuid:task_id>/her_call/outcome",
    TokenScope.WORK,
    takes=call_schemas.HerCallEnd(),
    gives=call_schemas.HerCall(),
)
def end_her_call(session: Session, body: dict[str, Any], task_id: UUID) -> HerCall:
    """Say what came of one's call to her."""
    return her_phone.end(session, identity.actor(), task_id, body["outcome"])


def _call(session: Session, task_id: UUID) -> Ring | dict[str, Any]:
    found = ringing.found(session, identity.actor(), task_id)
    return {"rung_id": None, "duties": [], "next_targets": [], "next_at": None} if found is None else found
