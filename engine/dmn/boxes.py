"""From boxed contexts, lists, relations, invocations, functions and conditionals to closures over a scope."""

from collections.abc import Callable, Mapping
from typing import Any

import feel
from engine.dmn import model
from engine.dmn.compiling import Compiler, Names, null
from engine.dmn.run import Code, Run, Scope
from feel import library

MAX_ENTRIES = 300
"""Entries of one boxed context: each of them sees all those before, so reading them takes their number squared."""


def _literal(compiler: Compiler, boxed: model.Literal, names: Names) -> Code:
    return compiler.literal(boxed, names)


def _context(compiler: Compiler, boxed: model.Context, names: Names) -> Code:
    entries: list[tuple[str, Code]] = []
    result: Code | None = None
    known = names
    if len(boxed.entries) > MAX_ENTRIES:
        compiler.problem(boxed.place, f"Il contesto ha più di {MAX_ENTRIES} voci.", "Dividerlo in più decisioni.")
        return null
    for entry in boxed.entries:
        if entry.variable is None:
            result = compiler.boxed(entry.value, known, boxed.place)
            continue
        code = compiler.boxed(entry.value, known, entry.variable.place)
        wanted = compiler.declared.resolve(entry.variable.type, entry.variable.place)
        entries.append((entry.variable.name, compiler.typed(code, wanted, entry.variable.place)))
        known |= {entry.variable.name}

    def context(scope: Scope, run: Run) -> Any:
        inner = dict(scope)
        made: Scope = {}
        for name, code in entries:
            made[name] = inner[name] = code(inner, run)
        return made if result is None else result(inner, run)

    return context


def _elements(compiler: Compiler, boxed: model.Elements, names: Names) -> Code:
    items = [compiler.boxed(item, names, boxed.place) for item in boxed.items]
    return lambda scope, run: [item(scope, run) for item in items]


def _relation(compiler: Compiler, boxed: model.Relation, names: Names) -> Code:
    columns = [(column, compiler.declared.resolve(column.type, column.place)) for column in boxed.columns]
    rows: list[list[tuple[str, Code]]] = []
    for row in boxed.rows:
        if len(row) != len(columns):
            reason = f"Una riga ha {len(row)} celle, le colonne sono {len(columns)}."
            compiler.problem(boxed.place, reason, "Completare la riga.")
        rows.append(
            [
                (column.name, compiler.typed(compiler.boxed(cell, names, column.place), wanted, column.place))
                for (column, wanted), cell in zip(columns, row, strict=False)
            ]
        )
    return lambda scope, run: [{name: cell(scope, run) for name, cell in row} for row in rows]


def _invocation(compiler: Compiler, boxed: model.Invocation, names: Names) -> Code:
    bindings = [(parameter.name, compiler.boxed(value, names, parameter.place)) for parameter, value in boxed.bindings]
    if isinstance(boxed.callee, model.Literal) and _is_builtin(boxed.callee.text, names):
        return _builtin_call(compiler, boxed.callee, bindings)
    callee = compiler.boxed(boxed.callee, names, boxed.place)
    place = boxed.place

    def invoke(scope: Scope, run: Run) -> Any:
        called = callee(scope, run)
        if not isinstance(called, feel.Function):
            run.fail(place, "no_function")
            return None
        given = {name: code(scope, run) for name, code in bindings}
        if called.parameters is None or given.keys() != set(called.parameters):
            run.fail(place, "wrong_arguments")
            return None
        return called.invoke(run.budget, [given[name] for name in called.parameters])

    return invoke


def _is_builtin(name: str, names: Names) -> bool:
    return name in library.NAMES and name not in names


def _builtin_call(compiler: Compiler, callee: model.Literal, bindings: list[tuple[str, Code]]) -> Code:
    """A function of the language takes its arguments by name in a text, so one is made up."""
    slots = [f"argument_{place}" for place in range(len(bindings))]
    given = ", ".join(f"{name}: {slot}" for slot, (name, _) in zip(slots, bindings, strict=True))
    expression = compiler.expression(model.Literal(f"{callee.text}({given})", callee.place), frozenset(slots))
    if expression is None:
        return null
    evaluate = expression.spend

    def call(scope: Scope, run: Run) -> Any:
        arguments = {slot: code(scope, run) for slot, (_, code) in zip(slots, bindings, strict=True)}
        return evaluate(arguments, run.budget)

    return call


def _function(compiler: Compiler, boxed: model.FunctionDefinition, names: Names) -> Code:
    return compiler.function(boxed, names)


def _conditional(compiler: Compiler, boxed: model.Conditional, names: Names) -> Code:
    condition, yes, no = (compiler.boxed(part, names, boxed.place) for part in (boxed.condition, boxed.yes, boxed.no))
    place = boxed.place

    def choose(scope: Scope, run: Run) -> Any:
        holds = condition(scope, run)
        if holds is not None and not isinstance(holds, bool):
            run.fail(place, "not_boolean")
            return None
        return yes(scope, run) if holds else no(scope, run)

    return choose


COMPILERS: Mapping[type, Callable[[Compiler, Any, Names], Code]] = {
    model.Literal: _literal,
    model.Context: _context,
    model.Elements: _elements,
    model.Relation: _relation,
    model.Invocation: _invocation,
    model.FunctionDefinition: _function,
    model.Conditional: _conditional,
}
