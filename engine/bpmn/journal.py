"""What happened in a command, in order, as the instance tells it: the history of a case is written from it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from engine.bpmn import model
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

    `outermost` when it happened in the instance's own process, not within a subprocess or a call, even one of itself.
    """

    change: Change
    token_id: UUID
    node: model.Node
    definition_id: UUID
    outermost: bool
    code: str | None = None
    made: Made | None = None


def line(change: Change, token: Token, code: str | None = None, made: Made | None = None) -> JournalLine:
    """Write a line about a token."""
    workflow = token.workflow
    outermost = workflow is workflow.top_workflow
    return JournalLine(change, token.id, token.task_spec.element, workflow.spec.definition_id, outermost, code, made)
