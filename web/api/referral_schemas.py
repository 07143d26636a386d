"""What goes in and out about referrals to and from other networks."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.referral_models import ReferralState
from engine.consent.models import BasisKind
from web.api.fields import Body, Choice, Id, Instant, Lanes, Text, Values
from web.api.shapes import Answer, by_language, many, maybe

_LONGEST = 200
_VALUES = {"description": "The answers to the form with which the other network begins: nothing else travels."}
_PART = {"description": "The agency that refers: needed from whoever works for several that take part."}
_LANES = {"description": "The agency that plays each lane; a lane that one agency alone can play may be left out."}


class NewReferral(Body):
    """A case that is to be referred to another network."""

    to_network = Id(required=True)
    purpose = Text(longest=_LONGEST, shortest=1, required=True)
    values = Values(required=True, metadata=_VALUES)
    on_part_of = Id(metadata=_PART)


class Acceptance(Body):
    """Who plays what in the case that begins."""

    lanes = Lanes(load_default=dict, metadata=_LANES)


class Referral(Answer):
    """A referral as its sender has it: never anything of the other network's case."""

    id = fields.UUID()
    case_id = fields.UUID()
    to_name = fields.String()
    purpose = fields.String()
    state = Choice(ReferralState)
    sent_at = Instant()
    due_at = Instant()
    answered_at = maybe(Instant)


class SentReferral(Referral):
    """A referral in a list; `open`: it waits, or came back and nobody has dealt with it."""

    case_code = fields.String()
    from_agency = fields.String()
    late = fields.Boolean()
    open = fields.Boolean()
    reason = maybe(fields.String)


class SentReferrals(Answer):
    """The referrals that one's own agencies have sent."""

    items = many(SentReferral())


class Network(Answer):
    """A network that receives referrals, and the agency that she has to agree to."""

    network_id = fields.UUID()
    name = fields.String()
    agency_id = fields.UUID()


class Standing(Answer):
    """What allows it for a purpose, and whether she said no."""

    purpose = fields.String()
    basis = Choice(BasisKind, allow_none=True)
    refused = fields.Boolean()


class Preparation(Answer):
    """The networks, and of the chosen one (`to_network`) its questions by key and what allows that it be told."""

    networks = many(Network())
    asked = fields.Dict(keys=fields.String(), values=by_language())
    standing = many(Standing())
    referrals = many(SentReferral())
    may_send = fields.Boolean()


class Chosen(Body):
    """Which network."""

    to_network = Id()


class ReceivedReferral(Answer):
    """A referral as who is asked has it; `new_case_id` is the case that began with it."""

    id = fields.UUID()
    purpose = fields.String()
    state = Choice(ReferralState)
    from_name = fields.String()
    sent_at = Instant()
    due_at = Instant()
    answered_at = maybe(Instant)
    new_case_id = maybe(fields.UUID)


class ReceivedReferrals(Answer):
    """What other networks have referred."""

    items = many(ReceivedReferral())


class ReceivedPage(Answer):
    """A referral with the names of the questions that it answers."""

    row = fields.Nested(ReceivedReferral())
    process = fields.String()
    fields_ = fields.List(by_language(), data_key="fields", attribute="fields")
