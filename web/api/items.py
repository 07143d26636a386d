"""What ladders have left to one's agency, or to the coordination."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import action_items
from engine.cases.action_item_models import ActionItem
from engine.participants.token_models import TokenScope
from web.api import identity, item_schemas
from web.api.routes import Routes, Session

routes = Routes("items", "What the ladder of a late step leaves to do outside of the diagram.")


@routes.reading("/action-items", gives=item_schemas.Items())
def list_items(session: Session) -> dict[str, Any]:
    """List what is to be done, then what was done in the last 30 days."""
    return {"items": action_items.listed(session, identity.actor())}


@routes.command(
    "/action-items/<uuid:item_id>/close", TokenScope.WORK, takes=item_schemas.Close(), gives=item_schemas.Item()
)
def close_item(session: Session, body: dict[str, Any], item_id: UUID) -> ActionItem:
    """Say that it was done, or why it need not be."""
    return action_items.close(session, identity.actor(), item_id, **body)
