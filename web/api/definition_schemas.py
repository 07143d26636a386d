"""What goes out about protocols: versions, deployments, and what is said of them."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.migration_plan import Fate, Thing
from engine.deadlines.models import DeadlineClock
from web.api import schemas
from web.api.fields import Choice, Instant
from web.api.shapes import Answer, many, maybe


class Warned(Answer):
    """What is legal in a protocol and probably not meant: where, why, and the way out."""

    level = fields.String()
    file = fields.String()
    element = fields.String()
    name = maybe(fields.String)
    line = maybe(fields.Integer)
    reason = fields.String()
    way_out = fields.String()


class DeployedVersion(schemas.Version):
    """What became of a process of a deployment."""

    is_new = fields.Boolean(metadata={"description": "False when the same content was in force before."})
    warnings = many(Warned())


class Deployment(Answer):
    """What a deployment put in force."""

    definitions = many(DeployedVersion())


class Check(Answer):
    """What a deployment would warn of; one that would be refused is."""

    warnings = many(Warned())


class Start(Answer):
    """Where people may begin a process; one that only begins by itself has none."""

    id = fields.String()
    name = fields.String()
    form = maybe(fields.Dict, metadata={"description": "The form-js schema of its form."})


class NextStart(Answer):
    """When a version begins by itself next."""

    start_event = fields.String()
    start_name = fields.String()
    due_at = Instant()
    repeats = fields.Boolean()
    failure = maybe(fields.String, metadata={"description": "Why the last attempt has not succeeded."})


class PlanLine(Answer):
    """What happens to one thing of the cases of a group."""

    thing = Choice(Thing)
    element = fields.String()
    name = fields.String()
    fate = Choice(Fate)
    clock = Choice(DeadlineClock, allow_none=True)
    due_at = maybe(Instant, metadata={"description": "Null where there is none, or where several cases are meant."})


class PlanGroup(Answer):
    """Cases that would fare alike."""

    key = fields.String(metadata={"description": "What `apply` is told; another as soon as something else is true."})
    count = fields.Integer(metadata={"description": "How many of this page; other pages may have more of them."})
    versions = fields.List(fields.Integer())
    lines = many(PlanLine())
    problems = many(Warned(), metadata={"description": "What keeps them on their versions; else they can go."})


class Plan(Answer):
    """What would become of a page of running cases."""

    groups = many(PlanGroup())
    standing = fields.Integer(metadata={"description": "Running cases on other versions, on all pages."})
    next = maybe(fields.String)


class Stayed(Answer):
    """Cases that were to go and did not: what they did meanwhile stands in the next plan."""

    code = fields.String()
    count = fields.Integer()
    problems = many(Warned())


class Carried(Answer):
    """How many cases of a page have gone over."""

    gone = fields.Integer()
    stayed = many(Stayed())
    next = maybe(fields.String)


class VersionPage(schemas.Version):
    """A version with what one needs to start it."""

    documentation = fields.String()
    lanes = many(schemas.Lane())
    variables = many(schemas.Variable())
    starts = many(Start())
    next_starts = many(NextStart())
    bpmn = fields.String()
    warnings = many(Warned())
