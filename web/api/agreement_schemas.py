"""What comes in and goes out about her answers: agreements, vital interests, pauses."""

from __future__ import annotations

from marshmallow import fields

from engine.consent.models import BasisEnd, BasisKind, LegalBasis, Manner, PauseKind
from web.api.fields import Body, Choice, Count, Flag, Id, Instant, Text
from web.api.shapes import Answer, many, maybe

_MOST_TEXTS = 10_000
_AT = {"description": "When she said it, if not just now: at most 30 days ago."}
_PART = {"description": "The agency for which she was asked: needed from whoever works for several that take part."}
_PURPOSE = {"description": "One of the network's purposes; the texts of the case's agreements name them."}
_TEXT = {"description": "The version of the text that she was read, 0 for the plain one."}
_INTERPRETER = {"description": "Number or role of whoever interpreted, never a name; null without one."}


class Moment(Body):
    """When she said it, and to whom."""

    happened_at = Instant(metadata=_AT)
    on_part_of = Id(metadata=_PART)


class Wish(Moment):
    """That she has said something, and how."""

    manner = Choice(Manner, required=True)


class Taken(Body):
    """That she has taken an agreement back, how and when."""

    manner = Choice(Manner, required=True)
    happened_at = Instant(metadata=_AT)


class Rest(Wish):
    """That she wants to rest until a date."""

    until = Instant(required=True)


class NewAnswer(Wish):
    """What she has answered, to what, and how she was asked."""

    purpose = Text(longest=200, shortest=1, required=True, metadata=_PURPOSE)
    agency_id = Id(load_default=None, allow_none=True)
    given = Flag(required=True)
    text_language = Text(longest=10, shortest=1, required=True)
    text_version = Count(least=0, most=_MOST_TEXTS, required=True, metadata=_TEXT)
    language = Text(longest=10, shortest=1, required=True)
    interpreter = Text(longest=100, load_default=None, allow_none=True, metadata=_INTERPRETER)


class NewVitalInterest(Body):
    """Why an agency has to be told without her agreement."""

    purpose = Text(longest=200, shortest=1, required=True, metadata=_PURPOSE)
    agency_id = Id(required=True)
    reason = Text(longest=2_000, shortest=1, required=True)
    on_part_of = Id(metadata=_PART)


class Basis(Answer):
    """An answer of hers, or a vital interest."""

    id = fields.UUID()
    case_id = fields.UUID()
    kind = Choice(BasisKind)
    purpose = fields.String()
    agency_id = maybe(fields.UUID)
    given = fields.Boolean()
    legal_basis = Choice(LegalBasis)
    manner = Choice(Manner, allow_none=True)
    happened_at = Instant()
    recorded_at = Instant()
    until = maybe(Instant)
    ended_at = maybe(Instant)


class HowAsked(Answer):
    """With which text and in which languages it was asked, who interpreted; or the reason of a vital interest."""

    text_language = maybe(fields.String)
    text_version = maybe(fields.Integer)
    language = maybe(fields.String)
    interpreter = maybe(fields.String)
    reason = maybe(fields.String)


class BasisRow(Answer):
    """An answer of hers, or a vital interest; `counts` while it is the last word on its agency and purpose."""

    id = fields.UUID()
    kind = Choice(BasisKind)
    purpose = fields.String()
    agency_id = maybe(fields.UUID)
    agency_name = maybe(fields.String)
    given = fields.Boolean()
    counts = fields.Boolean()
    legal_basis = Choice(LegalBasis)
    manner = Choice(Manner, allow_none=True)
    asked_by_name = fields.String()
    asked_for_name = fields.String()
    happened_at = Instant()
    recorded_at = Instant()
    until = maybe(Instant)
    ended_at = maybe(Instant)
    ended_why = Choice(BasisEnd, allow_none=True)
    ended_manner = maybe(fields.String)
    said = fields.Nested(HowAsked())


class Duty(Answer):
    """A step that the law demands whatever she wishes; its label is null for an open step of another agency."""

    label = maybe(fields.String)
    agency_name = maybe(fields.String)
    open = fields.Boolean()


class WaitingMessage(Answer):
    """A message for another case that waits until something allows that an agency be told, or until it lapses."""

    agency_name = fields.String()
    purpose = fields.String()
    until = Instant()


class Pause(Answer):
    """Since when and until when her path stands still; an end has no date."""

    kind = Choice(PauseKind)
    manner = Choice(Manner)
    happened_at = Instant()
    until = maybe(Instant)


class ConsentText(Answer):
    """A text with which an agreement is asked."""

    purpose = fields.String()
    language = fields.String()
    version = fields.Integer()
    text = fields.String()
    legal_basis = Choice(LegalBasis)
    approved_by = maybe(fields.String)


class Agreements(Answer):
    """What she has agreed to, how her path stands, what the law demands anyway, and with which texts she is asked."""

    pause = fields.Nested(Pause(), allow_none=True)
    answers = many(BasisRow())
    duties = many(Duty())
    waiting = many(WaitingMessage())
    texts = many(ConsentText())


class Review(Body):
    """What came of looking at a vital interest."""

    note = Text(longest=2_000, shortest=1, required=True)


class VitalInterest(Answer):
    """A vital interest that waits to be reviewed; `mine`: the caller has invoked it, and another person reviews it."""

    id = fields.UUID()
    case_code = fields.String()
    purpose = fields.String()
    agency_name = fields.String()
    asked_for_name = fields.String()
    asked_by_name = fields.String()
    recorded_at = Instant()
    until = maybe(Instant)
    running = fields.Boolean()
    reason = fields.String()
    mine = fields.Boolean()


class VitalInterests(Answer):
    """What waits to be reviewed."""

    items = many(VitalInterest())
