"""Other contacts of one woman: what suggests them, and the links that she wants."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine.cases import links
from engine.cases.link_models import CaseLink
from engine.cases.links import LinksPage
from engine.cases.models import CaseStatus
from engine.consent.models import Manner
from engine.participants.token_models import TokenScope
from web.api import identity
from web.api.fields import Body, Choice, Instant, Text
from web.api.routes import Made, Routes, Session
from web.api.shapes import Answer, many, maybe

routes = Routes("links", "Links between contacts of one woman, by her wish; never a merge.")


class LinkWish(Body):
    """With which case she wants hers to be linked, and how and when she said so."""

    code = Text(longest=20, shortest=1, required=True, metadata={"description": "Code of the other case."})
    manner = Choice(Manner, required=True)
    happened_at = Instant()


class Contact(Answer):
    """Another case."""

    case_id = fields.UUID()
    code = fields.String()
    state = Choice(CaseStatus)
    opened_at = Instant()


class Suggestion(Contact):
    """A case in which one's own agency has written the same, and of what kinds that is."""

    kinds = fields.List(fields.String())


class Link(Contact):
    """A link, and how it came about."""

    id = fields.UUID()
    manner = Choice(Manner)
    happened_at = Instant()
    recorded_at = Instant()
    asked_by = maybe(fields.String)


class Links(Answer):
    """The links of a case, and what suggests others."""

    links = many(Link())
    suggestions = many(Suggestion())


class Linked(Answer):
    """A link as it was made or ended."""

    id = fields.UUID()
    manner = Choice(Manner)
    happened_at = Instant()
    until = maybe(Instant)


@routes.reading("/cases/<uuid:case_id>/links", gives=Links())
def show_links(session: Session, case_id: UUID) -> LinksPage:
    """Show with which cases one is linked, and which others could be hers, as far as one may know of both."""
    return links.show(session, identity.actor(), case_id)


@routes.command("/cases/<uuid:case_id>/links", TokenScope.WORK, status=201, takes=LinkWish(), gives=Linked())
def link_cases(session: Session, body: dict[str, Any], case_id: UUID) -> Made:
    """Link a case with another one, as she has asked."""
    row = links.link(session, identity.actor(), case_id, **body)
    return Made(row, f"/cases/{case_id}/links")


@routes.command("/cases/<uuid:case_id>/links/<uuid:link_id>/end", TokenScope.WORK, gives=Linked())
def unlink_cases(session: Session, case_id: UUID, link_id: UUID) -> CaseLink:
    """Take a link away: the two cases are what they were."""
    return links.unlink(session, identity.actor(), case_id, link_id)
