"""From boxed filters, `for`, `some` and `every` to closures over a scope."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import feel
from engine.dmn import model
from engine.dmn.compiling import Compiler, Names, null
from engine.dmn.run import Code, Run, Scope
from feel import iteration


def _filter(compiler: Compiler, boxed: model.Filter, names: Names) -> Code:
    source = compiler.boxed(boxed.source, names, boxed.place)
    if isinstance(boxed.match, model.Literal):
        inner = names | {"item"} | compiler.fields
        expression = compiler.expression(boxed.match, inner, inner=True)
        match = null if expression is None else _evaluate(expression)
    else:
        match = compiler.boxed(boxed.match, names | {"item"} | compiler.fields, boxed.place)

    place = boxed.place

    def select(scope: Scope, run: Run) -> Any:
        elements = iteration.as_list(source(scope, run))
        selected = []
        for element in elements:
            run.budget.spend(len(scope) + 1)
            fields = element if isinstance(element, Mapping) else {}
            result = match({**scope, **fields, "item": element}, run)
            if result is True:
                selected.append(element)
            elif iteration.is_position(result):
                return iteration.at(elements, result)
            elif result is not None and result is not False:
                run.fail(place, "not_boolean")
                return None
        return selected

    return select


def _evaluate(expression: feel.Expression) -> Code:
    return lambda scope, run: expression.spend(scope, run.budget)


def _iterator(compiler: Compiler, boxed: model.Iterator, names: Names) -> Code:
    source = compiler.boxed(boxed.source, names, boxed.place)
    is_loop = boxed.kind == "for"
    outer, compiler.read = compiler.read, set()
    body = compiler.boxed(boxed.body, names | {boxed.name} | ({"partial"} if is_loop else set()), boxed.place)
    partial = is_loop and "partial" in compiler.read
    compiler.read |= outer
    place, name = boxed.place, boxed.name

    def results(scope: Scope, run: Run) -> Iterable[Any] | None:
        elements = iteration.elements(source(scope, run))
        if elements is None:
            run.fail(place, "not_a_list")
            return None
        return _rounds(elements, body, name, scope, run, partial=partial)

    def collect(scope: Scope, run: Run) -> Any:
        found = results(scope, run)
        return None if found is None else list(found)

    def quantify(scope: Scope, run: Run) -> Any:
        found = collect(scope, run)
        if found is not None and not all(result is None or isinstance(result, bool) for result in found):
            run.fail(place, "not_boolean")
            return None
        return None if found is None else iteration.quantified(boxed.kind, found)

    return collect if is_loop else quantify


def _rounds(elements: Iterable[Any], body: Code, name: str, scope: Scope, run: Run, *, partial: bool) -> Iterable[Any]:
    found: list[Any] = []
    for element in elements:
        run.budget.spend(len(scope) + 1)
        inner = {**scope, name: element}
        if partial:
            run.budget.items(len(found))
            inner["partial"] = found.copy()
        result = body(inner, run)
        found.append(result)
        yield result


COMPILERS: Mapping[type, Callable[[Compiler, Any, Names], Code]] = {
    model.Filter: _filter,
    model.Iterator: _iterator,
}
