"""Evaluates linked and compiled elements: values of inputs and decisions, functions of knowledge and services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import feel
from engine.dmn import compiling, graph, model, types
from engine.dmn.graph import Key, Node
from engine.dmn.run import Code, Failure, Run, Scope, TableTrace
from feel.limits import Budget
from feel.values import Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking: the value, why parts of it are missing, what the tables saw, all decisions on the way.

    A value with failures must not be acted upon: something in it is null because of an error.
    """

    value: Any
    failures: tuple[Failure, ...]
    tables: tuple[TableTrace, ...]
    decisions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """An element, compiled: a decision's logic, or what makes the function of a knowledge model or service."""

    node: Node
    type: types.Type
    logic: Code = compiling.null
    parameters: tuple[types.Type, ...] = ()
    function: Callable[[Scope, Run], feel.Function] | None = None


@dataclass(slots=True)
class Elements:
    """All elements of a set of models, with the orders of evaluation that have been asked for."""

    made: Mapping[Key, Made]
    orders: dict[Key, tuple[Key, ...]] = field(default_factory=dict)

    def order(self, key: Key) -> tuple[Key, ...]:
        """Return the decisions to make for a decision or a service, itself last."""
        if key not in self.orders:
            nodes = {key: made.node for key, made in self.made.items()}
            node = nodes[key]
            if isinstance(node.element, model.Service):
                given = frozenset(need.key for need in node.information)
                self.orders[key] = graph.order(nodes, [need.key for need in node.outputs], given)
            else:
                self.orders[key] = graph.order(nodes, [key])
        return self.orders[key]


_STEPS_OF_A_CALL = 20
"""What it takes to set up the evaluation of a decision service."""


@dataclass(slots=True)
class World:
    """The values of inputs and decisions within one evaluation, or within one call of a decision service."""

    elements: Elements
    run: Run
    inputs: Mapping[str, Value]
    values: dict[Key, Any] = field(default_factory=dict)
    functions: dict[Key, feel.Function] = field(default_factory=dict)
    at: str = ""

    def decide(self, order: Sequence[Key]) -> Any:
        """Make decisions in an order that suits them and return the value of the last."""
        value: Any = None
        outer = self.run.decision
        for key in order:
            if key not in self.values:
                made = self.elements.made[key]
                self.at, self.run.decision = key[1], made.node.element.variable.name
                found = made.logic(self.scope(made.node), self.run)
                element = made.node.element
                self.values[key] = compiling.converted(found, made.type, element.variable.place, self.run)
            value = self.values[key]
        self.run.decision = outer
        return value

    def scope(self, node: Node) -> Scope:
        """Return what the expressions of an element see: what it says it needs, and nothing else."""
        scope: Scope = {}
        for need in node.information:
            value = self.values[need.key] if need.key in self.values else self._input(need.key)
            _put(scope, need, value)
        for need in node.knowledge:
            _put(scope, need, self.function(need.key))
        return scope

    def function(self, key: Key) -> feel.Function:
        """Return the function of a knowledge model or a decision service, the same one each time."""
        if key not in self.functions:
            made = self.elements.made[key]
            call = self._service(made) if isinstance(made.node.element, model.Service) else self._knowledge(made)
            self.functions[key] = call
        return self.functions[key]

    def by_name(self) -> dict[str, Any]:
        """Return the decisions made so far."""
        made = self.elements.made
        return {
            made[key].node.element.variable.name: value
            for key, value in self.values.items()
            if isinstance(made[key].node.element, model.Decision)
        }

    def _input(self, key: Key) -> Any:
        made = self.elements.made[key]
        variable = made.node.element.variable
        qualified = f"{key[0]}#{variable.name}"
        value = self.inputs.get(qualified) if qualified in self.inputs else self.inputs.get(variable.name)
        value = types.complete(value, made.type, self.run.budget)
        self.values[key] = converted = compiling.converted(value, made.type, variable.place, self.run)
        return converted

    def _knowledge(self, made: Made) -> feel.Function:
        element = made.node.element
        if not isinstance(element, model.Knowledge) or made.function is None:
            raise TypeError(made.node.key)
        definition, make = element.function, made.function
        names = tuple(parameter.name for parameter in definition.parameters)

        def call(budget: Budget, arguments: Sequence[Any]) -> Any:
            value = make(self.scope(made.node), self.run).invoke(budget, arguments)
            return compiling.converted(value, made.type, element.variable.place, self.run)

        # The function inside checks its arguments.
        return feel.Function(names, lambda *arguments: call(self.run.budget, arguments), call)

    def _service(self, made: Made) -> feel.Function:
        element = made.node.element
        names = tuple(need.name for need in made.node.information)

        def call(budget: Budget, arguments: Sequence[Any]) -> Any:
            budget.spend(_STEPS_OF_A_CALL)
            given = {need.key: value for need, value in zip(made.node.information, arguments, strict=True)}
            world = World(self.elements, self.run, {}, given)
            world.decide(self.elements.order(made.node.key))
            results = {need.name: world.values[need.key] for need in made.node.outputs}
            value = next(iter(results.values())) if len(results) == 1 else results
            return compiling.converted(value, made.type, element.variable.place, self.run)

        return compiling.function(names, made.parameters, call, element.variable.place, self.run)


def _put(scope: Scope, need: graph.Need, value: Any) -> None:
    if need.prefix:
        scope.setdefault(need.prefix, {})[need.name] = value
    else:
        scope[need.name] = value
