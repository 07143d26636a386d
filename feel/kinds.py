"""Types as expressions write them, in `instance of` and behind parameters."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from feel import syntax
from feel.compilation import Compilation
from feel.limits import Budget
from feel.values import Range, kind

Matcher: TypeAlias = Callable[[Any, Budget], bool]

MISMATCH: Final = object()
"""What `fit` gives for a value that is not of the type and cannot be made so."""

_SIMPLE = {
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "date time": "date and time",
    "days and time duration": "days and time duration",
    "day time duration": "days and time duration",
    "years and months duration": "years and months duration",
    "list": "list",
    "context": "context",
    "function": "function",
    "range": "range",
    "Null": "null",
    "null": "null",
}


def matcher(compilation: Compilation, node: syntax.Type) -> Matcher:
    """Return the test whether a value is of a type; null is of no type but Null; raises FeelSyntaxError."""
    if node.name == "Any":
        return lambda value, _: value is not None
    named = compilation.types.get(node.name)
    if named is not None:
        return named
    wanted = _SIMPLE.get(node.name)
    if wanted is None:
        compilation.refuse(f"unknown type `{node.name}`", f"types are {', '.join(_SIMPLE)} and Any", node.at)
    arguments = [matcher(compilation, argument) for argument in node.arguments]
    if wanted == "list" and len(arguments) == 1:
        return _list_of(arguments[0])
    if wanted == "context" and arguments:
        return _context_of(dict(zip(node.fields, arguments, strict=True)))
    if wanted == "range" and len(arguments) == 1:
        return _range_of(arguments[0])
    return lambda value, _: kind(value) == wanted


def fit(value: Any, matches: Matcher, budget: Budget) -> Any:
    """Return the value as a type wants it, or MISMATCH; null fits every type (DMN 1.5, section 10.3.2.9.4).

    One element becomes a list, a list of one becomes its element, a date becomes its midnight in UTC.
    """
    if value is None or matches(value, budget):
        return value
    candidate: Any = [value]
    if isinstance(value, list):
        candidate = value[0] if len(value) == 1 else MISMATCH
    elif type(value) is date and not matches(candidate, budget):
        candidate = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return candidate if candidate is not MISMATCH and matches(candidate, budget) else MISMATCH


def _list_of(element: Matcher) -> Matcher:
    def matches(value: Any, budget: Budget) -> bool:
        if not isinstance(value, list):
            return False
        budget.spend(len(value) + 1)
        return all(element(item, budget) for item in value)

    return matches


def _context_of(fields: dict[str, Matcher]) -> Matcher:
    def matches(value: Any, budget: Budget) -> bool:
        if not isinstance(value, Mapping):
            return False
        budget.spend(len(fields) + 1)
        return all(
            name in value and (value[name] is None or field(value[name], budget)) for name, field in fields.items()
        )

    return matches


def _range_of(end: Matcher) -> Matcher:
    def matches(value: Any, budget: Budget) -> bool:
        return isinstance(value, Range) and all(
            bound is None or end(bound, budget) for bound in (value.start, value.end)
        )

    return matches
