"""One's own addresses and numbers, by which one is reached outside the pages."""

from __future__ import annotations

from typing import Any

from engine.notifications import contacts
from engine.participants.token_models import TokenScope
from web.api import identity, roster_schemas
from web.api.routes import Routes, Session

routes = Routes("contacts", "How one is reached outside the pages: seen and changed by oneself alone.")


@routes.reading("/contacts", gives=roster_schemas.Contacts())
def list_contacts(session: Session) -> dict[str, Any]:
    """List one's own addresses."""
    return _mine(session)


@routes.command(
    "/contacts", TokenScope.WORK, method="PUT", takes=roster_schemas.PutContact(), gives=roster_schemas.Contacts()
)
def put_contact(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Keep an address, and send it a code."""
    contacts.put(session, identity.actor(), body["medium"], body["address"])
    return _mine(session)


@routes.command(
    "/contacts/verify", TokenScope.WORK, takes=roster_schemas.VerifyContact(), gives=roster_schemas.Contacts()
)
def verify_contact(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Let an address count: its code has come back."""
    contacts.verify(session, identity.actor(), body["medium"], body["code"])
    return _mine(session)


@routes.command("/contacts/remove", TokenScope.WORK, takes=roster_schemas.OneMedium(), gives=roster_schemas.Contacts())
def remove_contact(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Forget an address."""
    contacts.remove(session, identity.actor(), body["medium"])
    return _mine(session)


def _mine(session: Session) -> dict[str, Any]:
    return {"items": contacts.mine(session, identity.actor())}
