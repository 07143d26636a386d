"""What goes in and out about who is on call, how she is reached, ladders and recounts."""

from __future__ import annotations

from marshmallow import fields

from engine.calendars.lengths import Clock
from engine.cases import reserving
from engine.ladders.steps import EscalationClass
from engine.notifications.contacts import Lack
from engine.notifications.outbox_models import Medium
from engine.participants.models import Role
from engine.roster.coverage import Fault
from engine.roster.models import Capability
from web.api.fields import Body, Choice, Count, Flag, Id, Instant, Names, Text
from web.api.shapes import Answer, many, maybe

_LONGEST = 2_000
_SHORT = 200
_TOML = {"description": "The ladder of the class in TOML, as `toml` of `GET /ladders` has it."}
_FAULTS = {"description": "Publish though something is wrong: whoever does so has read what (`GET /rosters/{id}`)."}


class Ladder(Answer):
    """One version of the ladder of a class; the highest number is in force."""

    escalation_class = Choice(EscalationClass)
    version = fields.Integer()
    clock = Choice(Clock)
    acknowledged = maybe(fields.String, metadata={"description": "For how long an acknowledgement stops it."})
    returned = maybe(fields.String, metadata={"description": "After how long what is taken and not touched goes back."})
    steps = fields.List(fields.Dict())
    toml = fields.String()
    valid_from = Instant()
    approved_by = fields.String()
    reason = maybe(fields.String)


class Ladders(Answer):
    """The ladders of a network, each with what it was before, the newest first."""

    items = many(Ladder())


class ChangeLadder(Body):
    """The ladder of a class from now on, the body that has decided it, and why."""

    escalation_class = Choice(EscalationClass, required=True)
    toml = Text(longest=8_000, shortest=1, required=True, metadata=_TOML)
    approved_by = Text(longest=_SHORT, shortest=1, required=True)
    reason = Text(longest=_LONGEST, shortest=1, required=True)


class WhoWhen(Body):
    """For which service, or all; at which instant, or now."""

    service = Text(longest=_SHORT, shortest=1)
    at = Instant()


class OnCallDuty(Answer):
    """Who is to be called: people by name for who may read the roster; the number is the service's or the office's."""

    user_id = maybe(fields.UUID)
    role = Choice(Role)
    agency_id = fields.UUID()
    agency_name = fields.String()
    name = maybe(fields.String)
    telephone = maybe(fields.String)


class OnCall(Answer):
    """Who is to be called for a service at an instant, in order; `gap`: nobody but the coordination."""

    roster_id = fields.UUID()
    service = fields.String()
    name = fields.String()
    area = maybe(fields.String)
    telephone = maybe(fields.String)
    at = Instant()
    gap = fields.Boolean()
    positions = many(OnCallDuty())


class Rosters(Answer):
    """Who is on call, for each roster of the network."""

    items = many(OnCall())


class SetUp(Body):
    """A service that has somebody on call, in an area or in the whole network."""

    service = Text(longest=_SHORT, shortest=1, required=True)
    area_id = Id(allow_none=True, load_default=None)
    telephone = Text(longest=40, load_default="")
    needs = Names(load_default=list, metadata={"description": f"Some of {', '.join(Capability)}."})


class ChangeRoster(Body):
    """The number of a service, and what at least one of each shift must be able to do."""

    telephone = Text(longest=40, required=True)
    needs = Names(required=True)


class Roster(Answer):
    """A service that has somebody on call."""

    id = fields.UUID()
    service = fields.String()
    area_id = maybe(fields.UUID)
    telephone = maybe(fields.String)
    needs = fields.List(fields.String())


class Day(Body):
    """Which week: that of this day, or the present one."""

    day = fields.Date(error_messages={"invalid": "no_date"})


class Shift(Answer):
    """A shift: a draft until it is published; one that replaces goes before those that it lies over."""

    id = fields.UUID()
    roster_id = fields.UUID()
    starts_at = Instant()
    ends_at = Instant()
    first_id = fields.UUID()
    second_id = maybe(fields.UUID)
    languages = fields.List(fields.String())
    capabilities = fields.List(fields.String())
    replaces = fields.Boolean()
    published_at = maybe(Instant)


class FaultFound(Answer):
    """Something that is wrong, from when to when."""

    fault = Choice(Fault)
    starts_at = Instant()
    ends_at = Instant()
    user_id = maybe(fields.UUID)
    lacking = fields.List(fields.String())


class Swap(Answer):
    """A swap that waits for an answer; `mine`: for one's own."""

    id = fields.UUID()
    shift = fields.Nested(Shift)
    in_return = fields.Nested(Shift, allow_none=True)
    from_name = fields.String()
    to_name = fields.String()
    mine = fields.Boolean()


