"""What goes out about hand-overs."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.handover_models import HandoverState
from engine.consent.models import BasisKind
from engine.participants.models import Channel
from web.api.fields import Choice, Instant
from web.api.schemas import Clock
from web.api.shapes import Answer, by_language, many, maybe


class Handover(Answer):
    """A hand-over, as it stands after an act."""

    id = fields.UUID()
    task_id = fields.UUID()
    purpose = fields.String()
    state = Choice(HandoverState)
    prepared_at = Instant()
    sent_at = maybe(Instant)
    answered_at = maybe(Instant)


class HandoverRow(Answer):
    """A hand-over that one's own agency sent or received."""

    id = fields.UUID()
    step_name = fields.String()
    purpose = fields.String()
    state = Choice(HandoverState)
    from_agency = fields.String()
    to_agency = maybe(fields.String)
    since = Instant()


class Handovers(Answer):
    """The hand-overs of a case, the newest first."""

    items = many(HandoverRow())


class OfferedCase(Answer):
    """A case that is offered to one's agency and to others: the first to accept its hand-over has it."""

    id = fields.UUID(metadata={"description": "Of the hand-over."})
    task_id = fields.UUID()
    case_code = fields.String()
    step_name = fields.String()
    purpose = fields.String()
    from_agency = fields.String()
    since = Instant()


class OfferedCases(Answer):
    """What stands offered, the oldest first."""

    items = many(OfferedCase())


class Recipient(Answer):
    """An agency that the case can be handed over to; without `basis` it cannot be sent there yet."""

    id = fields.UUID()
    name = fields.String()
    channel = Choice(Channel)
    basis = Choice(BasisKind, allow_none=True)
    refused = fields.Boolean(metadata={"description": "She has said no to this agency for this purpose."})
    declined_at = maybe(Instant)
    declined_why = maybe(fields.String)


class HandoverPage(Answer):
    """A hand-over; to who is asked it gives the names of the fields, no value, and nothing else of the case."""

    id = fields.UUID()
    revision = fields.Integer(metadata={"description": "Of its step: what acts on the hand-over changes it."})
    purpose = fields.String()
    needs = Choice(BasisKind)
    duty = maybe(fields.String)
    state = Choice(HandoverState)
    step_name = fields.String()
    task_id = maybe(fields.UUID, metadata={"description": "Null until the step is one's own to open."})
    case_id = maybe(fields.UUID, metadata={"description": "Null for who has no part in the case."})
    case_code = fields.String()
    from_agency = fields.String()
    from_telephone = maybe(fields.String)
    to_agency = maybe(fields.String)
    sent_at = maybe(Instant)
    fields_ = fields.List(
        by_language(),
        data_key="fields",
        allow_none=True,
        metadata={"description": "Null: all that the process holds."},
    )
    deadlines = many(Clock())
    recipients = many(Recipient())
    paused = fields.Boolean(metadata={"description": "The path stands still by her wish."})
    came_back = maybe(fields.String, metadata={"description": "Why the hand-over before this one came back."})
    needs_on_behalf_of = fields.Boolean()
    must_be_another = fields.Boolean()
    may = fields.List(fields.String())
