"""What goes in and out about answers in the wrong case."""

from __future__ import annotations

from marshmallow import fields

from web.api import bodies
from web.api.fields import Body, Flag, Id, Instant
from web.api.shapes import Answer, many, maybe


class TakeOut(Body):
    """Where the answer belongs, if it is to be a draft there."""

    to_task = Id(metadata={"description": "A step of the right case with the same form, free or one's own."})


class Assessment(bodies.Reason):
    """What was decided."""

    to_notify = Flag(required=True)


class Breach(Answer):
    """What may be a breach, and by when it is to be judged."""

    id = fields.UUID()
    known_at = Instant()
    due_at = Instant()
    assessed_at = maybe(Instant)
    to_notify = maybe(fields.Boolean)


class Reader(Answer):
    """Somebody who had read the answer."""

    person = fields.String()
    agency = maybe(fields.String)
    first_at = Instant()
    last_at = Instant()
    opened = fields.Boolean(metadata={"description": "What was secret in it too."})


class BreachRow(Breach):
    """What may be a breach, with who had read the answer."""

    case_code = fields.String()
    agency_name = fields.String()
    found_by_name = fields.String()
    stood_since = Instant()
    readers = many(Reader())
    assessed_by_name = maybe(fields.String)
    reason = maybe(fields.String)


class Breaches(Answer):
    """What waits to be judged, and what is."""

    items = many(BreachRow())
