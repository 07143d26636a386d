"""What goes in and out about the terms of a step."""

from __future__ import annotations

from marshmallow import fields

from engine.deadlines.models import DeadlineClock, ExtensionStatus
from web.api.fields import Body, Choice, Flag, Instant, Text, Values
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


class AskExtension(Body):
    """Until when a clock of the step should run, and why."""

    clock = Choice(DeadlineClock, required=True)
    to = Instant(required=True)
    reason = Text(longest=2_000, shortest=1, required=True)


class DecideExtension(Body):
    """What another person decides."""

    approve = Flag(required=True)


class Extension(Answer):
    """An extension, as it stands."""

    id = fields.UUID()
    task_id = fields.UUID()
    to_due_at = Instant()
    state = Choice(ExtensionStatus)


class Asked(Answer):
    """An extension that waits for another person."""

    id = fields.UUID()
    clock = Choice(DeadlineClock)
    to_due_at = Instant()
    asked_by = fields.String()
    asked_at = Instant()
    reason = fields.String()
    may_decide = fields.Boolean()


class Terms(Answer):
    """The clocks of a step, and what they wait for."""

    task_id = fields.UUID(attribute="task.id")
    deadlines = many(Clock())
    unknown_dates = many(UnknownDate())
    may_state = fields.Boolean()
    extensions = many(Asked())
