"""Compiles texts to expressions and keeps the compiled ones."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from feel import compile_calls, compile_loops, compile_values, errors, parser, syntax, values
from feel.compilation import FIRST_SLOT, Code, Compilation
from feel.host import Host
from feel.limits import Budget
from feel.signatures import HostFunctions
from feel.values import Value

_COMPILERS = {**compile_values.COMPILERS, **compile_loops.COMPILERS, **compile_calls.COMPILERS}
_CACHED = 4096


class Expression:
    """A compiled expression: immutable, shared between threads, evaluated on any number of contexts.

    `names` are the variables that it reads from the context (of a path the first name). Inside a filter a name may
    as well be a field of the element, so there only names that were declared to `compile` are reported.
    `calls` are those of functions of the host, as they are written. `doubts` are sentences about parts that are valid
    but cannot be meant: `duration("PT1X")` is null for ever.
    """

    __slots__ = ("_code", "_slots", "calls", "doubts", "names", "size", "text")

    def __init__(self, compilation: Compilation, code: Code) -> None:
        self.text = compilation.text
        self.names = frozenset(compilation.free)
        self.doubts = tuple(compilation.doubts)
        self.calls = tuple(compilation.calls)
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
    text: str, names: Iterable[str] = (), *, functions: HostFunctions | None = None, host: Host | None = None
) -> Expression:
    """Return the expression that a text means where these names are in scope.

    Names decide how `a-b` or `risk level` is read; others may occur, are null unless the context has them, and are
    reported in `Expression.names`. Functions of the host have to return FEEL values; without `now` and `today` among
    them there is no clock. A `host` says more than `functions` and is quicker where many expressions share one.
    Raises FeelSyntaxError, FeelLimitError.
    """
    return _compile(text, frozenset(names), host or Host(functions or {}), unary=False)


def compile_unary(
    text: str, names: Iterable[str] = (), *, functions: HostFunctions | None = None, host: Host | None = None
) -> Expression:
    """Return the tests of a cell of a decision table as an expression; the tested value is `?` in the context.

    Takes and raises what `compile` does.
    """
    return _compile(text, frozenset(names) | {"?"}, host or Host(functions or {}), unary=True)


def compile_tests(text: str, names: Iterable[str] = (), *, host: Host | None = None) -> tuple[Expression, ...]:
    """Return the tests of a cell one by one, in their order: a list of allowed values is also one of priorities.

    Takes and raises what `compile` does; tests inside `not(...)` stay together.
    """
    host = host or Host()
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


@lru_cache(maxsize=_CACHED)
def _compile(text: str, names: frozenset[str], host: Host, *, unary: bool) -> Expression:
    known = host.known(names)
    if unary:
        return _unary(text, names, host, parser.parse_unary(text, known))
    compilation = Compilation(text, names, host.functions, host.types, _COMPILERS)
    return Expression(compilation, compilation.compile(parser.parse(text, known)))


def _unary(text: str, names: frozenset[str], host: Host, tree: syntax.UnaryTests) -> Expression:
    compilation = Compilation(text, names, host.functions, host.types, _COMPILERS)
    return Expression(compilation, compile_values.unary(compilation, tree))
