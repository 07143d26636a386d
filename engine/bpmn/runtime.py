"""One running instance, from a stored state to the next: the face that the rest of the engine sees.

    instance = Instance.restore(definition, content, stored_format, host)
    instance.advance()                      # what is due, in the order of its instants, and what follows from it
    instance.complete(work_item_id, values)
    content = instance.dump()

All of it happens at one instant, the command's (`host.now`). Nothing here touches the database: docs/engine.md shows
how to use it in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import errors
from engine.bpmn import events, gateways, migration, model, reopening, specs, state, structure, waiting
from engine.bpmn.ad_hoc import AdHocSubprocess
from engine.bpmn.building import Definition
from engine.bpmn.expressions import ExpressionFailed, Host, admitted, hosting
from engine.bpmn.journal import Change, JournalLine, line
from engine.bpmn.scopes import ROOT
from engine.bpmn.waiting import Incident, Job, SignalSubscription, Subscription, Timer, WorkItem
from engine.bpmn.workflow import READY, STARTED, WAITING, Sent, Token, Workflow, around, only_listens

MAX_STEPS = 2_000
"""Automatic steps in one command; a diagram that needs more turns in a circle."""


class Instance:
    """A process instance during one command."""

    def __init__(self, definition: Definition, workflow: Workflow, host: Host) -> None:
        self.definition = definition
        self.host = host
        self._workflow = workflow
        self._journal: list[JournalLine] = []
        self._taken_away: dict[UUID, datetime] = {}
        self._steps = 0

    @classmethod
    def start(
        cls, definition: Definition, variables: Mapping[str, Any], host: Host, *, start_event: str = ""
    ) -> "Instance":
        """Start an instance at the named start event, else at the one without trigger, and run it on.

        Raises NotFound when there is no such start event, InvalidValue when there are several without trigger and none
        is named, or when a value can be no variable.
        """
        if not start_event and len(structure.none_starts(definition.process.scope)) > 1:
            raise errors.InvalidValue("start", "required")
        if start_event and start_event not in {name for _flow, name in definition.spec.start.flows}:
            raise errors.NotFound(start_event=start_event)
        workflow = Workflow(definition.spec)
        workflow.scopes.open(ROOT, None, admitted(variables))
        workflow.start_event = start_event
        instance = cls(definition, workflow, host)
        with hosting(host):
            workflow.task_tree.run()
            instance._run()
        return instance

    @classmethod
    def restore(cls, definition: Definition, content: bytes, stored_format: int, host: Host) -> "Instance":
        """Take up an instance where `dump` left it. Raises UnknownFormat, DamagedState."""
        return cls(definition, state.load(definition, content, stored_format), host)

    def dump(self) -> bytes:
        """Give the stored form, of format `state.FORMAT`."""
        return state.dump(self._workflow)

    def advance(self, to: datetime | None = None) -> int:
        """Fire every timer that is due, oldest first, each with all that follows from it; say how many fired.

        `to` (aware) sets the clock on first. It happens all at that one instant, as after an outage: who simulates goes
        from one `next_due` to the next.
        """
        if to is not None:
            host = replace(self.host, now=to)
            if host.now < self.host.now:
                raise errors.InvalidValue("to", "before_now")
            self.host = host
        self._steps = 0
        with hosting(self.host):
            return self._fire_due()

    def complete(self, work_item_id: UUID, values: Mapping[str, Any]) -> None:
        """Complete an open user task with its routing values, and run on. Raises TaskNotOpen, InvalidValue."""
        token = self._token(work_item_id)
        if token is None or not isinstance(token.task_spec, specs.UserTask) or token.state != STARTED:
            raise errors.TaskNotOpen(task=work_item_id)
        before, known = state.plain(self._workflow), len(self._journal)
        self._go_on(token, returned=True, values=admitted(values))
        reopening.remember(self._workflow, work_item_id, before, self._journal[known:])

    def learn(self, token_id: UUID, values: Mapping[str, Any]) -> None:
        """Give the instance values that a live token waits for, and look whether something goes on with them.

        Raises TaskNotOpen, InvalidValue.
        """
        token = self._token(token_id)
        if token is None:
            raise errors.TaskNotOpen(task=token_id)
        for name, value in admitted(values).items():
            self._workflow.scopes.write(around(token), name, value, given=True)
        self._steps = 0
        with hosting(self.host):
            self._run()

    def followed(self, work_item_id: UUID) -> list[UUID]:
        """Give the tokens that would be withdrawn if a completed task were opened again. Raises NoWayBack."""
        reopening.undone(self.definition, self._workflow, work_item_id, self.host.now)
        return [token.id for token in reopening.followed(self._workflow, work_item_id)]

    def reopen(self, work_item_id: UUID) -> None:
        """Open a completed task again, as it was: what came of it is withdrawn. Raises NoWayBack."""
        undone = reopening.undone(self.definition, self._workflow, work_item_id, self.host.now)
        withdrawn = reopening.followed(self._workflow, work_item_id)
        self._journal += [line(Change.CANCELLED, token) for token in withdrawn]
        self._workflow = undone
        self._journal.append(line(Change.REOPENED, undone.get_task_from_id(work_item_id)))

    def migrated(self, definition: Definition, names: Mapping[str, str], began: Mapping[UUID, datetime]) -> "Instance":
        """Give the instance as one of another version; this one stays what it is. Raises CannotMigrate.

        `names` says which element stands for which now. What is new on the border of a live activity counts from when
        that `began` (aware), where that is known, else from now; an instant that is past by then happens next.
        """
        workflow, waiting = migration.move(self._workflow, definition, names)
        moved = Instance(definition, workflow, self.host)
        for token in waiting:
            at = began.get(UUID(token.internal_data.get("host", UUID(int=0).hex)), self.host.now)
            with hosting(replace(self.host, now=at)):
                moved._step(token)
        with hosting(self.host):
            moved._run()
        return moved

    def rivals(self, work_item_id: UUID) -> dict[UUID, model.Node]:
        """Give the activities that must not be in hand while this user task is: of a sequential ad-hoc subprocess."""
        token = self._token(work_item_id)
        if token is None or token.workflow is self._workflow:
            return {}
        around = token.workflow.host.task_spec
        found = around.rivals(token) if isinstance(around, AdHocSubprocess) else []
        return {other.id: other.task_spec.element for other in found}

    def deliver(self, subscription_id: UUID, values: Mapping[str, Any]) -> None:
        """Give a message to the token that waits for it, and run on. Raises NobodyWaits, InvalidValue."""
        token = self._token(subscription_id)
        if token is None or "key" not in token.internal_data or token.state != STARTED:
            raise errors.NobodyWaits(subscription=subscription_id)
        self._steps = 0
        events.happen(token, received=True, values=admitted(values))
        with hosting(self.host):
            self._run()

    def signal(self, name: str, *, network: bool = False) -> int:
        """Let a signal from outside happen to every token that waits for it, and run on; say to how many.

        `network` when it comes from another case.
        """
        self._steps = 0
        heard = events.broadcast(self._workflow, name, network=network)
        with hosting(self.host):
            self._run()
        return heard

    def finish_job(self, job_id: UUID, outputs: Mapping[str, Any]) -> None:
        """Go on with what a function has given: its output mappings say what of it goes out. Raises NobodyWaits."""
        token = self._job(job_id)
        values = dict(outputs) if token.task_spec.element.outputs else {}
        del token.internal_data["job"]
        self._go_on(token, returned=True, values=values)

    def fail_job(self, job_id: UUID, error_code: str) -> None:
        """Throw the error that a function has raised; uncaught, it is an incident. Raises NobodyWaits."""
        token = self._job(job_id)
        self._steps = 0
        if not events.throw_error(token, error_code):
            self._stick(token, "uncaught_error")
        with hosting(self.host):
            self._run()

    def _job(self, job_id: UUID) -> Token:
        token = self._token(job_id)
        if token is None or "job" not in token.internal_data or token.state != STARTED:
            raise errors.NobodyWaits(job=job_id)
        return token

    def set_aside(self, token_id: UUID, code: str) -> None:
        """Make an incident of a token that waits for what it cannot take; it goes on waiting. Raises NobodyWaits."""
        token = self._token(token_id)
        if token is None:
            raise errors.NobodyWaits(subscription=token_id)
        self._stick(token, code)

    def take_thrown(self) -> list[model.Signal | Sent]:
        """Give what was thrown since the last call and has to reach others than this instance, and forget it."""
        thrown, self._workflow.thrown = self._workflow.thrown, []
        return thrown

    def retry(self, incident_id: UUID) -> None:
        """Let a stuck token try again, and run on. Raises NotFound."""
        self._steps = 0
        token = self._token(incident_id)
        if token is None or "incident" not in token.internal_data:
            raise errors.NotFound(incident=incident_id)
        del token.internal_data["incident"]
        self._read_journal()
        self._journal.append(line(Change.RESUMED, token))
        with hosting(self.host):
            self._run()
            self._fire_due()

    def cancel(self) -> None:
        """End everything that is open in the instance."""
        for token in self._workflow.live():
            token.cancel()
        self._workflow.completed = True
        self._read_journal()

    @property
    def completed(self) -> bool:
        """Whether no token is left."""
        return bool(self._workflow.completed)

    @property
    def work_items(self) -> list[WorkItem]:
        """The open user tasks."""
        return waiting.work_items(self._tokens())

    @property
    def timers(self) -> list[Timer]:
        """The timers that are running."""
        return waiting.timers(self._tokens())

    @property
    def next_due(self) -> datetime | None:
        """The instant of the timer that is due first, perhaps past already; None when none is running."""
        return min((timer.due_at for timer in self.timers), default=None)

    @property
    def subscriptions(self) -> list[Subscription]:
        """The tokens that wait for a message."""
        return waiting.subscriptions(self._tokens())

    @property
    def signal_subscriptions(self) -> list[SignalSubscription]:
        """The tokens that wait for a signal."""
        return waiting.signal_subscriptions(self._tokens())

    @property
    def jobs(self) -> list[Job]:
        """The functions that are to be called."""
        return waiting.jobs(self._tokens())

    @property
    def incidents(self) -> list[Incident]:
        """The tokens that cannot go on."""
        return waiting.incidents(self._tokens())

    def variables(self, token_id: UUID | None = None) -> dict[str, Any]:
        """Give what is visible at a live token, or at the top of the instance. Raises NotFound."""
        if token_id is None:
            return dict(self._workflow.scopes.view(ROOT))
        token = self._token(token_id)
        if token is None:
            raise errors.NotFound(token=token_id)
        return dict(specs.variables(token))

    @property
    def taken_away(self) -> dict[UUID, datetime]:
        """The tokens that a timer has cancelled since the journal was last taken, and when that timer was due."""
        return dict(self._taken_away)

    def take_journal(self) -> list[JournalLine]:
        """Give what happened since the last call, and forget it."""
        lines, self._journal = self._journal, []
        self._taken_away.clear()
        return lines

    # --- within ---

    def _tokens(self) -> Iterator[Token]:
        for workflow in self._workflow.workflows():
            yield from workflow.live()

    def _token(self, token_id: UUID) -> Token | None:
        return next((token for token in self._tokens() if token.id == token_id), None)

    def _go_on(self, token: Token, **internal: object) -> None:
        self._steps = 0
        token.internal_data.update(internal)
        token._set_state(READY)
        with hosting(self.host):
            self._run()

    def _fire_due(self) -> int:
        fired = 0
        while due := self._next_due():
            self._steps += 1
            if self._steps > MAX_STEPS:
                # An instant in the past, set anew each time that it has fired.
                self._stick(due, "endless_loop")
                continue
            at, known = due.internal_data["due"], len(self._journal)
            events.happen(due)
            self._run()
            cancelled = (each.token_id for each in self._journal[known:] if each.change is Change.CANCELLED)
            self._taken_away.update(dict.fromkeys(cancelled, at))
            fired += 1
        return fired

    def _next_due(self) -> Token | None:
        due = [token for token in self._tokens() if "due" in token.internal_data]
        due = [token for token in due if token.internal_data["due"] <= self.host.now]
        due = [token for token in due if "incident" not in token.internal_data]
        return min(due, key=lambda token: token.internal_data["due"], default=None)

    def _run(self) -> None:
        """Run what the engine can run by itself, oldest token first, until only people, time or messages are left."""
        self._run_urgent()
        while True:
            ready = [token for token in self._tokens() if self._runnable(token)]
            if not ready and not self._wake_joins():
                break
            # Whom a signal can reach waits already when it is thrown, in whatever order branches were drawn.
            for token in [token for token in ready if not events.comes_late(token)] or ready[:1]:
                self._step(token)
                self._run_urgent()
        self._report_dead_joins()
        self._read_journal()

    def _run_urgent(self) -> None:
        """Run what has just happened before anything else moves: an error is caught before its scope goes on."""
        self._look_at_conditions()
        while self._workflow.urgent:
            self._step(self._workflow.urgent.pop(0))
            self._look_at_conditions()

    def _look_at_conditions(self) -> None:
        """Look at what waits for a condition, if anything was written since."""
        if not self._workflow.scopes.changed:
            return
        self._workflow.scopes.changed = False
        for token in self._tokens():
            if token.state == STARTED and "holds" in token.internal_data:
                try:
                    events.look(token)
                except ExpressionFailed as failure:
                    token._set_state(READY)
                    self._stick(token, failure.code)

    def _step(self, token: Token) -> None:
        if not self._runnable(token):
            return
        self._steps += 1
        if self._steps > MAX_STEPS:
            self._stick(token, "endless_loop")
            return
        try:
            token.run()
        except ExpressionFailed as failure:
            self._stick(token, failure.code)

    def _wake_joins(self) -> bool:
        """Let one inclusive join go on, now that nothing else moves; say whether one did."""
        scopes = self._workflow.workflows()
        return any(join.wake(workflow) for workflow in scopes for join in gateways.joins(workflow))

    def _report_dead_joins(self) -> None:
        """Make an incident of each join whose scope holds nothing but tokens that wait at joins: none can come."""
        for workflow in self._workflow.workflows():
            live = [token for token in workflow.live() if not only_listens(token)]
            if any(token.state != WAITING for token in live):
                continue
            for join in {token.task_spec.name: token for token in reversed(live)}.values():
                if "incident" not in join.internal_data:
                    self._stick(join, join.task_spec.starved)

    def _stick(self, token: Token, code: str) -> None:
        token.internal_data["incident"] = code
        self._read_journal()
        self._journal.append(line(Change.STUCK, token, code))

    @staticmethod
    def _runnable(token: Token) -> bool:
        return bool(token.state == READY and "incident" not in token.internal_data and token.id in token.workflow.tasks)

    def _read_journal(self) -> None:
        lines, self._workflow.journal = self._workflow.journal, []
        self._journal += [line(Change(kind), token, made=made) for kind, token, made in lines]
