"""From decision tables to closures: which rules match, what they say, and what the hit policy makes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import feel
from engine.dmn import compiling, hit_policies, lint, model, types
from engine.dmn.compiling import Compiler, Names
from engine.dmn.run import Code, Match, Run, Scope, TableTrace

_EMPTY = frozenset({"", "-"})
_UNKNOWN: Any = object()


@dataclass(frozen=True, slots=True)
class _Column:
    """What is tested, of which type it is, which values it may have, and how people call it."""

    value: Code
    allowed: feel.Expression | None
    label: str
    place: model.Place


@dataclass(frozen=True, slots=True)
class _Row:
    """The tests of a rule as numbers of tests (equal cells of a column are one test), and its results."""

    tests: tuple[int, ...]
    results: tuple[Code, ...]
    match: Match


@dataclass(frozen=True, slots=True)
class _Test:
    column: int
    holds: Callable[[Scope, Any], Any]


def compile_table(compiler: Compiler, table: model.Table, names: Names) -> Code:
    """Return the closure of a decision table."""
    inputs = [compiler.declared.resolve(column.type, column.place) for column in table.inputs]
    columns = [_column(compiler, column, wanted, names) for column, wanted in zip(table.inputs, inputs, strict=True)]
    tests: dict[tuple[int, str], int] = {}
    compiled: list[_Test] = []
    outputs = hit_policies.outputs(compiler, table, names)
    lint.check(compiler, table, names, inputs, [column.type for column in outputs.columns])
    rows = []
    for rule in table.rules:
        _check_shape(compiler, table, rule)
        numbers = []
        for column, text in enumerate(rule.tests[: len(columns)]):
            if text in _EMPTY:
                continue
            if (column, text) not in tests:
                expression = compiler.tests(text, names, rule.place)
                if expression is None:
                    continue
                tests[column, text] = len(compiled)
                compiled.append(_Test(column, expression.spend))
            numbers.append(tests[column, text])
        results = tuple(_result(compiler, literal, names) for literal in rule.results)
        rows.append(_Row(tuple(numbers), results, _match(rule)))
    return _closure(table, columns, compiled, rows, outputs)


def _match(rule: model.Rule) -> Match:
    return Match(rule.number, rule.place.element, rule.annotations, rule.description, rule.descriptions)


def _closure(
    table: model.Table,
    columns: Sequence[_Column],
    tests: Sequence[_Test],
    rows: Sequence[_Row],
    outputs: hit_policies.Outputs,
) -> Code:
    place, policy = table.place, table.policy
    only_first = policy == "FIRST"

    def decide(scope: Scope, run: Run) -> Any:
        values = _values(columns, scope, run)
        if values is None:
            return None
        hits = _hits(rows, tests, values, scope, run, only_first=only_first)
        inputs = {column.label: value for column, value in zip(columns, values, strict=True)}
        if not hits:
            run.tables.append(
                TableTrace(run.decision, place.element, policy, inputs, (), by_default=outputs.has_default)
            )
            return outputs.without_match(scope, run)
        matches = tuple(row.match for row in hits)
        run.tables.append(TableTrace(run.decision, place.element, policy, inputs, matches))
        results = []
        for row in hits:
            result = outputs.result([code(scope, run) for code in row.results], run)
            if result is None:
                return None
            results.append(result)
        return outputs.decide(results, run)

    return decide


def _values(columns: Sequence[_Column], scope: Scope, run: Run) -> list[Any] | None:
    """Evaluate what is tested; None, with a failure, when a value is not among the allowed ones."""
    values = []
    for column in columns:
        failures = len(run.failures)
        value = column.value(scope, run)
        if len(run.failures) > failures and value is None:
            return None
        if (
            column.allowed is not None
            and value is not None
            and column.allowed.spend({**scope, "?": value}, run.budget) is not True
        ):
            run.fail(column.place, "input_not_allowed")
            return None
        values.append(value)
    return values


def _hits(
    rows: Sequence[_Row], tests: Sequence[_Test], values: list[Any], scope: Scope, run: Run, *, only_first: bool
) -> list[_Row]:
    scopes = [{**scope, "?": value} for value in values]
    known = [_UNKNOWN] * len(tests)
    budget = run.budget
    budget.spend(len(rows) + len(values))
    hits = []
    for row in rows:
        for number in row.tests:
            result = known[number]
            if result is _UNKNOWN:
                test = tests[number]
                result = known[number] = test.holds(scopes[test.column], budget)
            if result is not True:
                break
        else:
            hits.append(row)
            if only_first:
                break
    return hits


def _column(compiler: Compiler, column: model.Input, wanted: types.Type, names: Names) -> _Column:
    value = compiler.typed(compiler.literal(column.expression, names), wanted, column.place)
    return _Column(value, compiler.tests(column.allowed, names, column.place), column.label, column.place)


def _result(compiler: Compiler, literal: model.Literal, names: Names) -> Code:
    if literal.text == "-":
        compiler.problem(literal.place, "«-» non è un risultato.", "Scrivere un valore, oppure null.")
        return compiling.null
    return compiler.literal(literal, names)


def _check_shape(compiler: Compiler, table: model.Table, rule: model.Rule) -> None:
    for found, wanted, what in (
        (len(rule.tests), len(table.inputs), "condizioni"),
        (len(rule.results), len(table.outputs), "risultati"),
    ):
        if found != wanted:
            reason = f"La riga {rule.number} ha {found} {what}, le colonne sono {wanted}."
            compiler.problem(rule.place, reason, "Completare la riga.")


COMPILERS: Mapping[type, Callable[[Compiler, Any, Names], Code]] = {model.Table: compile_table}
