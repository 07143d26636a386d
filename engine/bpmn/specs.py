"""The accepted constructs as SpiffWorkflow task specifications, each doing what BPMN 2.0 says of it."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine.bpmn import expressions, model, rules
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.scopes import CASE_WIDE
from engine.bpmn.workflow import WAITING, ProcessSpec, Token

MAX_DEPTH = 40
"""Activities within activities: far more than a protocol needs, far less than Python's stack holds."""


class _Spec(BpmnTaskSpec):  # type: ignore[misc]
    """What a token can stand on. `flows` are its ways out: (flow id, target), in document order."""

    def __init__(self, spec: ProcessSpec, name: str) -> None:
        super().__init__(spec, name)
        self.flows: list[tuple[str, str]] = []

    # --- what SpiffWorkflow calls ---

    def _predict(self, *_args: object, **_kwargs: object) -> None:
        """Predict nothing: only tokens that exist are in the tree."""

    def test(self) -> None:
        """Test nothing here: the linter has checked the whole diagram."""

    def _update(self, my_task: Token) -> None:
        if self._arrive(my_task):
            my_task._ready()

    def _run(self, my_task: Token) -> bool | None:
        return self._execute(my_task)

    def _on_complete(self, my_task: Token) -> None:
        workflow = my_task.workflow
        self._leave(my_task)
        for flow_id, target in self._ways_on(my_task):
            workflow.place(target, flow=flow_id)
        workflow.discard(my_task)
        workflow._task_completed_notify(my_task)

    def _on_cancel(self, my_task: Token) -> None:
        self._leave(my_task)
        my_task.workflow.top_workflow.note("cancelled", my_task)
        my_task.workflow.discard(my_task)

    # --- what the constructs say ---

    def _arrive(self, my_task: Token) -> bool:
        """Say whether an arriving token may run."""
        return True

    def _execute(self, my_task: Token) -> bool | None:
        """Do the node's work; True completes it, None leaves it open."""
        raise NotImplementedError

    def _ways_on(self, my_task: Token) -> list[tuple[str, str]]:
        return self.flows

    def _leave(self, my_task: Token) -> None:
        """Tidy up when the token completes or is cancelled."""


class Start(_Spec):
    """The root of the tree: puts the first token on the chosen start event."""

    def _execute(self, my_task: Token) -> bool | None:
        return True

    def _on_complete(self, my_task: Token) -> None:
        workflow = my_task.workflow
        chosen = getattr(workflow, "start_event", "") or self.flows[0][1]
        workflow.place(chosen)


class Node(_Spec):
    """A flow node of the diagram."""

    def __init__(self, spec: ProcessSpec, name: str, element: model.Node) -> None:
        super().__init__(spec, name)
        self.element = element

    def _execute(self, my_task: Token) -> bool | None:
        my_task.workflow.top_workflow.note("completed", my_task)
        return True


