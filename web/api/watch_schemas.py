"""What goes out of the watchdog's findings."""

from __future__ import annotations

from marshmallow import fields

from engine.oversight import watchdog
from web.api.fields import Choice, Instant
from web.api.shapes import Answer, many, maybe


class Finding(Answer):
    """Something that is wrong with the clockwork itself."""

    code = Choice(watchdog.Code)
    severity = Choice(watchdog.Severity)
    since = maybe(Instant)
    count = fields.Integer()


class Watchdog(Answer):
    """Whether the clockwork runs: what is wrong with it, the alarms first."""

    findings = many(Finding())
    workers = fields.Integer(metadata={"description": "Those that do their work."})
    inspected_at = maybe(Instant)
