"""What goes in and out about a late step in the hands of the coordination."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.models import TaskStatus
from engine.deadlines.models import DeadlineClock, DeadlineStatus, RungStep
from engine.ladders.steps import EscalationClass
from engine.participants.models import Channel
from engine.terms import Nature
from web.api.fields import Body, Choice, Instant, Text
from web.api.schemas import NEUTRAL, Told
from web.api.shapes import Answer, many, maybe


class Agreed(Body):
    """What was agreed about a late step."""

    note = Text(longest=2_000, shortest=1, required=True)


class Owing(Answer):
    """The agency that owes the step, and how it is reached."""

    id = fields.UUID()
    name = fields.String()
    channel = Choice(Channel)
    telephone = maybe(fields.String)
    email = maybe(fields.String)


class LateClock(Answer):
    """A clock of the step; `late` while it runs beyond its time."""

    clock = Choice(DeadlineClock)
    nature = Choice(Nature)
    escalation_class = Choice(EscalationClass, allow_none=True)
    due_at = Instant()
    state = Choice(DeadlineStatus)
    late = fields.Boolean()
    happened_at = maybe(Instant)
    stopped_at = maybe(Instant)
    kept = maybe(fields.Boolean)
    recorded_late = fields.Boolean()


class Next(Answer):
    """A rung that is still to be climbed."""

    step = Choice(RungStep)
    targets = fields.List(fields.String())
    clock = Choice(DeadlineClock)
    at = Instant()


class Followed(Answer):
    """Who follows it for the coordination and since when; or, with a note, what was agreed."""

    at = Instant()
    by = fields.String()
    note = maybe(fields.String)


class LateStep(Answer):
    """A late step: whose it is, since when, who was told, whom to telephone."""

    step_id = fields.UUID()
    task_id = maybe(fields.UUID, metadata=NEUTRAL)
    case_id = maybe(fields.UUID)
    case_code = fields.String()
    label = maybe(fields.String, metadata=NEUTRAL)
    state = Choice(TaskStatus)
    agency = fields.Nested(Owing())
    leads = fields.List(fields.String())
    assignee_name = maybe(fields.String, metadata=NEUTRAL)
    late_since = maybe(Instant)
    clocks = many(LateClock())
    told = many(Told())
    next = many(Next())
    followed = many(Followed())
    may = fields.List(fields.String())
