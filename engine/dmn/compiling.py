"""What all compilers of boxed expressions share: expressions in FEEL, types, functions, and what is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import feel
from engine.dmn import model, types
from engine.dmn.run import Code, Run, Scope
from engine.errors import Problem
from feel import italian
from feel.limits import Budget

Names = frozenset[str]

_SHORT = 80  # characters of an expression that a problem quotes
_FIX = "Correggere l'espressione FEEL."


@dataclass(slots=True)
class Compiler:
    """What the expressions of one model are compiled with; problems are gathered, not raised."""

    declared: types.Types
    functions: feel.HostFunctions
    fields: Names
    problems: list[Problem]
    warnings: list[Problem]
    compilers: "Mapping[type, Callable[[Compiler, Any, Names], Code]]"
    """One for each kind of boxed expression."""
    host: feel.Host = field(init=False)
    read: set[str] = field(default_factory=set)
    """All names that expressions compiled so far have read."""

    def __post_init__(self) -> None:
        self.host = feel.Host(self.functions, self.fields, self.declared.matchers())

    def boxed(self, boxed: model.Boxed | None, names: Names, place: model.Place) -> Code:
        """Return the closure of a boxed expression; a missing one is a problem, and null."""
        if boxed is None:
            self.problem(place, "Manca un'espressione.", "Scriverla, oppure scrivere null.")
            return null
        return self.compilers[type(boxed)](self, boxed, names)

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
            expression = feel.compile(literal.text, names, host=self.host)
        except feel.FeelError as error:
            self.problem(literal.place, f"«{literal.text[:_SHORT]}» non si capisce: {italian.said(error)}.", _FIX)
            return None
        self.check(expression, literal.place, names, inner=inner)
        return expression

    def tests(self, text: str, names: Names, place: model.Place) -> feel.Expression | None:
        """Compile the tests of a cell; None for `-` and for what is not FEEL."""
        if text in {"", "-"}:
            return None
        try:
            expression = feel.compile_unary(text, names, host=self.host)
        except feel.FeelError as error:
            self.problem(place, f"«{text[:_SHORT]}» non si capisce: {italian.said(error)}.", _FIX)
            return feel.compile_unary("null and false")
        self.check(expression, place, names | {"?"})
        return expression

    def separate_tests(self, text: str, names: Names, place: model.Place) -> tuple[feel.Expression, ...]:
        """Compile the tests of a list of allowed values one by one, in their order."""
        try:
            return feel.compile_tests(text, names, host=self.host)
        except feel.FeelError as error:
            self.problem(place, f"«{text[:_SHORT]}» non si capisce: {italian.said(error)}.", _FIX)
            return ()

    def check(self, expression: feel.Expression, place: model.Place, names: Names, *, inner: bool = False) -> None:
        """Report names that nothing defines, and parts that are always null."""
        self.read |= expression.names
        for name in sorted(expression.names - names) if not inner else ():
            reason = f"«{expression.text[:_SHORT]}» usa «{name}», che qui non esiste."
            self.problem(place, reason, "Correggere il nome, o collegare ciò che lo definisce con una freccia.")
        for doubt in expression.doubts:
            self.problem(place, f"Un'espressione non ha mai un valore: {italian.said(doubt)}.", _FIX)

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
