"""Answers in the wrong case: taking them out, and judging whether the authority is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import misfiling
from engine.cases.breach_models import Breach
from engine.oversight import breaches
from engine.participants.token_models import TokenScope
from web.api import breach_schemas, identity
from web.api.routes import Routes, Session

routes = Routes("breaches", "Answers that stood in the wrong case.")


@routes.command(
    "/submissions/<uuid:submission_id>/take-out",
    TokenScope.WORK,
    takes=breach_schemas.TakeOut(),
    gives=breach_schemas.Breach(),
)
def take_out_submission(session: Session, body: dict[str, Any], submission_id: UUID) -> Breach:
    """Take an answer out of the wrong case for good; `to_task` gets it as a draft. A breach to be judged begins."""
    return misfiling.take_out(session, identity.actor(), submission_id, **body)


@routes.reading("/breaches", gives=breach_schemas.Breaches())
def list_breaches(session: Session) -> dict[str, Any]:
    """List what waits to be judged, the most urgent first, then what is; with who had read it."""
    return {"items": breaches.listing(session, identity.actor())}


@routes.command(
    "/breaches/<uuid:breach_id>/assess",
    TokenScope.WORK,
    takes=breach_schemas.Assessment(),
    gives=breach_schemas.Breach(),
)
def assess_breach(session: Session, body: dict[str, Any], breach_id: UUID) -> Breach:
    """Decide whether the authority is told, with the reason."""
    return breaches.assess(session, identity.actor(), breach_id, **body)
