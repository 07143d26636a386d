"""Activities that are done several times, as SpiffWorkflow task specifications (BPMN 2.0.2, 10.3.8 and 13.3.6).

The activity itself is a scope in which each of its instances is a token on one and the same node: what sits on its
border, goes out of it or ends it belongs to the whole, and what goes on in an instance is like in any other scope.
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.bpmn import completed, events, expressions, model, specs
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.scopes import INSTANCE_COUNTERS, LOOP_COUNTER
from engine.bpmn.workflow import ProcessSpec, SubWorkflow, Token, around

MAX_INSTANCES = 200
"""Instances of one activity: more than anybody could carry out, fewer than would make a case slow."""


class Begin(specs.Start):
    """The root of the tree within an activity that says itself what begins in it."""

    def _begin(self, workflow: SubWorkflow) -> None:
        workflow.host.task_spec.begin(workflow)


class Loop(specs.Activity):
    """What both kinds of repetition share."""

    inner: ProcessSpec

    def _execute(self, my_task: Token) -> bool | None:
        internal = my_task.internal_data
        if completed.is_undone_inside(my_task):
            return super()._execute(my_task)
        if not internal.get("returned") and not self._may_begin(my_task):
            internal["returned"] = True
        if internal.get("returned") and "values" not in internal:
            internal["values"] = self._results(my_task)
        return super()._execute(my_task)

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        specs.require_room(my_task)
        scopes = my_task.workflow.top_workflow.scopes
        scopes.open(my_task.id.hex, around(my_task), inputs | self._attributes(my_task))
        specs.run_inside(my_task)

    def inside(self, _my_task: Token) -> ProcessSpec:
        """Give what its instances stand in."""
        return self.inner

    def begin(self, workflow: SubWorkflow) -> None:
        """Let the first instances begin."""
        raise NotImplementedError

    def _may_begin(self, my_task: Token) -> bool:
        """Say whether there is anything to do at all. Raises ExpressionFailed."""
        raise NotImplementedError

    def _attributes(self, my_task: Token) -> dict[str, Any]:
        """Give the variables that all instances see."""
        raise NotImplementedError

    def _results(self, my_task: Token) -> dict[str, Any]:
        """Give what goes out when all is done."""
        raise NotImplementedError


class MultiInstance(Loop):
    """Done for each item of a list, or a number of times; all at once, or one after the other."""

    characteristics: model.MultiInstance

    def _may_begin(self, my_task: Token) -> bool:
        items = self._items(my_task)
        if len(items) > MAX_INSTANCES:
            code = "too_many_instances"
            raise ExpressionFailed(code)
        my_task.internal_data["items"] = items
        return bool(items)

    def _items(self, my_task: Token) -> list[object]:
        """Give an item for each instance; when they are only counted the items are their numbers."""
        view = specs.variables(my_task)
        if self.characteristics.collection is not None:
            found = expressions.storable(self.characteristics.collection.evaluate(view))
            if not isinstance(found, list):
                code = "collection_not_a_list"
                raise ExpressionFailed(code)
            return found
        count = self.characteristics.cardinality.evaluate(view) if self.characteristics.cardinality else None
        if isinstance(count, bool) or not isinstance(count, int | Decimal) or count < 0 or count != int(count):
            code = "cardinality_not_a_number"
            raise ExpressionFailed(code)
        return list(range(1, min(int(count), MAX_INSTANCES + 1) + 1))

    def _attributes(self, my_task: Token) -> dict[str, Any]:
        count = len(my_task.internal_data["items"])
        attributes: dict[str, Any] = dict.fromkeys(INSTANCE_COUNTERS, 0) | {"numberOfInstances": count}
        if self.characteristics.results:
            attributes[self.characteristics.results] = [None] * count
        return attributes

    def begin(self, workflow: SubWorkflow) -> None:
        """Let all instances begin, or the first of them."""
        items = workflow.host.internal_data["items"]
        for number, item in enumerate(items[:1] if self.characteristics.sequential else items, start=1):
            self._place(workflow, number, item)
        if not self.characteristics.sequential:
            del workflow.host.internal_data["items"]

    def _place(self, workflow: SubWorkflow, number: int, item: object) -> None:
        scopes, host = workflow.top_workflow.scopes, workflow.host
        own: dict[str, Any] = dict.fromkeys(self.characteristics.own) | {LOOP_COUNTER: number}
        if self.characteristics.item:
            own[self.characteristics.item] = item
        within = scopes.open_instance(host.id.hex, number, own, apart=True)
        active = scopes.own(host.id.hex)["numberOfActiveInstances"]
        scopes.declare(host.id.hex, {"numberOfActiveInstances": active + 1})
        workflow.place(self.name, within=within, number=number)

    def gather(self, instance: Token) -> None:
        """Take in the result of an instance, and say whether that is enough."""
        scopes, host = instance.workflow.top_workflow.scopes, instance.workflow.host
        # Within a subprocess what it was given is seen too; other activities have written outside their inputs.
        inside = instance.id.hex if instance.task_spec.element.kind in model.EMBEDDED else around(instance)
        view = dict(scopes.view(inside))
        seen = self._with(instance, view)
        condition = self.characteristics.completion
        enough = False if condition is None else condition.evaluate(ChainMap(seen, view))
        if not isinstance(enough, bool):
            code = "condition_not_boolean"
            raise ExpressionFailed(code)
        scopes.declare(host.id.hex, seen)
        if enough:
            instance.internal_data["enough"] = True

    def _with(self, instance: Token, view: Mapping[str, Any]) -> dict[str, Any]:
        """Give what all instances see once this one is done, with its result at its place."""
        whole = instance.workflow.top_workflow.scopes.own(instance.workflow.scope_key)
        seen = {
            "numberOfActiveInstances": whole["numberOfActiveInstances"] - 1,
            "numberOfCompletedInstances": whole["numberOfCompletedInstances"] + 1,
        }
        if self.characteristics.result is not None:
            results = list(whole[self.characteristics.results])
            result = expressions.storable(self.characteristics.result.evaluate(view))
            results[instance.internal_data["number"] - 1] = result
            seen[self.characteristics.results] = results
        return seen

    def after(self, inside: Token) -> None:
        """Let the next instance begin, or end the others when what is done is enough."""
        workflow, number = inside.workflow, inside.internal_data["number"]
        if self.characteristics.thrown is not None and "undoes" not in inside.internal_data:
            completed_now = workflow.top_workflow.scopes.own(workflow.scope_key)["numberOfCompletedInstances"]
            if self.characteristics.throws_each or completed_now == 1:
                events.throw(inside, self.characteristics.thrown)
        following = workflow.host.internal_data.get("items", [])[number : number + 1]
        if inside.internal_data.get("enough"):
            for other in workflow.live():
                other.cancel()
        elif following:
            self._place(workflow, number + 1, following[0])

    def _results(self, my_task: Token) -> dict[str, Any]:
        name = self.characteristics.results
        # Without any instance there was no scope for them either.
        found = my_task.workflow.top_workflow.scopes.own(my_task.id.hex).get(name, [])
        return {name: found} if name else {}


class StandardLoop(Loop):
    """Done again as long as its condition is true."""

    characteristics: model.StandardLoop

    def _may_begin(self, my_task: Token) -> bool:
        return not self.characteristics.test_before or self._goes_on(specs.variables(my_task), 0)

    def _attributes(self, _my_task: Token) -> dict[str, Any]:
        return {}

    def begin(self, workflow: SubWorkflow) -> None:
        """Let the activity be done for the first time."""
        self._place(workflow, 1)

    def _place(self, workflow: SubWorkflow, number: int) -> None:
        scopes = workflow.top_workflow.scopes
        within = scopes.open_instance(workflow.scope_key, number, {LOOP_COUNTER: number}, apart=False)
        workflow.place(self.name, within=within, number=number)

    def gather(self, instance: Token) -> None:
        """Look whether it is done once more."""
        view = instance.workflow.top_workflow.scopes.view(around(instance))
        if self._goes_on(view, instance.internal_data["number"]):
            instance.internal_data["again"] = True

    def after(self, inside: Token) -> None:
        """Do it once more."""
        if inside.internal_data.get("again"):
            self._place(inside.workflow, inside.internal_data["number"] + 1)

    def _goes_on(self, view: Mapping[str, Any], done: int) -> bool:
        if self.characteristics.maximum is not None and done >= self.characteristics.maximum:
            return False
        if self.characteristics.condition is None:
            return True
        again = self.characteristics.condition.evaluate(ChainMap({LOOP_COUNTER: done}, dict(view)))
        if not isinstance(again, bool):
            code = "condition_not_boolean"
            raise ExpressionFailed(code)
        return again

    def _results(self, _my_task: Token) -> dict[str, Any]:
        return {}


def places(token: Token) -> tuple[tuple[int, int | None], ...]:
    """Give of which instances a token is a part, outermost first: which it is, and of how many if that is known."""
    found: list[tuple[int, int | None]] = []
    at = token
    while at.workflow is not at.workflow.top_workflow:
        host = at.workflow.host
        if isinstance(host.task_spec, Loop):
            own = at.workflow.top_workflow.scopes.own(at.workflow.scope_key)
            found.insert(0, (at.internal_data["number"], own.get("numberOfInstances")))
        at = host
    return tuple(found)


def of(spec: ProcessSpec, node: model.Node) -> Loop:
    """Give the specification of an activity that is done several times, without its inside.

    To the journal it is what is around its instances, not one more of them.
    """
    whole = model.Node(node.id, model.Kind.SUBPROCESS, node.name, node.line, node.lane)
    whole = replace(whole, loop=node.loop, start_quantity=node.start_quantity)
    built: Loop
    if isinstance(node.loop, model.MultiInstance):
        built = MultiInstance(spec, node.id, whole)
        built.characteristics = node.loop
    elif isinstance(node.loop, model.StandardLoop):
        built = StandardLoop(spec, node.id, whole)
        built.characteristics = node.loop
    return built
