"""What goes in and out about requests to know what is kept about somebody."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.request_models import AskedBy, Checked, Delivery, RequestState
from engine.oversight.disclosure import Withheld
from engine.oversight.her_data import Kind
from web.api.fields import Body, ByName, Choice, Flag, Id, Instant, Text
from web.api.schemas import File
from web.api.shapes import Answer, many, maybe

_LONGEST = 2_000
_CONTROLLER = {"description": "The agency that was asked; null for the network, which keeps state and history."}
_WITHHELD = {"description": "Why it is not given; null when it is."}


class NewDataRequest(Body):
    """A request as it was made."""

    code = Text(longest=20, shortest=1, required=True, metadata={"description": "Code of her case."})
    agency = Id(required=True, allow_none=True, metadata=_CONTROLLER)
    asked_by = Choice(AskedBy, required=True)
    checked = Choice(Checked, required=True, metadata={"description": "How it was made sure who she is."})
    reach = Text(longest=_LONGEST, shortest=1, required=True, metadata={"description": "How she is safely reached."})
    through = Text(longest=_LONGEST, load_default="", metadata={"description": "Through whom, if not in person."})
    received_at = Instant(load_default=None, metadata={"description": "When it was asked, if it was not now."})


class Reviewed(Body):
    """What was read: of each entry, by its key, each of its values with the reason for which it is not given."""

    entries = ByName(ByName(Choice(Withheld, allow_none=True, metadata=_WITHHELD)), required=True)


class SecondLook(Body):
    """Whether it may be handed over as it was reviewed; when not, why."""

    approve = Flag(required=True)
    reason = Text(longest=_LONGEST, load_default="")


class Remade(Body):
    """Why it is made a second time, if it is."""

    again = Text(longest=_LONGEST, load_default="")


class PackageDelivery(Body):
    """How it was handed over, and when, if it was not now."""

    delivery = Choice(Delivery, required=True)
    happened_at = Instant()


class DataRequest(Answer):
    """A request, its term and where it stands."""

    id = fields.UUID()
    state = Choice(RequestState)
    asked_by = Choice(AskedBy)
    checked = Choice(Checked)
    received_at = Instant()
    due_at = Instant()
    extended_at = maybe(Instant)
    made_at = maybe(Instant)
    ended_at = maybe(Instant)
    delivery = Choice(Delivery, allow_none=True)


class DataRequestRow(Answer):
    """A request with whose data it asks for, and whom it asks."""

    request = fields.Nested(DataRequest())
    case_code = fields.String()
    controller = maybe(fields.String, metadata={"description": "Null for the network itself."})


class DataRequests(Answer):
    """What is due first, then what is over."""

    items = many(DataRequestRow())


class DataRequestPage(Answer):
    """A request with what was said of it, and who did what."""

    row = fields.Nested(DataRequestRow())
    said = fields.Dict(keys=fields.String(), values=fields.String())
    recorded_by = fields.String()
    reviewed_by = maybe(fields.String)
    approved_by = maybe(fields.String)
    officer = fields.Boolean(metadata={"description": "One answers for it."})
    second = fields.Boolean(metadata={"description": "One may be the second person who looks."})


class DataValue(Answer):
    """One value of an entry."""

    name = fields.String()
    value = fields.Raw()
    seen = fields.Boolean(metadata={"description": "It was reviewed: what was not is never given."})
    withheld = Choice(Withheld, allow_none=True, metadata=_WITHHELD)


class DataEntry(Answer):
    """One thing that is kept of her."""

    key = fields.String(metadata={"description": "How a review names it."})
    kind = Choice(Kind)
    at = Instant()
    name = maybe(fields.String, metadata={"description": "Name of a step, code of a line of history, or purpose."})
    values = many(DataValue())
    files = many(File())


class DataContents(Answer):
    """All that a controller keeps of her, the oldest first."""

    entries = many(DataEntry())


class DataLeft(Answer):
    """How many entries are still to be reviewed; with none left a second person looks."""

    left = fields.Integer()


class DataPackage(Answer):
    """What is handed over, sealed: a page that any browser opens with the phrase, which is kept nowhere."""

    name = fields.String(metadata={"description": "A name for the file that says nothing of what it is."})
    content = fields.String(metadata={"description": "The file, an HTML page in UTF-8."})
    phrase = fields.String(metadata={"description": "To be said apart from the file, never beside it."})
