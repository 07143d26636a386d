"""Webhooks: which programs of the network are told that something happens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.notifications import webhooks
from engine.notifications.webhook_models import Webhook, WebhookEvent
from engine.participants.token_models import TokenScope
from web.api import identity, webhook_schemas
from web.api.routes import Routes, Session

routes = Routes("webhooks", "Which programs of the network are told that something happens.")


@routes.reading("/webhooks", gives=webhook_schemas.Webhooks())
def list_webhooks(session: Session) -> dict[str, Any]:
    """List the addresses with what was sent there last."""
    return {"items": webhooks.listed(session, identity.actor())}


@routes.command("/webhooks", TokenScope.WORK, takes=webhook_schemas.NewWebhook(), gives=webhook_schemas.Secret())
def create_webhook(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Set an address up; its secret is shown this once."""
    return _with_secret(*webhooks.create(session, identity.actor(), body["url"]))


@routes.command("/webhooks/<uuid:webhook_id>/secret", TokenScope.WORK, gives=webhook_schemas.Secret())
def rotate_webhook(session: Session, webhook_id: UUID) -> dict[str, Any]:
    """Give an address a new secret, shown this once; the one before signs too for a day."""
    return _with_secret(*webhooks.rotate(session, identity.actor(), webhook_id))


@routes.command(
    "/webhooks/<uuid:webhook_id>/state",
    TokenScope.WORK,
    takes=webhook_schemas.Switch(),
    gives=webhook_schemas.WebhookAnswer(),
)
def switch_webhook(session: Session, body: dict[str, Any], webhook_id: UUID) -> Webhook:
    """Send there, or nothing any more."""
    return webhooks.switch(session, identity.actor(), webhook_id, on=body["on"])


@routes.command("/webhooks/<uuid:webhook_id>/test", TokenScope.WORK, gives=webhook_schemas.WebhookEventAnswer())
def test_webhook(session: Session, webhook_id: UUID) -> WebhookEvent:
    """Send an event that says nothing."""
    return webhooks.test(session, identity.actor(), webhook_id)


def _with_secret(row: Webhook, secret: str) -> dict[str, Any]:
    return {"webhook": row, "secret": secret}
