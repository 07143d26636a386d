"""What goes out, by resource. Every field is named here: none leaves the house by oversight."""

from __future__ import annotations

from marshmallow import Schema, fields

import forms
from engine.calendars import lengths
from engine.cases.models import Baton, InstanceStatus, TaskStatus
from engine.deadlines.models import DeadlineClock, DeadlineStatus, RungStatus, RungStep
from engine.participants.models import Role
from engine.terms import Nature
from web.api import case_schemas, watch_schemas
from web.api.fields import Choice, Instant
from web.api.shapes import Answer, by_language, many, maybe

NEUTRAL = {"description": "Null for the step of another agency: that it exists is all there is to know."}

_BATON = {"description": "The case is still to be handed over for it, or to be accepted; null once it is there."}

_FIRST = {"description": "Who has answered it first, where a second person has to confirm."}

_RECORDED_LATE = {"description": "Done in time, and recorded when the time was over."}


class Problem(Schema):
    """An error (RFC 9457). `code` is for programs; `errors` says which fields or parameters are wrong."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    problems = fields.List(fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True)))
    reference = fields.String()


class Status(Answer):
    """Whether the service runs."""

    status = fields.String()


class Delivered(Answer):
    """How many steps the message moved, or processes it started."""

    moved = fields.Integer()


class Agency(Answer):
    """An agency."""

    id = fields.UUID()
    name = fields.String()


class Lane(Answer):
    """A lane, and who can play it."""

    id = fields.String()
    name = fields.String()
    agencies = many(Agency())


class Variable(Answer):
    """A variable that comes from outside, with its FEEL type."""

    name = fields.String()
    type = fields.String()


class Version(Answer):
    """A deployed version of a process."""

    id = fields.UUID()
    key = fields.String()
    version = fields.Integer()
    name = fields.String()
    digest = fields.String()
    deployed_at = Instant()


class Instance(Answer):
    """A process that runs in a case."""

    id = fields.UUID()
    case_id = fields.UUID()
    definition_id = fields.UUID()
    state = Choice(InstanceStatus)
    started_at = Instant()


class Step(Answer):
    """A step of a case."""

    task_id = maybe(fields.UUID, metadata=NEUTRAL)
    label = maybe(fields.String, metadata=NEUTRAL)
    lane = fields.String()
    agency_name = fields.String()
    state = Choice(TaskStatus)
    created_at = Instant()
    due_at = maybe(Instant)
    late = fields.Boolean()
    kept = maybe(fields.Boolean)
    recorded_late = fields.Boolean(metadata=_RECORDED_LATE)
    own = fields.Boolean()


class Line(Answer):
    """A line of a case's history."""

    kind = fields.String()
    happened_at = Instant()
    recorded_at = Instant()
    late_entry = fields.Boolean()
    label = maybe(fields.String, metadata=NEUTRAL)
    agency_name = maybe(fields.String)
    actor_name = maybe(fields.String, metadata=NEUTRAL)
    on_behalf_of_name = maybe(fields.String)
    kept = maybe(fields.Boolean)
    reason = maybe(fields.String)
    instead_of = maybe(fields.String, metadata={"description": "Whom the actor stood in for."})
    note = maybe(fields.String, metadata={"description": "What the coordination agreed about the step."})
    decided_by = maybe(fields.String, metadata={"description": "Who decided at the agency for which it is recorded."})
    undone_by = maybe(fields.String, metadata={"description": "The name of the step that has undone the one named."})


class Task(Answer):
    """A step as a person has to do it."""

    id = fields.UUID()
    case_id = fields.UUID()
    definition_id = fields.UUID()
    element_id = fields.String()
    name = fields.String()
    lane = fields.String()
    agency_id = fields.UUID()
    state = Choice(TaskStatus)
    revision = fields.Integer()
    assignee_id = maybe(fields.UUID)
    first_by_id = maybe(fields.UUID, metadata=_FIRST)
    created_at = Instant()


class Completed(Answer):
    """A completed step, and the steps that it opened for one's own agencies; one to be confirmed is `open` again."""

    task = fields.Nested(Task())
    opened = many(Task())


class TaskRow(Task):
    """A step in a list; `due_at` is the next of its clocks that still runs."""

    case_code = fields.String()
    agency_name = fields.String()
    assignee_name = maybe(fields.String)
    due_at = maybe(Instant)
    clock = Choice(DeadlineClock, allow_none=True)
    late = fields.Boolean()
    handover = Choice(Baton, allow_none=True, metadata=_BATON)


class Rung(Answer):
    """A step of a ladder."""

    step = Choice(RungStep)
    targets = fields.List(fields.String(), metadata={"description": "Whom it reaches, looked up when it fires."})
    due_at = Instant()
    state = Choice(RungStatus)
    fired_at = maybe(Instant)


class Acknowledged(Answer):
    """Until when the ladders of a step stand still; to be said again by then."""

    until = Instant()


class Clock(Answer):
    """A clock of a step, with its ladder."""

    clock = Choice(DeadlineClock)
    parameter = fields.String()
    title_it = fields.String()
    title_en = fields.String()
    nature = Choice(Nature)
    consequence_it = fields.String()
    consequence_en = fields.String()
    counts = Choice(lengths.Clock)
    starts_at = Instant()
    due_at = Instant()
    state = Choice(DeadlineStatus)
    happened_at = maybe(Instant)
    stopped_at = maybe(Instant)
    kept = maybe(fields.Boolean)
    recorded_late = fields.Boolean(metadata=_RECORDED_LATE)
    rungs = many(Rung())


