"""What goes in and out about webhooks."""

from __future__ import annotations

from marshmallow import fields

from engine.notifications.webhook_models import EventStatus
from web.api.fields import Body, Choice, Flag, Instant, Text
from web.api.shapes import Answer, many


class NewWebhook(Body):
    """Where events go."""

    url = Text(longest=2_000, shortest=1, required=True, metadata={"description": "https, in the open network."})


class Switch(Body):
    """Whether events go there."""

    on = Flag(required=True)


class WebhookAnswer(Answer):
    """An address, and how it fares."""

    id = fields.UUID()
    url = fields.String()
    created_at = Instant()
    rotated_at = Instant(allow_none=True)
    failing_since = Instant(allow_none=True)
    disabled_at = Instant(allow_none=True)


class WebhookEventAnswer(Answer):
    """An event for an address, and what became of it; its id is the header `webhook-id`."""

    id = fields.UUID()
    state = Choice(EventStatus)
    attempts = fields.Integer()
    next_at = Instant()
    created_at = Instant()
    sent_at = Instant(allow_none=True)
    status = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True)


class WebhookRow(Answer):
    """An address with its last events, the newest first."""

    webhook = fields.Nested(WebhookAnswer())
    waiting = fields.Integer()
    events = many(WebhookEventAnswer())


class Webhooks(Answer):
    """The addresses of the network."""

    items = many(WebhookRow())


class Secret(Answer):
    """An address with its secret, shown this once."""

    webhook = fields.Nested(WebhookAnswer())
    secret = fields.String()
