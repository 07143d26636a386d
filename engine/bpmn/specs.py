"""Activities as SpiffWorkflow task specifications, each doing what BPMN 2.0 says of it; see `gateways` and `events`."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine.bpmn import completed, expressions, model, rules
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.scopes import CASE_WIDE
from engine.bpmn.workflow import WAITING, ProcessSpec, Token, around

MAX_DEPTH = 40
"""Activities within activities: far more than a protocol needs, far less than Python's stack holds."""


class _Spec(BpmnTaskSpec):  # type: ignore[misc]
    """What a token can stand on. `flows` are its ways out: (flow id, target), in document order."""

    def __init__(self, spec: ProcessSpec, name: str) -> None:
        super().__init__(spec, name)
        self.flows: list[tuple[str, str]] = []
        # The activity that undoes this one when it has been completed, if its border has one.
        self.compensated_by: str | None = None

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
        completed.remember(my_task)
        self._leave(my_task)
        given = self._given(my_task)
        for flow_id, target in self._ways_on(my_task):
            workflow.place(target, flow=flow_id, **given)
        workflow.discard(my_task)
        completed.resume(my_task)
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

    def _given(self, _my_task: Token) -> dict[str, Any]:
        """Give what the tokens that go on carry besides the flow that they came over."""
        return {}

    def _leave(self, my_task: Token) -> None:
        """Tidy up when the token completes or is cancelled."""


class Start(_Spec):
    """The root of the tree: puts the first token on the chosen start event; `listeners` are the event subprocesses."""

    listeners: tuple[str, ...] = ()

    def _execute(self, my_task: Token) -> bool | None:
        return True

    def _on_complete(self, my_task: Token) -> None:
        # What watches over the scope is there before anything happens in it.
        for name in self.listeners:
            my_task.workflow.place(name, listening=True)
        self._begin(my_task.workflow)

    def _begin(self, workflow: Any) -> None:
        workflow.place(getattr(workflow, "start_event", "") or self.flows[0][1])


class Node(_Spec):
    """A flow node of the diagram: done as soon as it is reached, unless a subclass says more.

    `conditions` and `default` are those of its ways out.
    """

    conditions: Mapping[str, expressions.Expression] = MappingProxyType({})
    default: str | None = None
    start_quantity = 1
    completion_quantity = 1
    # The code of the incident when not enough tokens can come any more.
    starved = "step_never_begun"
    # The activity around it that looks at it when it is done: of which it is one instance, or one step in any order.
    repeated: "Activity | None" = None

    def __init__(self, spec: ProcessSpec, name: str, element: model.Node) -> None:
        super().__init__(spec, name)
        self.element = element

    def _arrive(self, my_task: Token) -> bool:
        """Wait for as many tokens as the node needs to begin."""
        if self.start_quantity == 1 or "undoes" in my_task.internal_data:
            return True
        waiting = [token for token in my_task.workflow.live() if token.task_spec is self and token.state == WAITING]
        if len(waiting) + 1 < self.start_quantity:
            my_task._set_state(WAITING)
            return False
        for token in waiting:
            my_task.workflow.discard(token)
        return True

    def _execute(self, my_task: Token) -> bool | None:
        return self._finish(my_task)

    def _finish(self, my_task: Token, change: str = "completed") -> bool:
        """Choose the ways on, which may fail, and only then say that the node is done."""
        if self.conditions:
            my_task.internal_data["chosen"] = self._choose(my_task)
        if self.repeated is not None:
            self.repeated.gather(my_task)
        my_task.workflow.top_workflow.note(change, my_task)
        return True

    def _choose(self, my_task: Token) -> list[str]:
        """Give the flows without condition and those whose condition is true; the default if no condition is."""
        true = [flow_id for flow_id, _target in self.flows if self._holds(flow_id, my_task)]
        free = [flow_id for flow_id, _ in self.flows if flow_id not in self.conditions and flow_id != self.default]
        if not true and self.default is not None:
            true = [self.default]
        if not true and not free:
            code = "no_way_on"
            raise ExpressionFailed(code)
        return [*free, *true]

    def _holds(self, flow_id: str, my_task: Token) -> bool:
        """Say whether the flow has a condition and it is true. A missing answer must not silently mean "no"."""
        condition = self.conditions.get(flow_id)
        if condition is None:
            return False
        value = condition.evaluate(self._around(my_task))
        if not isinstance(value, bool):
            code = "condition_not_boolean"
            raise ExpressionFailed(code)
        return value

    def _around(self, my_task: Token) -> Mapping[str, Any]:
        """Give what the ways out see: what is around the node, nothing that is only within it."""
        workflow = my_task.workflow
        view: Mapping[str, Any] = workflow.top_workflow.scopes.view(workflow.scope_key)
        return view

    def _ways_on(self, my_task: Token) -> list[tuple[str, str]]:
        if "undoes" in my_task.internal_data or "enough" in my_task.internal_data:
            return []
        chosen = my_task.internal_data.get("chosen")
        ways = self.flows if chosen is None else [flow for flow in self.flows if flow[0] in chosen]
        return ways * self.completion_quantity


