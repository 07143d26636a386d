"""What goes in and out about the terms of a step."""

from __future__ import annotations

from marshmallow import fields

from engine.deadlines.models import DeadlineClock
from web.api.fields import Body, Choice, Instant, Values
from web.api.schemas import Clock
from web.api.shapes import Answer, many


class Dates(Body):
    """Dates by the name of the variable: a day (`2026-05-30`), or where `with_time` an instant (RFC 3339)."""

    dates = Values(required=True)


class UnknownDate(Answer):
    """A date that a clock waits for: asked so many times; only what is a date can be stated here."""

    clock = Choice(DeadlineClock)
    name = fields.String()
    label_it = fields.String()
    label_en = fields.String()
    with_time = fields.Boolean()
    askable = fields.Boolean()
    since = Instant()
    asked = fields.Integer()


class Terms(Answer):
    """The clocks of a step, and what they wait for."""

    task_id = fields.UUID(attribute="task.id")
    deadlines = many(Clock())
    unknown_dates = many(UnknownDate())
    may_state = fields.Boolean()
