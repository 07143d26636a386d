"""Closures for filters, `for`, `some` and `every`: whatever evaluates a part of the expression again and again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from feel import numbers, syntax
from feel.compilation import BUDGET, Code, Compilation, Frame
from feel.values import Range, kind, order

Run = Callable[[Frame, Callable[[Frame], bool]], bool]
"""Runs all rounds of nested loops, calling back in each; false once the call-back or a source says stop."""

_DAY = timedelta(days=1)


def _filter(compilation: Compilation, node: syntax.Filter) -> Code:
    base = compilation.compile(node.base)
    condition = node.condition
    if isinstance(condition, syntax.Constant) and numbers.is_number(condition.value):
        position = condition.value
        return lambda frame: _at(_as_list(base(frame)), position)
    slot = compilation.slot()
    with compilation.bound({"item": slot}, slot):
        holds, cost = compilation.measured(condition)

    def select(frame: Frame) -> Any:
        elements = _as_list(base(frame))
        budget = frame[BUDGET]
        selected = []
        for element in elements:
            budget.spend(cost)
            frame[slot] = element
            result = holds(frame)
            if result is True:
                selected.append(element)
            elif numbers.is_number(result):
                return _at(elements, result)
        if elements:
            return selected
        frame[slot] = None
        return None if numbers.is_number(holds(frame)) else selected

    return select


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _at(elements: list[Any], position: Any) -> Any:
    """Return the element at a position: from one on, or from the end if negative."""
    if position == 0 or abs(position) > len(elements) or position != numbers.truncated(position):
        return None
    return elements[numbers.truncated(position) - (position > 0)]


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
        return lambda frame: _steps(start(frame), end(frame))
    source = compilation.compile(node)
    return lambda frame: _elements(source(frame))


def _elements(value: Any) -> Iterable[Any] | None:
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _range(value)
    return None if value is None else [value]


def _range(value: Range) -> Iterable[Any] | None:
    if order(value.start, value.end) == 1:
        return None
    steps = _steps(value.start, value.end)
    if steps is None:
        return None
    return (
        step
        for step in steps
        if (value.start_included or step != value.start) and (value.end_included or step != value.end)
    )


def _steps(start: Any, end: Any) -> Iterable[Any] | None:
    """Return whole numbers or days from start to end, downwards if need be, without making a list of them."""
    if kind(start) != kind(end):
        return None
    if kind(start) == "number":
        if (
            not (numbers.is_number(start) and numbers.is_number(end))
            or start != numbers.truncated(start)
            or end != numbers.truncated(end)
        ):
            return None
        first, last = numbers.truncated(start), numbers.truncated(end)
        return range(first, last + 1) if first <= last else range(first, last - 1, -1)
    if type(start) is date:
        return _days(start, end)
    return None


def _days(start: date, end: date) -> Iterator[date]:
    step = _DAY if start <= end else -_DAY
    for count in range(abs((end - start).days) + 1):
        yield start + count * step


COMPILERS: Mapping[type, Callable[[Compilation, Any], Code]] = {
    syntax.Filter: _filter,
    syntax.For: _for,
    syntax.Quantified: _quantified,
}