class Week(Answer):
    """A week of a roster: its shifts, what is wrong with it (gaps too), swaps that wait."""

    monday = fields.Date()
    shifts = many(Shift())
    faults = many(FaultFound())
    drafts = fields.Integer()
    may_plan = fields.Boolean()
    swaps = many(Swap())


class WriteShift(Body):
    """A shift, as a draft."""

    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    first = Id(required=True)
    second = Id(allow_none=True, load_default=None)
    languages = Names(load_default=list, metadata={"description": "Codes of ISO 639-1."})
    capabilities = Names(load_default=list, metadata={"description": f"Some of {', '.join(Capability)}."})


class Replace(WriteShift):
    """A shift that goes before what the roster says, at once: illness, an accident."""

    reason = Text(longest=_SHORT, shortest=1, required=True)


class Publish(Body):
    """Drafts that begin before an instant."""

    until = Instant(required=True)
    despite_faults = Flag(load_default=False, metadata=_FAULTS)


class Published(Answer):
    """How many were published."""

    published = fields.Integer()


class AskSwap(Body):
    """Who is asked to take a shift of one's own; or which shift of hers one takes for it."""

    to = Id(allow_none=True, load_default=None)
    in_return = Id(allow_none=True, load_default=None)


class AskedSwap(Answer):
    """A swap that was asked for."""

    id = fields.UUID()
    shift_id = fields.UUID()
    to_id = fields.UUID()


class Answered(Body):
    """Whether one takes the shift."""

    accept = Flag(required=True)


class OwnContact(Answer):
    """An address or number of one's own; it counts once its code has come back (`verified_at`)."""

    medium = Choice(Medium)
    carried = fields.Boolean(metadata={"description": "Whether this installation sends anything over it."})
    address = maybe(fields.String)
    verified_at = maybe(Instant)
    broken_at = maybe(Instant)
    code_until = maybe(Instant)


class Contacts(Answer):
    """How one is reached outside the pages."""

    items = many(OwnContact())


class PutContact(Body):
    """An address, or a number; a code is sent there."""

    medium = Choice(Medium, required=True)
    address = Text(longest=_SHORT, shortest=1, required=True)


class OneMedium(Body):
    """Of which address."""

    medium = Choice(Medium, required=True)


class VerifyContact(OneMedium):
    """The code that has come."""

    code = Text(longest=20, shortest=1, required=True)


class OnCallPerson(Answer):
    """Somebody with a shift to come: whether a text message or a call would wake her, and the last test."""

    user_id = fields.UUID()
    name = fields.String()
    next_shift_at = Instant()
    lack = Choice(Lack, allow_none=True)
    tested_at = maybe(Instant)
    answered_at = maybe(Instant)
    messages = fields.Integer()


class Reached(Answer):
    """Everybody with a shift to come."""

    items = many(OnCallPerson())


class Outlook(Answer):
    """What a recount would do with an agency's clocks, in numbers."""

    agency_name = fields.String()
    later = fields.Integer()
    earlier = fields.Integer()
    late = fields.Integer()
    ladders = fields.Integer()
    held_back = fields.Integer()
    undecided = fields.Integer(attribute="unknown", metadata={"description": "What cannot be said stays."})


class RecountPlan(Answer):
    """What a recount would move: on the hours of now, or with the present length of a parameter."""

    parameter = maybe(fields.String)
    length = fields.String()
    moving = fields.Integer()
    agencies = many(Outlook())


class RecountOrder(Answer):
    """A recount that was ordered, and how far it is."""

    id = fields.UUID()
    parameter = maybe(fields.String)
    reason = fields.String()
    expected = fields.Integer()
    moved = fields.Integer()
    failed = fields.Integer()
    asked_at = Instant()
    done_at = maybe(Instant)


class Recounts(Answer):
    """What a recount would move, and those that were ordered."""

    plans = many(RecountPlan())
    orders = many(RecountOrder())


class OrderRecount(Body):
    """What is recounted, why, and how many would move (`moving`): if it is another number by then, it is refused."""

    parameter = Text(longest=_SHORT, shortest=1, allow_none=True, load_default=None)
    reason = Text(longest=_LONGEST, shortest=1, required=True)
    expected = Count(least=1, most=10_000_000, required=True)


class ReservedCode(Answer):
    """A case code for the hours on paper, good once."""

    agency_id = fields.UUID()
    code = fields.String()
    reserved_at = Instant()
    expires_at = Instant()


class ReservedCodes(Answer):
    """The codes of one's agencies that were not entered yet."""

    items = many(ReservedCode())


class Reserve(Body):
    """How many case codes an agency wants on paper."""

    agency = Id(required=True)
    number = Count(least=1, most=reserving.MOST, load_default=10)
