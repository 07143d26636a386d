"""What goes in and out about the terms of a step."""

from __future__ import annotations

from marshmallow import fields

from engine.calendars.lengths import Clock as Counts
from engine.deadlines.models import DeadlineClock, ExtensionStatus
from web.api.fields import Body, Choice, Flag, Instant, Text, Values
from web.api.schemas import Clock
from web.api.shapes import Answer, many, maybe


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


class OfClock(Body):
    """Which clock of the step is meant."""

    clock = Choice(DeadlineClock, required=True)


class PauseClock(OfClock):
    """For which reason it is to stand still: one of the `reasons` of its ledger."""

    reason = Text(longest=200, shortest=1, required=True)


class StoodStill(Answer):
    """A time during which a clock stood still; without titles by her own wish."""

    since = Instant()
    until = maybe(Instant)
    ends_at = maybe(Instant)
    title_it = fields.String()
    title_en = fields.String()


class ReasonToPause(Answer):
    """A reason for which a clock may still stand still, and for how long at the most."""

    parameter = fields.String()
    title_it = fields.String()
    title_en = fields.String()
    longest = fields.String()
    counts = Choice(Counts)


class Ledger(Answer):
    """The budget of a clock: its length, what is used up, since when it runs, when it stood still."""

    clock = Choice(DeadlineClock)
    starts_at = Instant()
    length = fields.String()
    consumed = fields.String(allow_none=True)
    running_since = maybe(Instant)
    stood_still = many(StoodStill())
    reasons = many(ReasonToPause())


class Terms(Answer):
    """The clocks of a step, and what they wait for."""

    task_id = fields.UUID(attribute="task.id")
    deadlines = many(Clock())
    unknown_dates = many(UnknownDate())
    may_state = fields.Boolean()
    extensions = many(Asked())
    ledgers = many(Ledger())
    may_pause = fields.Boolean()
