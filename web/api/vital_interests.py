"""Vital interests that wait to be reviewed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.oversight import vital_interests
from engine.participants.token_models import TokenScope
from web.api import agreement_schemas, identity
from web.api.routes import Routes, Session

routes = Routes("vital-interests", "Agencies that were told without her agreement, to save a life.")


@routes.reading("/vital-interests", gives=agreement_schemas.VitalInterests())
def list_vital_interests(session: Session) -> dict[str, Any]:
    """List those that nobody has reviewed, the oldest first."""
    return {"items": vital_interests.to_review(session, identity.actor())}


@routes.command(
    "/vital-interests/<uuid:basis_id>/review",
    TokenScope.WORK,
    takes=agreement_schemas.Review(),
    gives=agreement_schemas.VitalInterests(),
)
def review_vital_interest(session: Session, body: dict[str, Any], basis_id: UUID) -> dict[str, Any]:
    """Record what came of looking at one; give those that are left."""
    vital_interests.review(session, identity.actor(), basis_id, note=body["note"])
    session.flush()
    return {"items": vital_interests.to_review(session, identity.actor())}
