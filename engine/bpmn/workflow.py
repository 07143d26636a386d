"""SpiffWorkflow's workflow, made flat: every live token is a child of the root, and a finished one is gone at once.

SpiffWorkflow keeps the whole history as a tree and walks it at each step. We keep only tokens, so that a step costs
the same after ten tasks and after five thousand; the history is written by `cases` from the journal.

States used: READY (the engine runs it next), STARTED (an activity is open, or an event is waited for), WAITING (a
token at a join). A token that cannot go on carries an incident code and stays READY until somebody retries.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Signal
from engine.bpmn.rules import Made
from engine.bpmn.scopes import ROOT, ScopeTree
from engine.bpmn.way_back import WayBack

READY, STARTED, WAITING = TaskState.READY, TaskState.STARTED, TaskState.WAITING
LIVE = READY | STARTED | WAITING

# Marks of a token that what it waits for has come.
HAPPENED = ("firing", "received")

# Marks of a token that goes nowhere from where it is: on a border, or undoing what has been completed.
BESIDE = frozenset({"host", "undoes", "apart"})


class Token(Task):  # type: ignore[misc]
    """SpiffWorkflow's task as a token: a change of its state is not logged, which took a sixth of each step."""

    def _set_state(self, value: int) -> None:
        self._state = value


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way: to whoever waits for this name under this key, until the instant when it lapses."""

    name: str
    key: str
    values: Mapping[str, Any]
    until: datetime


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """The specification of one scope: a process or an embedded subprocess, shared by all its instances.

    `joins_inclusively`: an inclusive join in it looks at where all its tokens are.
    """

    def __init__(self, name: str, definition_id: UUID) -> None:
        # BpmnProcessSpec would add nodes called Start, End and Root, which are legal element ids.
        WorkflowSpec.__init__(self, name=name)
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}
        self.io_specification = None
        self.bpmn_start_events: list[Any] = []
        self.definition_id = definition_id
        self.joins_inclusively = False
        # The event subprocess that undoes the whole scope, if it has one.
        self.undone_by: str | None = None


class Flat:
    """What both kinds of workflow share."""

    spec: Any
    tasks: dict[UUID, Token]
    task_tree: Token
    completed: bool
    last_task: Token | None
    top_workflow: "Workflow"

    @property
    def scope_key(self) -> str:
        raise NotImplementedError

    def place(self, spec_name: str, **internal: object) -> Token:
        """Put a new token on a node; the engine runs it in turn."""
        token = Token(self, self.spec.task_specs[spec_name], self.task_tree, TaskState.FUTURE)
        token.internal_data.update(internal)
        token.task_spec._update(token)
        return token

    def live(self) -> list[Token]:
        """Give the live tokens, oldest first."""
        return [token for token in self.tasks.values() if token.has_state(LIVE)]

    def discard(self, token: Token) -> None:
        """Forget a token that has done its work, and with it what was its instance's own."""
        if "within" in token.internal_data:
            self.top_workflow.scopes.close(token.internal_data["within"])
        if token.id in self.tasks:
            self._remove_task(token.id)  # type: ignore[attr-defined]

    def is_completed(self) -> bool:
        return self.completed

    def update_waiting_tasks(self) -> None:
        """Nothing: joins, timers and messages are moved on by name, never by polling."""

    def _task_completed_notify(self, token: Token) -> None:
        if self.completed or any(not only_listens(other) for other in self.tasks.values() if other.has_state(LIVE)):
            return
        self.completed = True
        for listener in self.live():
            listener.cancel()
        self._finished()

    def _finished(self) -> None:
        raise NotImplementedError


def around(token: Token) -> str:
    """Give the scope that a node stands in: of its instance, where the activity has several, else of its workflow."""
    within: str | None = token.internal_data.get("within")
    return token.workflow.scope_key if within is None else within


def only_listens(token: Token) -> bool:
    """Say whether a token only watches over its scope: an event subprocess to which nothing has happened yet."""
    internal = token.internal_data
    return bool(internal.get("listening")) and not any(internal.get(name) for name in HAPPENED)


class _NoScripts:
    """Stands where SpiffWorkflow keeps its Python engine: nothing here may ever run Python."""

    environment = None


class Workflow(Flat, BpmnWorkflow):  # type: ignore[misc]
    """The top of a running instance: its tokens, its subprocesses, its variables, and the journal of this command.

    `urgent` are the tokens to which something has just happened: they run before all others. `ways_back` are the
    completions that can be undone. `thrown` is what has to reach others than this instance.
    """

    def __init__(self, spec: ProcessSpec, *, restoring: bool = False) -> None:
        self.scopes = ScopeTree()
        self.journal: list[tuple[str, Token, Made | None]] = []
        self.start_event: str = ""
        self.urgent: list[Token] = []
        self.ways_back: list[WayBack] = []
        self.thrown: list[Signal | Sent] = []
        super().__init__(spec, script_engine=_NoScripts(), deserializing=restoring)

    @property
    def scope_key(self) -> str:
        return ROOT

    def note(self, kind: str, token: Token, made: Made | None = None) -> None:
        """Write one line of the journal; `made` is the decision that was made there, if one was."""
        self.journal.append((kind, token, made))

    def workflows(self) -> Iterator[Flat]:
        """Give the top and every open subprocess, outermost first."""
        yield self
        yield from list(self.subprocesses.values())

    def open_subprocess(self, token: Token, spec: ProcessSpec) -> "SubWorkflow":
        """Start a subprocess under the token of its activity."""
        inner = SubWorkflow(spec, token.id, self)
        self.subprocesses[token.id] = inner
        return inner

    def close_subprocess(self, token: Token) -> None:
        """End the subprocess of an activity: what is still open in it is cancelled."""
        inner = self.subprocesses.get(token.id)
        if inner is None:
            return
        for open_token in inner.live():
            open_token.cancel()
        self.subprocesses.pop(token.id, None)

    def _finished(self) -> None:
        """Nothing: `runtime` reads `completed`."""


class SubWorkflow(Flat, BpmnSubWorkflow):  # type: ignore[misc]
    """An open embedded subprocess or called process."""

    def __init__(self, spec: ProcessSpec, parent_task_id: UUID, top: Workflow, *, restoring: bool = False) -> None:
        super().__init__(spec, parent_task_id, top, deserializing=restoring)

    @property
    def scope_key(self) -> str:
        return str(self.parent_task_id.hex)

    @property
    def host(self) -> Token:
        """The token of the activity that this subprocess is the inside of."""
        found: Token = self.top_workflow.get_task_from_id(self.parent_task_id)
        return found

    def _task_completed_notify(self, token: Token) -> None:
        if "undoes" not in token.internal_data:
            self.host.task_spec.after(token)
        super()._task_completed_notify(token)

    def _finished(self) -> None:
        host = self.host
        host.internal_data["returned"] = True
        host._set_state(READY)
