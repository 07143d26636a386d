"""Messages from other systems to the processes of a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.cases import messages
from engine.participants.token_models import TokenScope
from web.api import bodies, identity, schemas
from web.api.routes import Routes, Session

routes = Routes("messages", "Messages to the processes of a case.")


@routes.command("/messages", TokenScope.MESSAGES, takes=bodies.MessageBody(), gives=schemas.Delivered())
def deliver_message(session: Session, body: dict[str, Any]) -> dict[str, int]:
    """Give a message to the steps of a case that wait for it; if none does, start the process that begins with it.

    With a time to live it is kept for so long when nobody waits for it yet; then nothing has `moved`.
    """
    name, code, key = body["name"], body["correlation"], body["key"]
    kept_for, values = timedelta(seconds=body["time_to_live"]), body["values"]
    moved = messages.deliver(session, identity.actor(), name, case_code=code, key=key, values=values, kept_for=kept_for)
    return {"moved": moved}