class Activity(Node):
    """A step that stays open, with boundary events around it and a scope for its input mappings."""

    boundary: tuple[str, ...] = ()

    def _execute(self, my_task: Token) -> bool | None:
        if completed.is_undone_inside(my_task):
            return completed.undo_inside(my_task)
        if my_task.internal_data.get("returned"):
            write_outputs(my_task)
            return self._finish(my_task)
        self._open(my_task, read_inputs(my_task))
        my_task.workflow.top_workflow.note("opened", my_task)
        for name in self.boundary:
            my_task.workflow.place(name, host=my_task.id.hex)
        return None

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        raise NotImplementedError

    def gather(self, instance: Token) -> None:
        """Take in what an instance of this activity gives, before it ends; only one with several is asked."""

    def after(self, inside: Token) -> None:
        """Go on after a token within this activity has ended; only one with several instances does something."""

    def _leave(self, my_task: Token) -> None:
        top = my_task.workflow.top_workflow
        top.close_subprocess(my_task)
        top.scopes.close(my_task.id.hex)
        for other in my_task.workflow.live():
            if other.internal_data.get("host") == my_task.id.hex:
                other.cancel()


class UserTask(Activity):
    """A step for a person: open until `runtime.complete`."""

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        if inputs:
            my_task.workflow.top_workflow.scopes.open(my_task.id.hex, around(my_task), inputs)


class _Computing(Node):
    """A step that computes a value, in the same step; without a usable one it stays as an incident."""

    def _execute(self, my_task: Token) -> bool | None:
        if not my_task.internal_data.get("written"):
            inputs = read_inputs(my_task)
            if inputs:
                my_task.workflow.top_workflow.scopes.open(my_task.id.hex, around(my_task), inputs)
            value, made = self._compute(my_task)
            my_task.internal_data["values"] = {self.element.result: value}
            write_outputs(my_task)
            if made is not None:
                scopes = my_task.workflow.top_workflow.scopes
                scopes.write(around(my_task), rules.trace_of(self.element.id), my_task.id)
                my_task.workflow.top_workflow.note("decided", my_task, made)
        return self._finish(my_task)

    def _compute(self, my_task: Token) -> tuple[object, rules.Made | None]:
        """Give the value, and the decision that it is, if it is one."""
        raise NotImplementedError

    def _leave(self, my_task: Token) -> None:
        my_task.workflow.top_workflow.scopes.close(my_task.id.hex)


class BusinessRule(_Computing):
    """Asks a decision of the bundle."""

    rule: rules.Rule

    def _compute(self, my_task: Token) -> tuple[object, rules.Made | None]:
        made = self.rule.decide(variables(my_task))
        return made.outcome.value, made


class Script(_Computing):
    """Computes a FEEL expression."""

    def _compute(self, my_task: Token) -> tuple[object, rules.Made | None]:
        script = self.element.script
        value = None if script is None else expressions.storable(script.evaluate(variables(my_task)))
        if value is None:
            # Null is what FEEL gives for whatever went wrong in it: nobody may act on it as if it were a value.
            code = "script_without_result"
            raise ExpressionFailed(code)
        return value, None


class Subprocess(Activity):
    """An embedded subprocess: a scope of its own that sees the one around it."""

    inner: ProcessSpec

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        require_room(my_task)
        top = my_task.workflow.top_workflow
        top.scopes.open(my_task.id.hex, around(my_task), inputs)
        run_inside(my_task)

    def inside(self, _my_task: Token) -> ProcessSpec:
        """Give what runs within it."""
        return self.inner


class CallActivity(Activity):
    """A called process: sees nothing but what is mapped in, and which case it is in."""

    called: Mapping[str, Any]  # process id -> building.Definition; filled when the bundle is loaded

    def inside(self, my_task: Token) -> ProcessSpec:
        """Give the process that is called; looked up when it is needed, for calls may be cyclic."""
        key = my_task.internal_data.get("called", self.element.called[0])
        spec: ProcessSpec = self.called[key].spec
        return spec

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        require_room(my_task)
        around = variables(my_task)
        if self.element.chosen is not None:
            my_task.internal_data["called"] = self._called(self.element.chosen, ChainMap(inputs, around))
        given = {name: around[name] for name in CASE_WIDE if name in around}
        my_task.workflow.top_workflow.scopes.open(my_task.id.hex, None, given | inputs)
        run_inside(my_task)

    def _called(self, chosen: expressions.Expression, view: Mapping[str, Any]) -> str:
        key = chosen.evaluate(view)
        if not isinstance(key, str) or key not in self.element.called:
            code = "called_process_unknown"
            raise ExpressionFailed(code)
        return key


def require_room(host: Token) -> None:
    """Raise ExpressionFailed where activities are nested so deep that they can only be calling one another for ever."""
    if host.workflow.depth >= MAX_DEPTH:
        code = "nested_too_deep"
        raise ExpressionFailed(code)


def run_inside(host: Token) -> None:
    """Start the inside of an activity: its first token is placed, the engine runs it in turn."""
    inner = host.workflow.top_workflow.open_subprocess(host, host.task_spec.inside(host))
    inner.task_tree.run()


def variables(token: Token) -> Any:
    """Give what an expression at this token may see."""
    scopes = token.workflow.top_workflow.scopes
    return scopes.view(scopes.nearest((token.id.hex, around(token))))


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
    """Carry an activity's results out, once, through its output mappings where it has any.

    Without mappings a user task's and a message's values go out as they are; a called process gives nothing.
    """
    if token.internal_data.get("written"):
        return  # tried again after a way on could not be chosen
    element = token.task_spec.element
    scopes = token.workflow.top_workflow.scopes
    values = token.internal_data.get("values", {})
    results = _mapped(element.outputs, {**variables(token), **values}) if element.outputs else values
    given = not element.outputs and not element.instant
    for name, value in results.items():
        scopes.write(around(token), name, value, given=given)
    token.internal_data["written"] = True
