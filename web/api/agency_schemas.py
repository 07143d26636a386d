"""What goes in and out about the agencies of the network."""

from __future__ import annotations

from marshmallow import fields

from engine.participants.models import Channel
from web.api.fields import Body, Choice, Id, Instant, Text
from web.api.shapes import Answer, many, maybe


class AgencyQuery(Body):
    """Which agencies."""

    service = Text(longest=200, metadata={"description": "A lane that the agency plays."})
    area_id = Id()


class Service(Answer):
    """A service, that is a lane of the protocols."""

    id = fields.String()
    name = fields.String()


class Listed(Answer):
    """An agency, with whether it is open now."""

    id = fields.UUID()
    name = fields.String()
    services = many(Service())
    area_id = maybe(fields.UUID)
    area = maybe(fields.String)
    channel = Choice(Channel)
    telephone = maybe(fields.String)
    email = maybe(fields.String)
    is_open = fields.Boolean()
    changes_at = maybe(Instant, metadata={"description": "When it closes, or opens again; null where it never closes."})
    today = fields.String(metadata={"description": "Today's hours on the clock of Rome; empty for closed."})
    out_of_hours = maybe(fields.String)


class PhoneBook(Answer):
    """The agencies, by name."""

    now = Instant()
    agencies = many(Listed())
