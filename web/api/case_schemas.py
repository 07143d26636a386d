"""What goes out about a case: who takes part, the answers that one may read, how it ended."""

from __future__ import annotations

from marshmallow import fields

from engine.cases.models import CaseStatus, InstanceStatus, SubmissionKind
from engine.deadlines.models import DeadlineClock
from web.api.fields import Choice, Instant
from web.api.shapes import Answer, many, maybe


class CaseRow(Answer):
    """A case."""

    id = fields.UUID()
    code = fields.String()
    state = Choice(CaseStatus)
    opened_at = Instant()
    closed_at = maybe(Instant)


class Participant(Answer):
    """An agency that takes part in a case now."""

    lane = fields.String()
    agency_name = fields.String()


class Submission(Answer):
    """An answer that one's own agency gave, or one to the start form of a process in which it has a part."""

    id = fields.UUID()
    task_name = maybe(fields.String, metadata={"description": "Null for the answers to a start form."})
    protocol_name = fields.String()
    agency_name = fields.String()
    own = fields.Boolean()
    kind = Choice(SubmissionKind)
    happened_at = Instant()
    recorded_at = Instant()
    submitted_by_name = maybe(fields.String, metadata={"description": "Null for a person of another agency."})
    correctable = fields.Boolean()
    misfiled_at = maybe(Instant, metadata={"description": "Since when nothing is left of it: it was another case's."})


class SubmissionPage(Submission):
    """An answer with what it says: what is no secret, and the kinds of secret that are opened."""

    case_id = fields.UUID()
    values = fields.Raw()
    opened = fields.List(fields.String())
    closed = fields.List(fields.String(), metadata={"description": "The other kinds in which something was answered."})


class Shorter(Answer):
    """A clock of the same step in a linked contact, due before the one of this step: it is the one that counts."""

    clock = Choice(DeadlineClock)
    due_at = Instant()
    case_code = fields.String()


class Request(Submission):
    """What a process was started with, as it holds now; `corrected` when that is not what was said first."""

    values = fields.Raw()
    closed = fields.List(fields.String(), metadata={"description": "Kinds of secret; to be opened in the answer."})
    corrected = fields.Boolean()


class Ending(Answer):
    """How a process ended, of those in which one's own agency has a part."""

    protocol_name = fields.String()
    outcome = maybe(fields.String, metadata={"description": "Name of the end event that it reached."})
    state = Choice(InstanceStatus)
    ended_at = Instant()


class Cancellation(Answer):
    """Who cancelled a case and why; person and reason are null for whoever has no part in it."""

    at = Instant()
    agency_name = maybe(fields.String)
    actor_name = maybe(fields.String)
    reason = maybe(fields.String)


class CasePage(CaseRow):
    """A case with who takes part in it, the answers that one may read, how it ended, and what one may do with it."""

    participants = many(Participant())
    submissions = many(Submission())
    endings = many(Ending())
    cancellation = fields.Nested(Cancellation(), allow_none=True)
    may = fields.List(fields.String())


class Exclusion(Answer):
    """Who is kept out of a case; letting in again takes two."""

    id = fields.UUID()
    user_id = maybe(fields.UUID)
    agency_id = maybe(fields.UUID)
    name = fields.String()
    abstained = fields.Boolean(metadata={"description": "She has put it herself; nobody is told why."})
    since = Instant()
    put_for = fields.String()
    reason = maybe(fields.String, metadata={"description": "Null but for the agency that gave it."})
    lift_asked_by = maybe(fields.String)


class Attempt(Answer):
    """Somebody who is kept out has tried to open the case."""

    at = Instant()
    name = fields.String()


class Exclusions(Answer):
    """Who is kept out of a case, who is told in their place, who has tried all the same."""

    items = many(Exclusion())
    alternate_id = maybe(fields.UUID)
    free_lanes = fields.List(fields.String(), metadata={"description": "Lanes whose agency is kept out."})
    attempts = many(Attempt())


class Lifted(Answer):
    """An exclusion that a second person has still to agree to lift, or that has ended."""

    id = fields.UUID()
    until = maybe(Instant)
