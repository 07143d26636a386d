"""Compiles texts to expressions and keeps the compiled ones."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from feel import compile_calls, compile_loops, compile_values, errors, library, parser, syntax, values
from feel.compilation import FIRST_SLOT, Code, Compilation
from feel.kinds import Matcher
from feel.limits import Budget
from feel.values import Value

HostFunctions: TypeAlias = Mapping[str, Callable[..., Value]]
HostTypes: TypeAlias = Mapping[str, Matcher]

_COMPILERS = {**compile_values.COMPILERS, **compile_loops.COMPILERS, **compile_calls.COMPILERS}
_CACHED = 4096


class Expression:
    """A compiled expression: immutable, shared between threads, evaluated on any number of contexts.

    `names` are the variables that it reads from the context (of a path the first name). Inside a filter a name may
    as well be a field of the element, so there only names that were declared to `compile` are reported.
    `doubts` are sentences about parts that are valid but cannot be meant: `duration("PT1X")` is null for ever.
    """

    __slots__ = ("_code", "_slots", "doubts", "names", "size", "text")

    def __init__(self, compilation: Compilation, code: Code) -> None:
        self.text = compilation.text
        self.names = frozenset(compilation.free)
        self.doubts = tuple(compilation.doubts)
        self.size = compilation.size
        self._code = code
        self._slots = (None,) * (compilation.slots - FIRST_SLOT)

    def __repr__(self) -> str:
        """Show the text."""
        return f"Expression({self.text!r})"

    def evaluate(self, context: Mapping[str, Value]) -> Value:
        """Return the value on the variables of a context; absent ones are null.

        Raises FeelLimitError, and whatever a host function raises; never anything because of the values.
        """
        return self.spend(context, Budget())

    def spend(self, context: Mapping[str, Value], budget: Budget) -> Value:
        """Evaluate as one of many expressions that share an allowance; raises as `evaluate` does."""
        budget.steps -= self.size
        if budget.steps < 0:
            budget.spend(0)
        try:
            result: Value = self._code([context, budget, *self._slots])
            if isinstance(result, (list, dict)):
                values.weigh(result, budget)
        except RecursionError as error:
            raise errors.FeelLimitError("functions or values are nested too deep") from error
        return result


def compile(  # noqa: A001 - the verb of this package, always written feel.compile
    text: str,
    names: Iterable[str] = (),
    *,
    functions: HostFunctions | None = None,
    fields: Iterable[str] = (),
    types: HostTypes | None = None,
) -> Expression:
    """Return the expression that a text means where these names are in scope.

    Names decide how `a-b` or `risk level` is read; others may occur, are null unless the context has them, and are
    reported in `Expression.names`. Functions of the host are called with positional values and have to return FEEL
    values; without `now` and `today` among them there is no clock. `fields` are names that may stand behind a dot or
    in a filter and are no single word (`risk level`, `a-b`); `types` are types of the host for `instance of` and
    parameters, by name. Raises FeelSyntaxError, FeelLimitError.
    """
    return _compile(text, frozenset(names), _Host(functions or {}, fields, types or {}), unary=False)


def compile_unary(
    text: str,
    names: Iterable[str] = (),
    *,
    functions: HostFunctions | None = None,
    fields: Iterable[str] = (),
    types: HostTypes | None = None,
) -> Expression:
    """Return the tests of a cell of a decision table as an expression; the tested value is `?` in the context.

    Takes and raises what `compile` does.
    """
    return _compile(text, frozenset(names) | {"?"}, _Host(functions or {}, fields, types or {}), unary=True)


def compile_tests(
    text: str,
    names: Iterable[str] = (),
    *,
    functions: HostFunctions | None = None,
    fields: Iterable[str] = (),
    types: HostTypes | None = None,
) -> tuple[Expression, ...]:
    """Return the tests of a cell one by one, in their order: a list of allowed values is also one of priorities.

    Takes and raises what `compile` does; tests inside `not(...)` stay together.
    """
    host = _Host(functions or {}, fields, types or {})
    scope = frozenset(names) | {"?"}
    tree = parser.parse_unary(text, host.known(scope))
    parts = [tree] if tree.negated else [syntax.UnaryTests((test,), negated=False) for test in tree.tests]
    return tuple(_unary(text, scope, host, part) for part in parts)


NOT_CONSTANT: Final = object()
"""What `constant` gives for a node that needs variables."""


def constant(node: syntax.Node, text: str) -> Any:
    """Return the value of a part of an expression if it needs no variable, else NOT_CONSTANT."""
    if isinstance(node, syntax.Constant):
        return node.value
    compilation = Compilation(text, frozenset(), {}, {}, _COMPILERS)
    found = Expression(compilation, compilation.compile(node))
    return NOT_CONSTANT if found.names else found.evaluate({})


class _Host:
    """What the host adds to the language, as a key of the cache: equal when it is the very same."""

    __slots__ = ("fields", "functions", "key", "types")

    def __init__(self, functions: HostFunctions, fields: Iterable[str], types: HostTypes) -> None:
        self.functions = dict(functions)
        self.types = dict(types)
        self.fields = frozenset(fields)
        self.key = (
            self.fields,
            frozenset((name, id(found)) for name, found in (*self.functions.items(), *self.types.items())),
        )

    def known(self, names: frozenset[str]) -> syntax.Known:
        """Return all names that decide how a text is read."""
        return syntax.Known(names, library.NAMES.union(self.functions), self.fields, frozenset(self.types))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Host) and self.key == other.key


@lru_cache(maxsize=_CACHED)
def _compile(text: str, names: frozenset[str], host: _Host, *, unary: bool) -> Expression:
    known = host.known(names)
    if unary:
        return _unary(text, names, host, parser.parse_unary(text, known))
    compilation = Compilation(text, names, host.functions, host.types, _COMPILERS)
    return Expression(compilation, compilation.compile(parser.parse(text, known)))


def _unary(text: str, names: frozenset[str], host: _Host, tree: syntax.UnaryTests) -> Expression:
    compilation = Compilation(text, names, host.functions, host.types, _COMPILERS)
    return Expression(compilation, compile_values.unary(compilation, tree))
