"""What happened in a command, in order, as the instance tells it: the history of a case is written from it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from engine.bpmn import completed, model
from engine.bpmn.rules import Made
from engine.bpmn.workflow import Token


class Change(StrEnum):
    """What the journal says happened to a token."""

    OPENED = "opened"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FIRED = "fired"
    DECIDED = "decided"
    ENDED = "ended"
    STUCK = "stuck"
    RESUMED = "resumed"
    REOPENED = "reopened"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One thing that happened in this command, in order: `code` says why a token is stuck, `made` what was decided.

    `undone` is the id of the activity, or of the scope, that has been undone by what is completed.
    `outermost` when it happened in the instance's own process, not within a subprocess or a call, even one of itself.
    """

    change: Change
    token_id: UUID
    node: model.Node
    definition_id: UUID
    outermost: bool
    code: str | None = None
    made: Made | None = None
    undone: str | None = None


def line(change: Change, token: Token, code: str | None = None, made: Made | None = None) -> JournalLine:
    """Write a line about a token."""
    workflow = token.workflow
    outermost = workflow is workflow.top_workflow
    undone = completed.undone(token) if change is Change.COMPLETED else None
    element, definition_id = token.task_spec.element, workflow.spec.definition_id
    return JournalLine(change, token.id, element, definition_id, outermost, code, made, undone)