class Activity(Node):
    """A step that stays open, with boundary events around it and a scope for its input mappings."""

    boundary: tuple[str, ...] = ()

    def _execute(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("returned"):
            write_outputs(my_task)
            my_task.workflow.top_workflow.note("completed", my_task)
            return True
        self._open(my_task, read_inputs(my_task))
        my_task.workflow.top_workflow.note("opened", my_task)
        for name in self.boundary:
            my_task.workflow.place(name, host=my_task.id.hex)
        return None

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        raise NotImplementedError

    def _leave(self, my_task: Token) -> None:
        top = my_task.workflow.top_workflow
        top.close_subprocess(my_task)
        top.scopes.close(my_task.id.hex)
        for other in my_task.workflow.live():
            if other.internal_data.get("host") == my_task.id.hex and not other.internal_data.get("firing"):
                other.cancel()


class UserTask(Activity):
    """A step for a person: open until `runtime.complete`."""

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        if inputs:
            my_task.workflow.top_workflow.scopes.open(my_task.id.hex, my_task.workflow.scope_key, inputs)


class BusinessRule(Node):
    """Asks a decision of the bundle, in the same step; without a usable answer it stays as an incident."""

    rule: rules.Rule

    def _execute(self, my_task: Token) -> bool | None:
        top, around = my_task.workflow.top_workflow, my_task.workflow.scope_key
        inputs = read_inputs(my_task)
        if inputs:
            top.scopes.open(my_task.id.hex, around, inputs)
        made = self.rule.decide(variables(my_task))
        my_task.internal_data["values"] = {self.element.result: made.outcome.value}
        write_outputs(my_task)
        top.scopes.write(around, rules.trace_of(self.element.id), my_task.id)
        top.note("decided", my_task, made)
        return super()._execute(my_task)

    def _leave(self, my_task: Token) -> None:
        my_task.workflow.top_workflow.scopes.close(my_task.id.hex)


class Subprocess(Activity):
    """An embedded subprocess: a scope of its own that sees the one around it."""

    inner: ProcessSpec

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        require_room(my_task)
        top = my_task.workflow.top_workflow
        top.scopes.open(my_task.id.hex, my_task.workflow.scope_key, inputs)
        run_inside(my_task, self.inner)


class CallActivity(Activity):
    """A called process: sees nothing but what is mapped in, and which case it is in."""

    called: Mapping[str, Any]  # process id -> building.Definition; filled when the bundle is loaded
    called_id: str

    @property
    def inner(self) -> ProcessSpec:
        """The inside; looked up when it is needed, for calls may be cyclic."""
        spec: ProcessSpec = self.called[self.called_id].spec
        return spec

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        require_room(my_task)
        around = variables(my_task)
        given = {name: around[name] for name in CASE_WIDE if name in around}
        my_task.workflow.top_workflow.scopes.open(my_task.id.hex, None, given | inputs)
        run_inside(my_task, self.inner)


class ExclusiveGateway(Node):
    """One way on: the first flow, in document order, whose condition is true; else the default."""

    conditions: dict[str, expressions.Expression]
    default: str | None = None

    def _execute(self, my_task: Token) -> bool | None:
        if len(self.flows) > 1:
            my_task.internal_data["chosen"] = self._choose(my_task)
        return super()._execute(my_task)

    def _choose(self, my_task: Token) -> str:
        view = variables(my_task)
        for flow_id, _target in self.flows:
            condition = self.conditions.get(flow_id)
            if condition is None:
                continue
            value = condition.evaluate(view)
            if value is True:
                return flow_id
            if value is not False:
                # A condition over a missing answer must not silently mean "no".
                code = "condition_not_boolean"
                raise ExpressionFailed(code)
        if self.default is None:
            code = "no_way_on"
            raise ExpressionFailed(code)
        return self.default

    def _ways_on(self, my_task: Token) -> list[tuple[str, str]]:
        chosen = my_task.internal_data.get("chosen")
        return self.flows if chosen is None else [flow for flow in self.flows if flow[0] == chosen]


class ParallelGateway(Node):
    """Goes on when one token has come on each incoming flow; tokens in excess stay for the next time."""

    incoming: frozenset[str] = frozenset()

    def _arrive(self, my_task: Token) -> bool:
        if len(self.incoming) <= 1:
            return True
        others: dict[str, Token] = {}
        for token in my_task.workflow.live():
            if token.task_spec is self and token.state == WAITING:
                others.setdefault(token.internal_data["flow"], token)
        if my_task.internal_data["flow"] in others or len(others) + 1 < len(self.incoming):
            my_task._set_state(WAITING)
            return False
        for token in others.values():
            my_task.workflow.discard(token)
        return True


class BoundaryEvent(Node):
    """A timer or an error on the border of an activity, alive as long as the activity is."""

    def _execute(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("firing"):
            if self.element.interrupting:
                host_of(my_task).cancel()
            my_task.workflow.top_workflow.note("fired", my_task)
            return True
        if self.element.timer is not None:
            value = self.element.timer.expression.evaluate(self._view(my_task))
            duration = self.element.timer.kind is model.TimerKind.DURATION
            my_task.internal_data["due"] = expressions.later(value) if duration else expressions.instant(value)
        return None

    def _view(self, my_task: Token) -> Mapping[str, Any]:
        """Give what the timer may see: the inputs of its activity too."""
        scopes = my_task.workflow.top_workflow.scopes
        keys = (my_task.internal_data["host"], my_task.workflow.scope_key)
        return ChainMap(dict(scopes.view(scopes.nearest(keys))), dict(variables(my_task)))


class MessageCatch(Node):
    """Waits for a message of its name under the correlation key that it had on arrival."""

    correlation: expressions.Expression

    def _execute(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("received"):
            write_outputs(my_task)
            return super()._execute(my_task)
        key = self.correlation.evaluate(variables(my_task))
        if not isinstance(key, str) or not key:
            code = "no_correlation_key"
            raise ExpressionFailed(code)
        my_task.internal_data["key"] = key
        return None


class EndEvent(Node):
    """Uses up its token; the scope ends with its last one."""

    def _execute(self, my_task: Token) -> bool | None:
        my_task.workflow.top_workflow.note("ended", my_task)
        return True


class ErrorEnd(Node):
    """Throws its error to the nearest activity around it that catches it; uncaught, it stays as an incident."""

    def _execute(self, my_task: Token) -> bool | None:
        workflow = my_task.workflow
        while workflow is not workflow.top_workflow:
            host = workflow.host
            catcher = self._catcher(host)
            if catcher is not None:
                my_task.workflow.top_workflow.note("ended", my_task)
                # It has ended, so it is not among those that the end of the activity cancels.
                my_task.workflow.discard(my_task)
                fire(catcher)
                return None
            workflow = host.workflow
        code = "uncaught_error"
        raise ExpressionFailed(code)

    def _catcher(self, host: Token) -> Token | None:
        caught = (None, self.element.error_code)
        around = [token for token in host.workflow.live() if token.internal_data.get("host") == host.id.hex]
        errors = [token for token in around if token.task_spec.element.is_error]
        exact = [token for token in errors if token.task_spec.element.error_code == self.element.error_code]
        return next(iter(exact or [token for token in errors if token.task_spec.element.error_code in caught]), None)


def require_room(host: Token) -> None:
    """Raise ExpressionFailed where activities are nested so deep that they can only be calling one another for ever."""
    if host.workflow.depth >= MAX_DEPTH:
        code = "nested_too_deep"
        raise ExpressionFailed(code)


def run_inside(host: Token, spec: ProcessSpec) -> None:
    """Start the inside of an activity: its first token is placed, the engine runs it in turn."""
    inner = host.workflow.top_workflow.open_subprocess(host, spec)
    inner.task_tree.run()


def fire(token: Token) -> None:
    """Let a boundary event happen now."""
    token.internal_data["firing"] = True
    token.internal_data.pop("due", None)
    token.run()


def host_of(token: Token) -> Token:
    """Give the activity that a boundary event sits on."""
    return next(other for other in token.workflow.live() if other.id.hex == token.internal_data["host"])


def variables(token: Token) -> Any:
    """Give what an expression at this token may see."""
    scopes = token.workflow.top_workflow.scopes
    return scopes.view(scopes.nearest((token.id.hex, token.workflow.scope_key)))


def read_inputs(token: Token) -> dict[str, Any]:
    """Evaluate the input mappings of an activity."""
    return _mapped(token.task_spec.element.inputs, variables(token))


def _mapped(mappings: Iterable[model.IoMapping], view: Mapping[str, Any]) -> dict[str, Any]:
    """Evaluate mappings in their order: each sees the results of those before it, as in Camunda 8."""
    results: dict[str, Any] = {}
    for mapping in mappings:
        results[mapping.target] = expressions.storable(mapping.source.evaluate(ChainMap(results, dict(view))))
    return results


def write_outputs(token: Token) -> None:
    """Carry an activity's results out, through its output mappings where it has any.

    Without mappings a user task's and a message's values go out as they are; a called process gives nothing.
    """
    element, workflow = token.task_spec.element, token.workflow
    scopes = workflow.top_workflow.scopes
    values = token.internal_data.get("values", {})
    results = _mapped(element.outputs, {**variables(token), **values}) if element.outputs else values
    for name, value in results.items():
        scopes.write(workflow.scope_key, name, value)
