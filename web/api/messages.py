"""Messages from other systems to the processes of a case."""

from __future__ import annotations

from typing import Any

from engine.cases import messages
from engine.participants.token_models import TokenScope
from web.api import bodies, identity, schemas
from web.api.routes import Routes, Session

routes = Routes("messages", "Messages to the processes of a case.")


@routes.command("/messages", TokenScope.MESSAGES, takes=bodies.MessageBody(), gives=schemas.Delivered())
def deliver_message(session: Session, body: dict[str, Any]) -> dict[str, int]:
    """Give a message to the steps of a case that wait for it; if none does, start the process that begins with it."""
    name, code, values = body["name"], body["correlation"], body["values"]
    return {"moved": messages.deliver(session, identity.actor(), name, case_code=code, values=values)}
