"""What goes in and out about questions between agencies."""

from __future__ import annotations

from marshmallow import fields

from engine.participants.models import Channel
from web.api.fields import Body, Choice, Id, Instant, Text
from web.api.shapes import Answer, many, maybe

_LONGEST = 2_000


class Ask(Body):
    """A question to another agency of the case."""

    to_agency = Id(required=True)
    text = Text(longest=_LONGEST, shortest=1, required=True)


class Reply(Body):
    """An answer."""

    text = Text(longest=_LONGEST, shortest=1, required=True)
    on_behalf_of = Id(metadata={"description": "The agency without the portal whose answer is recorded."})


class Question(Answer):
    """A question as it stands."""

    id = fields.UUID()
    asked_at = Instant()
    due_at = Instant()
    answered_at = maybe(Instant)


class QuestionRow(Question):
    """A question with what was said; the step is null for who may not see it."""

    task_id = maybe(fields.UUID)
    case_id = fields.UUID()
    case_code = fields.String()
    task_name = maybe(fields.String)
    from_name = fields.String()
    to_id = fields.UUID()
    to_name = fields.String()
    to_channel = Choice(Channel)
    to_telephone = maybe(fields.String)
    asked_by_name = maybe(fields.String)
    late = fields.Boolean()
    held = fields.Boolean()
    open = fields.Boolean()
    question = fields.String()
    answered_by_name = maybe(fields.String)
    answer = maybe(fields.String)
    answerable = fields.Boolean()
    on_behalf = fields.Boolean()


class Questions(Answer):
    """What waits for an answer, and what was asked."""

    to_answer = many(QuestionRow())
    asked = many(QuestionRow())
