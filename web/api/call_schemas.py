"""What goes in and out about calls by telephone."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.her_call_models import HerCallOutcome
from web.api.fields import Body, Choice, Id, Instant
from web.api.shapes import Answer, many


class CallDuty(Answer):
    """Who answers: an office, or whoever is on call for it, and the number of that; nobody's own."""

    agency_id = fields.UUID()
    agency_name = fields.String()
    telephone = fields.String(allow_none=True)


class Call(Answer):
    """Whom to call for a step, and what is climbed if nobody answers: by `rung_id` that is said."""

    rung_id = fields.UUID(allow_none=True)
    duties = many(CallDuty())
    next_targets = fields.List(fields.String())
    next_at = Instant(allow_none=True)


class Unanswered(Body):
    """Which rung is climbed now: the one that was shown."""

    rung = Id(required=True)


class HerCallEnd(Body):
    """What came of it."""

    outcome = Choice(HerCallOutcome, required=True)


class HerCall(Answer):
    """That somebody calls her, since when and until when; once it has ended, what came of it."""

    task_id = fields.UUID()
    since = Instant()
    until = Instant()
    ended_at = Instant(allow_none=True)
    outcome = Choice(HerCallOutcome, allow_none=True)
