"""From boxed expressions to closures over a scope."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import feel
from engine.dmn import model, types
from engine.dmn.run import Code, Run, Scope
from engine.errors import Problem
from feel import iteration, library
from feel.limits import Budget
from feel.values import Value

Names = frozenset[str]

_SHORT = 80  # characters of an expression that a problem quotes
_FIX = "Correggere l'espressione FEEL."


@dataclass(slots=True)
class Compiler:
    """What the expressions of one model are compiled with; problems are gathered, not raised."""

    declared: types.Types
    functions: Mapping[str, Callable[..., Value]]
    fields: Names
    problems: list[Problem]
    warnings: list[Problem]
    compile_table: "Callable[[Compiler, model.Table, Names], Code]"
    matchers: Mapping[str, types.Matches] = field(init=False)
    read: set[str] = field(default_factory=set)
    """All names that expressions compiled so far have read."""

    def __post_init__(self) -> None:
        self.matchers = self.declared.matchers()

    def boxed(self, boxed: model.Boxed | None, names: Names, place: model.Place) -> Code:
        """Return the closure of a boxed expression; a missing one is a problem, and null."""
        if boxed is None:
            self.problem(place, "Manca un'espressione.", "Scriverla, oppure scrivere null.")
            return null
        return _COMPILERS[type(boxed)](self, boxed, names)

    def literal(self, literal: model.Literal, names: Names) -> Code:
        """Return the closure of a text in FEEL; an empty one is null."""
        expression = self.expression(literal, names)
        if expression is None:
            return null
        evaluate = expression.spend
        return lambda scope, run: evaluate(scope, run.budget)

    def expression(self, literal: model.Literal, names: Names, *, inner: bool = False) -> feel.Expression | None:
        """Compile a text in FEEL; inside a filter (`inner`) names may be fields of the element, too."""
        if not literal.text:
            self.problem(literal.place, "Manca un'espressione.", "Scriverla, oppure scrivere null.")
            return None
        try:
            expression = feel.compile(
                literal.text, names, functions=self.functions, fields=self.fields, types=self.matchers
            )
        except feel.FeelError as error:
            self.problem(literal.place, f"«{literal.text[:_SHORT]}» non si capisce: {error}.", _FIX)
            return None
        self.check(expression, literal.place, names, inner=inner)
        return expression

    def tests(self, text: str, names: Names, place: model.Place) -> feel.Expression | None:
        """Compile the tests of a cell; None for `-` and for what is not FEEL."""
        if text in {"", "-"}:
            return None
        try:
            expression = feel.compile_unary(
                text, names, functions=self.functions, fields=self.fields, types=self.matchers
            )
        except feel.FeelError as error:
            self.problem(place, f"«{text[:_SHORT]}» non si capisce: {error}.", _FIX)
            return feel.compile_unary("null and false")
        self.check(expression, place, names | {"?"})
        return expression

    def separate_tests(self, text: str, names: Names, place: model.Place) -> tuple[feel.Expression, ...]:
        """Compile the tests of a list of allowed values one by one, in their order."""
        try:
            return feel.compile_tests(text, names, fields=self.fields, types=self.matchers)
        except feel.FeelError as error:
            self.problem(place, f"«{text[:_SHORT]}» non si capisce: {error}.", _FIX)
            return ()

    def check(self, expression: feel.Expression, place: model.Place, names: Names, *, inner: bool = False) -> None:
        """Report names that nothing defines, and parts that are always null."""
        self.read |= expression.names
        for name in sorted(expression.names - names) if not inner else ():
            reason = f"«{expression.text[:_SHORT]}» usa «{name}», che qui non esiste."
            self.problem(place, reason, "Correggere il nome, o collegare ciò che lo definisce con una freccia.")
        for doubt in expression.doubts:
            self.problem(place, f"Un'espressione non ha mai un valore: {doubt}.", _FIX)

    def problem(self, place: model.Place, reason: str, way_out: str) -> None:
        """Note what is wrong at a place."""
        self.problems.append(Problem(place.element, reason, way_out, place.line))

    def warn(self, place: model.Place, reason: str, way_out: str) -> None:
        """Note what works but may not be meant."""
        self.warnings.append(Problem(place.element, reason, way_out, place.line))

    def typed(self, code: Code, wanted: types.Type, place: model.Place) -> Code:
        """Let the closure give values of a type only; anything else fails and is null."""
        if wanted is types.ANY:
            return code

        def typed(scope: Scope, run: Run) -> Any:
            return converted(code(scope, run), wanted, place, run)

        return typed

    def function(self, definition: model.FunctionDefinition, names: Names) -> "Callable[[Scope, Run], feel.Function]":
        """Return what makes a function value in a scope; raises nothing, a foreign kind is a problem."""
        if definition.kind != "FEEL":
            reason = f"Le funzioni di tipo {definition.kind[:_SHORT]} non vengono eseguite."
            self.problem(definition.place, reason, "Scrivere la funzione in FEEL.")
        parameters = tuple(parameter.name for parameter in definition.parameters)
        wanted = [self.declared.resolve(parameter.type, parameter.place) for parameter in definition.parameters]
        body: Code = null
        if definition.kind == "FEEL":
            body = self.boxed(definition.body, names.union(parameters), definition.place)
        place = definition.place

        def make(scope: Scope, run: Run) -> feel.Function:
            def call(_: Budget, arguments: Sequence[Any]) -> Any:
                return body({**scope, **dict(zip(parameters, arguments, strict=True))}, run)

            return function(parameters, wanted, call, place, run)

        return make


def function(
    parameters: tuple[str, ...],
    wanted: Sequence[types.Type],
    call: Callable[[Budget, Sequence[Any]], Any],
    place: model.Place,
    run: Run,
) -> feel.Function:
    """Return a function value that checks number and types of its arguments; what does not fit fails."""

    def within(budget: Budget, arguments: Sequence[Any]) -> Any:
        if len(arguments) != len(parameters):
            run.fail(place, "wrong_arguments")
            return None
        given = [types.convert(value, kind, budget) for value, kind in zip(arguments, wanted, strict=True)]
        if any(value is types.MISMATCH for value in given):
            run.fail(place, "wrong_arguments")
            return None
        budget.enter()
        budget.spend(len(given) + 1)
        result = call(budget, given)
        budget.leave()
        return result

    return feel.Function(parameters, lambda *arguments: within(run.budget, arguments), within)


def converted(value: Any, wanted: types.Type, place: model.Place, run: Run) -> Any:
    """Return a value as a type wants it; null and a failure when it is of another."""
    result = types.convert(value, wanted, run.budget)
    if result is types.MISMATCH:
        run.fail(place, "wrong_type")
        return None
    return result


def null(_scope: Scope, _run: Run) -> None:
    """Stand for what is missing or cannot be compiled."""
    return


def _literal(compiler: Compiler, boxed: model.Literal, names: Names) -> Code:
    return compiler.literal(boxed, names)


def _context(compiler: Compiler, boxed: model.Context, names: Names) -> Code:
    entries: list[tuple[str, Code]] = []
    result: Code | None = None
    known = names
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


def _filter(compiler: Compiler, boxed: model.Filter, names: Names) -> Code:
    source = compiler.boxed(boxed.source, names, boxed.place)
    if isinstance(boxed.match, model.Literal):
        inner = names | {"item"} | compiler.fields
        expression = compiler.expression(boxed.match, inner, inner=True)
        match = null if expression is None else _evaluate(expression)
    else:
        match = compiler.boxed(boxed.match, names | {"item"} | compiler.fields, boxed.place)

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


def _table(compiler: Compiler, boxed: model.Table, names: Names) -> Code:
    return compiler.compile_table(compiler, boxed, names)


_COMPILERS: dict[type, Callable[[Compiler, Any, Names], Code]] = {
    model.Literal: _literal,
    model.Context: _context,
    model.Elements: _elements,
    model.Relation: _relation,
    model.Invocation: _invocation,
    model.FunctionDefinition: _function,
    model.Conditional: _conditional,
    model.Filter: _filter,
    model.Iterator: _iterator,
    model.Table: _table,
}
