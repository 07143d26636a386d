"""What a decision table makes of the results of the rules that matched (DMN 1.5, section 8.2.8).

A result is a tuple with one value per output column. Where the standard sees an error, the table fails and is null.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import feel
from engine.dmn import model, types
from engine.dmn.compiling import Compiler, Names
from engine.dmn.run import Code, Run, Scope
from feel import library, values

Result = tuple[Any, ...]
Policy = Callable[["Outputs", list[Result], Run], Any]

_AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}
_RANKED = frozenset({"PRIORITY", "OUTPUT ORDER"})


@dataclass(frozen=True, slots=True)
class _Output:
    name: str
    type: types.Type
    allowed: tuple[feel.Expression, ...]
    default: Code | None
    place: model.Place


@dataclass(frozen=True, slots=True)
class Outputs:
    """The output columns of a table and its hit policy."""

    columns: tuple[_Output, ...]
    policy: Policy
    empty: Any
    place: model.Place

    @property
    def has_default(self) -> bool:
        """Whether something is said when no rule matches."""
        return any(column.default is not None for column in self.columns)

    def result(self, found: Sequence[Any], run: Run) -> Result | None:
        """Check the values of one rule; None, with a failure, when one is of a wrong type or not allowed."""
        result = []
        for column, value in zip(self.columns, found, strict=False):
            converted = types.convert(value, column.type, run.budget)
            if converted is types.MISMATCH:
                run.fail(column.place, "wrong_type")
                return None
            if column.allowed and converted is not None and _rank(column, converted, run) is None:
                run.fail(column.place, "output_not_allowed")
                return None
            result.append(converted)
        return tuple(result)

    def decide(self, results: list[Result], run: Run) -> Any:
        """Apply the hit policy to the results of all rules that matched, in the order of the rules."""
        return self.policy(self, results, run)

    def shown(self, result: Result) -> Any:
        """Return a result as the table's value: the value itself, or a context of several."""
        if len(self.columns) == 1:
            return result[0] if result else None
        return {column.name: value for column, value in zip(self.columns, result, strict=False)}

    def without_match(self, scope: Scope, run: Run) -> Any:
        """Return the default, or what the hit policy says of no rule at all."""
        if not self.has_default:
            return list(self.empty) if isinstance(self.empty, list) else self.empty
        values_found = [None if column.default is None else column.default(scope, run) for column in self.columns]
        result = self.result(values_found, run)
        return None if result is None else self.shown(result)


def outputs(compiler: Compiler, table: model.Table, names: Names) -> Outputs:
    """Compile the output columns of a table; a policy that nobody knows is a problem, and gives null."""
    columns = tuple(_output(compiler, column, names) for column in table.outputs)
    _check(compiler, table, columns)
    policy, empty = _policy(compiler, table)
    return Outputs(columns, policy, empty, table.place)


def _output(compiler: Compiler, column: model.Output, names: Names) -> _Output:
    wanted = compiler.declared.resolve(column.type, column.place)
    allowed = column.allowed
    if not allowed and wanted.element is None:
        allowed = wanted.allowed
    tests = compiler.separate_tests(allowed, names, column.place) if allowed else ()
    default = None if column.default is None else compiler.literal(column.default, names)
    return _Output(column.name, wanted, tests, default, column.place)


def _check(compiler: Compiler, table: model.Table, columns: tuple[_Output, ...]) -> None:
    if not columns:
        compiler.problem(table.place, "La tabella non ha colonne di risultato.", "Aggiungere un output.")
    several = len(columns) > 1
    seen: set[str] = set()
    for column in columns if several else ():
        if not column.name or column.name in seen:
            reason = "Con più colonne di risultato ognuna ha bisogno di un nome suo."
            compiler.problem(column.place, reason, "Dare un nome (name) diverso a ogni output.")
        seen.add(column.name)
    if table.policy in _RANKED and not any(column.allowed for column in columns):
        reason = f"La regola {table.policy} non sa quale risultato viene prima."
        compiler.problem(table.place, reason, "Elencare i valori (outputValues) dal più importante in giù.")
    if table.aggregation and (several or table.policy != "COLLECT"):
        reason = f"L'aggregazione {table.aggregation} vale solo per COLLECT con un solo risultato."
        compiler.problem(table.place, reason, "Togliere l'aggregazione o dividere la tabella.")


def _policy(compiler: Compiler, table: model.Table) -> tuple[Policy, Any]:
    if table.policy == "COLLECT" and table.aggregation:
        name = _AGGREGATIONS.get(table.aggregation)
        if name is not None:
            return _aggregating(name), 0 if name == "count" else None
    elif table.policy in _POLICIES:
        return _POLICIES[table.policy], [] if table.policy == "COLLECT" else None
    name = f"{table.policy} {table.aggregation}".strip()
    compiler.problem(table.place, f"La regola «{name}» non esiste.", f"Usare una di: {', '.join(_POLICIES)}.")
    return (lambda _outputs, _results, _run: None), None


def _unique(outputs: Outputs, results: list[Result], run: Run) -> Any:
    if len(results) > 1:
        run.fail(outputs.place, "several_rules")
        return None
    return outputs.shown(results[0])


def _any(outputs: Outputs, results: list[Result], run: Run) -> Any:
    first = list(results[0])
    if not all(values.equal(first, list(other), run.budget) for other in results[1:]):
        run.fail(outputs.place, "different_results")
        return None
    return outputs.shown(results[0])


def _first(outputs: Outputs, results: list[Result], _run: Run) -> Any:
    return outputs.shown(results[0])


def _priority(outputs: Outputs, results: list[Result], run: Run) -> Any:
    return outputs.shown(_ordered(outputs, results, run)[0])


def _output_order(outputs: Outputs, results: list[Result], run: Run) -> Any:
    return [outputs.shown(result) for result in _ordered(outputs, results, run)]


def _rule_order(outputs: Outputs, results: list[Result], _run: Run) -> Any:
    return [outputs.shown(result) for result in results]


def _ordered(outputs: Outputs, results: list[Result], run: Run) -> list[Result]:
    """Sort by the places of the values in their columns' lists, the first column first; rules keep their order."""

    def ranks(result: Result) -> list[int]:
        return [
            len(column.allowed) if rank is None else rank
            for column, value in zip(outputs.columns, result, strict=False)
            if column.allowed
            for rank in (_rank(column, value, run),)
        ]

    return sorted(results, key=ranks)


def _rank(column: _Output, value: Any, run: Run) -> int | None:
    for rank, test in enumerate(column.allowed):
        if test.spend({"?": value}, run.budget) is True:
            return rank
    return None


def _aggregating(name: str) -> Policy:
    aggregate = library.BUILTINS[name].invoke

    def decide(outputs: Outputs, results: list[Result], run: Run) -> Any:
        totals = []
        for column in range(len(outputs.columns)):
            found = [result[column] for result in results]
            total = aggregate(run.budget, [found])
            if total is None:
                run.fail(outputs.place, "not_summable")
                return None
            totals.append(total)
        return outputs.shown(tuple(totals))

    return decide


_POLICIES: dict[str, Policy] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "PRIORITY": _priority,
    "ANY": _any,
    "COLLECT": _rule_order,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
}
