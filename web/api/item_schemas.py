"""What goes in and out about what ladders have left to somebody."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.action_item_models import ItemKind, ItemOutcome
from web.api.fields import Body, Choice, Instant, Text
from web.api.shapes import Answer, many, maybe

_LONGEST = 2_000


class Close(Body):
    """How it ended; a reason where it was not needed."""

    outcome = Choice(ItemOutcome, required=True)
    reason = Text(longest=_LONGEST)


class Item(Answer):
    """Something to be done about a late step, as it stands."""

    id = fields.UUID()
    kind = Choice(ItemKind)
    opened_at = Instant()
    closed_at = maybe(Instant)
    outcome = Choice(ItemOutcome, allow_none=True)


class ItemRow(Item):
    """It with its case and step; the label of the step and the id of the case are null where they are not one's own."""

    case_code = fields.String()
    case_id = maybe(fields.UUID)
    step_id = fields.UUID()
    label = maybe(fields.String)
    owing_name = fields.String()
    agency_name = maybe(fields.String)
    late_since = Instant()
    step_done = fields.Boolean()
    closed_by = maybe(fields.String)


class Items(Answer):
    """What is to be done, and what was done lately."""

    items = many(ItemRow())
