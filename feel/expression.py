"""Compiles texts to expressions and keeps the compiled ones."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from feel import compile_calls, compile_loops, compile_values, errors, library, parser, values
from feel.compilation import FIRST_SLOT, Code, Compilation
from feel.limits import Budget
from feel.values import Value

HostFunctions: TypeAlias = Mapping[str, Callable[..., Value]]

_COMPILERS = {**compile_values.COMPILERS, **compile_loops.COMPILERS, **compile_calls.COMPILERS}
_CACHED = 4096


class Expression:
    """A compiled expression: immutable, shared between threads, evaluated on any number of contexts.

    `names` are the variables that it reads from the context (of a path the first name). Inside a filter a name may
    as well be a field of the element, so there only names that were declared to `compile` are reported.
    `doubts` are sentences about parts that are valid but cannot be meant: `duration("PT1X")` is null for ever.
    """

    __slots__ = ("_code", "_slots", "doubts", "names", "text")

    def __init__(self, compilation: Compilation, code: Code) -> None:
        self.text = compilation.text
        self.names = frozenset(compilation.free)
        self.doubts = tuple(compilation.doubts)
        self._code = code
        self._slots = (None,) * (compilation.slots - FIRST_SLOT)

    def __repr__(self) -> str:
        """Show the text."""
        return f"Expression({self.text!r})"

    def evaluate(self, context: Mapping[str, Value]) -> Value:
        """Return the value on the variables of a context; absent ones are null.

        Raises FeelLimitError, and whatever a host function raises; never anything because of the values.
        """
        try:
            result: Value = self._code([context, Budget(), *self._slots])
            if isinstance(result, (list, dict)):
                values.weigh(result, Budget())
        except RecursionError as error:
            raise errors.FeelLimitError("functions or values are nested too deep") from error
        return result


def compile(  # noqa: A001 - the verb of this package, always written feel.compile
    text: str, names: Iterable[str] = (), *, functions: HostFunctions | None = None
) -> Expression:
    """Return the expression that a text means where these names are in scope.

    Names decide how `a-b` or `risk level` is read; others may occur, are null unless the context has them, and are
    reported in `Expression.names`. Functions of the host are called with positional values and have to return FEEL
    values; without `now` and `today` among them there is no clock. Raises FeelSyntaxError, FeelLimitError.
    """
    return _compile(text, frozenset(names), _Host(functions or {}), unary=False)


def compile_unary(text: str, names: Iterable[str] = (), *, functions: HostFunctions | None = None) -> Expression:
    """Return the tests of a cell of a decision table as an expression; the tested value is `?` in the context.

    Raises FeelSyntaxError, FeelLimitError.
    """
    return _compile(text, frozenset(names) | {"?"}, _Host(functions or {}), unary=True)


class _Host:
    """Functions of the host as a key of the cache: equal when they are the very same functions."""

    __slots__ = ("functions", "key")

    def __init__(self, functions: HostFunctions) -> None:
        self.functions = dict(functions)
        self.key = frozenset((name, id(function)) for name, function in self.functions.items())

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Host) and self.key == other.key


@lru_cache(maxsize=_CACHED)
def _compile(text: str, names: frozenset[str], host: _Host, *, unary: bool) -> Expression:
    functions = library.NAMES.union(host.functions)
    compilation = Compilation(text, names, host.functions, _COMPILERS)
    code: Code
    if unary:
        code = compile_values.unary(compilation, parser.parse_unary(text, names, functions))
    else:
        code = compilation.compile(parser.parse(text, names, functions))
    return Expression(compilation, code)
