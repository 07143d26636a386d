"""Who stands in for whom while somebody is away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine.participants import substitutes
from engine.participants.models import Substitution
from engine.participants.token_models import TokenScope
from web.api import bodies, identity
from web.api.fields import Instant
from web.api.routes import Made, Routes, Session
from web.api.shapes import Answer, many

routes = Routes("substitutions", "Substitutions: who stands in for whom in an agency, until when.")


class Appointed(Answer):
    """A substitution."""

    id = fields.UUID()
    agency_id = fields.UUID()
    absent_id = fields.UUID()
    substitute_id = fields.UUID()
    since = Instant()
    until = Instant()


class Row(Appointed):
    """A substitution in a list, with names, and whether one may end it."""

    agency_name = fields.String()
    absent_name = fields.String()
    substitute_name = fields.String()
    may_end = fields.Boolean()


class Rows(Answer):
    """Substitutions that go on or are to come."""

    items = many(Row())


@routes.reading("/substitutions", gives=Rows())
def list_substitutions(session: Session) -> dict[str, Any]:
    """List who stands in for whom, now or soon, in the agencies in which one works."""
    return {"items": substitutes.listing(session, identity.actor())}


@routes.command("/substitutions", TokenScope.WORK, status=201, takes=bodies.Substitute(), gives=Appointed())
def appoint_substitute(session: Session, body: dict[str, Any]) -> Made:
    """Say who stands in for oneself, or as the agency's lead for a colleague: she takes over what that one holds."""
    row = substitutes.appoint(session, identity.actor(), body.pop("agency"), **body)
    return Made(row, "/substitutions")


@routes.command("/substitutions/<uuid:substitution_id>/end", TokenScope.WORK, gives=Appointed())
def end_substitution(session: Session, substitution_id: UUID) -> Substitution:
    """End a substitution now, as either of the two or as the agency's lead."""
    return substitutes.end(session, identity.actor(), substitution_id)