class Form(Answer):
    """A form as it was deployed (`schema`, form-js JSON); `visible` are the keys to ask for, given what is answered.

    A question of a repeated group is named with the number of its row: `figli.0.eta`.
    """

    id = fields.String()
    schema = fields.Raw()
    visible = fields.List(fields.String())


class Draft(Answer):
    """The answers so far."""

    values = fields.Raw()
    saved_at = Instant()


class Declined(Answer):
    """An agency that has said no in a lane, and when."""

    agency_id = fields.UUID()
    at = Instant()


class Choices(Answer):
    """A lane that the step gives to an agency, who can play it, who does now, and who has said no."""

    lane = fields.String()
    name = fields.String()
    agencies = many(Agency())
    current_id = maybe(fields.UUID)
    declined = many(Declined())


class Reasons(Answer):
    """What one decision table found, in its own words: language -> text."""

    heading = by_language()
    remarks = fields.List(by_language())


class Explanation(Answer):
    """How the proposal came about that the step is to judge: the result first, then what it rests on."""

    made_at = Instant()
    version = fields.Integer(metadata={"description": "Of the protocol whose tables were asked."})
    parts = many(Reasons())


class TaskPage(Task):
    """A step with its form, one's draft of the answers, its clocks, and what one may do with it now."""

    case_code = fields.String()
    agency_name = fields.String()
    assignee_name = maybe(fields.String)
    documentation = fields.String()
    undoes = maybe(fields.String, metadata={"description": "The name of the step that this one undoes."})
    needs_on_behalf_of = fields.Boolean()
    must_name_decider = fields.Boolean()
    must_be_another = fields.Boolean(metadata={"description": "One has done a step that this one is kept apart from."})
    form = fields.Nested(Form(), allow_none=True)
    draft = fields.Nested(Draft(), allow_none=True)
    deadlines = many(Clock())
    request = fields.Nested(case_schemas.Request(), allow_none=True)
    explanation = fields.Nested(Explanation(), allow_none=True)
    lane_choices = many(Choices())
    shorter = many(case_schemas.Shorter())
    may = fields.List(fields.String())


class Corrected(Answer):
    """A correction."""

    id = fields.UUID()
    corrects_id = fields.UUID()
    task_id = maybe(fields.UUID, metadata={"description": "Null for the answers to a start form."})
    happened_at = Instant()
    recorded_at = Instant()


class Told(Answer):
    """A notice of a ladder: which step, when, to whom, and whether somebody has read it."""

    step = Choice(RungStep)
    at = Instant()
    role = Choice(Role, allow_none=True)
    agency_name = maybe(fields.String)
    person = maybe(fields.String)
    read_at = maybe(Instant)
    clocks = fields.List(Choice(DeadlineClock))


class BoardRow(Answer):
    """A clock that is late, or soon will be; `step_id` is what it is known by on the board, whosever it is."""

    step_id = fields.UUID()
    task_id = maybe(fields.UUID, metadata=NEUTRAL)
    case_id = maybe(fields.UUID)
    case_code = fields.String()
    label = maybe(fields.String, metadata=NEUTRAL)
    agency_name = fields.String()
    assignee_name = maybe(fields.String, metadata=NEUTRAL)
    clock = Choice(DeadlineClock)
    parameter = maybe(fields.String, metadata=NEUTRAL)
    nature = Choice(Nature)
    due_at = Instant()
    late_by = fields.Raw(metadata={"type": "integer", "description": "Seconds; negative before it is late."})
    told = many(Told())
    followed_at = maybe(Instant, metadata={"description": "Since when the coordination follows it."})


class RecordedLate(Answer):
    """A clock whose act was done in time and recorded after it."""

    task_id = maybe(fields.UUID, metadata=NEUTRAL)
    case_id = maybe(fields.UUID)
    case_code = fields.String()
    label = maybe(fields.String, metadata=NEUTRAL)
    agency_name = fields.String()
    clock = Choice(DeadlineClock)
    due_at = Instant()
    happened_at = Instant()
    recorded_at = Instant()


class Incident(Answer):
    """A case that cannot go on until somebody looks."""

    id = fields.UUID()
    case_id = maybe(fields.UUID)
    case_code = fields.String()
    code = fields.String()
    element_id = maybe(fields.String)
    raised_at = Instant()
    retryable = fields.Boolean()


class Board(Answer):
    """What is late, worst first, what is due soon, what is stuck."""

    now = Instant()
    late = many(BoardRow())
    due_soon = many(BoardRow())
    recorded_late = many(RecordedLate())
    incidents = many(Incident())
    watchdog = fields.Nested(watch_schemas.Watchdog())


class File(Answer):
    """A file of an answer: the name that it came with, the kind that its content is."""

    id = fields.UUID()
    name = fields.String()
    kind = fields.String(metadata={"enum": list(forms.KINDS)})
    size = fields.Integer(metadata={"description": "Bytes."})


class FileContent(File):
    """A file with its content."""

    content = fields.String(metadata={"contentEncoding": "base64"})


class Files(Answer):
    """Files as they were handed in."""

    items = many(File())


class _Page(Answer):
    next = maybe(fields.String, metadata={"description": "Cursor of the next page; null on the last one."})


class Versions(_Page):
    """A page of versions."""

    items = many(Version())


class Lines(_Page):
    """A page of history, the newest first."""

    items = many(Line())


class Steps(_Page):
    """A page of steps, the newest first."""

    items = many(Step())


class Tasks(_Page):
    """A page of tasks."""

    items = many(TaskRow())
