"""Who must not know of a case: putting on the list, letting in again, who is told in their place; abstaining."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import exclusion_page, exclusions
from engine.cases.exclusions import Subject
from engine.participants.models import Exclusion
from engine.participants.token_models import TokenScope
from web.api import bodies, case_schemas, identity
from web.api.routes import Made, Routes, Session

routes = Routes("exclusions", "Exclusions: who must not know of a case.")


@routes.reading("/cases/<uuid:case_id>/exclusions", gives=case_schemas.Exclusions())
def list_exclusions(session: Session, case_id: UUID) -> dict[str, Any]:
    """List who is kept out of a case, and who has tried to open it all the same."""
    page = exclusion_page.show(session, identity.actor(), case_id)
    return {
        "items": page.rows,
        "alternate_id": page.case.alternate_id,
        "free_lanes": [free.lane for free in page.free],
        "attempts": page.attempts,
    }


@routes.command(
    "/cases/<uuid:case_id>/exclusions",
    TokenScope.WORK,
    status=201,
    takes=bodies.Exclude(),
    gives=case_schemas.Lifted(),
)
def exclude(session: Session, body: dict[str, Any], case_id: UUID) -> Made:
    """Keep a person, an agency or an interpreter out of a case, with a reason."""
    reason = body.pop("reason")
    row = exclusions.put(session, identity.actor(), case_id, Subject(**body), reason=reason)
    return Made(row, f"/cases/{case_id}/exclusions")


@routes.command(
    "/cases/<uuid:case_id>/exclusions/<uuid:exclusion_id>/lift", TokenScope.WORK, gives=case_schemas.Lifted()
)
def lift_exclusion(session: Session, case_id: UUID, exclusion_id: UUID) -> Exclusion:
    """Ask to let somebody in again, or agree with a colleague who has asked."""
    return exclusions.lift(session, identity.actor(), case_id, exclusion_id)


@routes.command("/cases/<uuid:case_id>/alternate", TokenScope.WORK, method="PUT", status=204, takes=bodies.Alternate())
def choose_alternate(session: Session, body: dict[str, Any], case_id: UUID) -> None:
    """Name who is told what must not reach who is kept out."""
    exclusions.choose_alternate(session, identity.actor(), case_id, body["user_id"])


@routes.command("/cases/<uuid:case_id>/entrust", TokenScope.WORK, status=204, takes=bodies.Entrust())
def entrust_lane(session: Session, body: dict[str, Any], case_id: UUID) -> None:
    """Give a lane of an agency that is kept out to another one, with its open steps."""
    exclusions.entrust(session, identity.actor(), case_id, body["lane"], body["agency_id"])


@routes.command("/cases/<uuid:case_id>/abstain", TokenScope.WORK, status=204)
def abstain(session: Session, case_id: UUID) -> None:
    """Keep oneself out of a case; nobody is asked or told why."""
    exclusions.abstain(session, identity.actor(), case_id)
