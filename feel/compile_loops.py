"""Closures for filters, `for`, `some` and `every`: whatever evaluates a part of the expression again and again."""

from collections.abc import Callable, Mapping
from typing import Any

from feel import iteration, numbers, syntax
from feel.compilation import BUDGET, Code, Compilation, Frame

Run = Callable[[Frame, Callable[[Frame], bool]], bool]
"""Runs all rounds of nested loops, calling back in each; false once the call-back or a source says stop."""


def _filter(compilation: Compilation, node: syntax.Filter) -> Code:
    base = compilation.compile(node.base)
    condition = node.condition
    if isinstance(condition, syntax.Constant) and numbers.is_number(condition.value):
        position = condition.value
        return lambda frame: iteration.at(iteration.as_list(base(frame)), position)
    slot = compilation.slot()
    with compilation.bound({"item": slot}, slot):
        holds, cost = compilation.measured(condition)

    def select(frame: Frame) -> Any:
        elements = iteration.as_list(base(frame))
        budget = frame[BUDGET]
        selected = []
        for element in elements:
            budget.spend(cost)
            frame[slot] = element
            result = holds(frame)
            if result is True:
                selected.append(element)
            elif numbers.is_number(result):
                return iteration.at(elements, result)
        if elements:
            return selected
        frame[slot] = None
        return None if numbers.is_number(holds(frame)) else selected

    return select


def _for(compilation: Compilation, node: syntax.For) -> Code:
    run, bound = _loops(compilation, node.loops)
    results, partial = compilation.slot(), compilation.slot()
    with compilation.bound({**bound, "partial": partial}):
        body, cost = compilation.measured(node.body)
    reads_partial = partial in compilation.read

    def each(frame: Frame) -> bool:
        budget, found = frame[BUDGET], frame[results]
        budget.spend(cost)
        if reads_partial:
            # A copy: a list that could reach itself would never end when written or compared.
            budget.items(len(found))
            frame[partial] = found.copy()
        found.append(body(frame))
        return True

    def collect(frame: Frame) -> list[Any] | None:
        found: list[Any] = []
        outer, frame[results] = frame[results], found
        complete = run(frame, each)
        frame[results] = outer
        frame[BUDGET].items(len(found))
        return found if complete else None

    return collect


def _quantified(compilation: Compilation, node: syntax.Quantified) -> Code:
    run, bound = _loops(compilation, node.loops)
    state = compilation.slot()
    with compilation.bound(bound):
        condition, cost = compilation.measured(node.condition)
    decisive = node.quantifier == "some"

    def each(frame: Frame) -> bool:
        frame[BUDGET].spend(cost)
        result = condition(frame)
        if result is decisive:
            frame[state] = decisive
            return False
        if result is not (not decisive):
            frame[state] = None
        return True

    def quantify(frame: Frame) -> bool | None:
        frame[state] = not decisive
        complete = run(frame, each)
        result: bool | None = frame[state]
        return result if complete or result is decisive else None

    return quantify


def _loops(compilation: Compilation, loops: tuple[syntax.Loop, ...]) -> tuple[Run, dict[str, int]]:
    bound: dict[str, int] = {}
    layers: list[tuple[Code, int, int]] = []
    with compilation.bound(bound):
        for loop in loops:
            before = compilation.size
            source = _source(compilation, loop.source)
            slot = compilation.slot()
            layers.append((source, slot, compilation.size - before))
            bound[loop.name] = slot
    return _nested(layers), bound


def _nested(layers: list[tuple[Code, int, int]]) -> Run:
    source, slot, cost = layers[0]
    inner = _nested(layers[1:]) if len(layers) > 1 else None

    def run(frame: Frame, each: Callable[[Frame], bool]) -> bool:
        budget = frame[BUDGET]
        budget.spend(cost)
        elements = source(frame)
        if elements is None:
            return False
        for element in elements:
            budget.spend(1)
            frame[slot] = element
            if not (each(frame) if inner is None else inner(frame, each)):
                return False
        return True

    return run


def _source(compilation: Compilation, node: syntax.Node | syntax.Steps) -> Code:
    if isinstance(node, syntax.Steps):
        start, end = compilation.compile(node.first), compilation.compile(node.last)
        return lambda frame: iteration.steps(start(frame), end(frame))
    source = compilation.compile(node)
    return lambda frame: iteration.elements(source(frame))


COMPILERS: Mapping[type, Callable[[Compilation, Any], Code]] = {
    syntax.Filter: _filter,
    syntax.For: _for,
    syntax.Quantified: _quantified,
}
