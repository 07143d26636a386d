"""What the tests of a cell accept, as far as the text alone tells: for linters that look for overlaps and gaps."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from feel import expression, library, parser, syntax
from feel.values import Range, Value, kind, order

_PLAIN = frozenset(
    {
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "null",
    }
)


@dataclass(frozen=True, slots=True)
class Outline:
    """Tests of which one has to hold (or none, if negated): equal to a value, unequal to it, or within a range."""

    equal: tuple[Value, ...]
    unequal: tuple[Value, ...]
    ranges: tuple[Range, ...]
    negated: bool

    @property
    def values(self) -> tuple[Value, ...]:
        """All values that occur, ends of ranges included."""
        ends = [end for found in self.ranges for end in (found.start, found.end) if end is not None]
        return (*self.equal, *self.unequal, *ends)


def outline(text: str, names: Iterable[str] = ()) -> Outline | None:
    """Return what the tests of a cell accept; None when that depends on more than the tested value.

    Raises FeelSyntaxError, FeelLimitError.
    """
    known = syntax.Known(frozenset(names) | {"?"}, library.NAMES)
    tree = parser.parse_unary(text, known)
    equal: list[Value] = []
    unequal: list[Value] = []
    ranges: list[Range] = []
    for test in tree.tests:
        operator, node = (test.operator, test.operand) if isinstance(test, syntax.Test) else ("=", test)
        found = expression.constant(node, text)
        if isinstance(found, Range) and operator == "=" and not isinstance(test, syntax.Test):
            ranges.append(found)
        elif found is expression.NOT_CONSTANT or kind(found) not in _PLAIN:
            return None
        elif operator in {"=", "!="}:
            (equal if operator == "=" else unequal).append(found)
        elif order(found, found) is None:
            return None
        else:
            ranges.append(_half(operator, found))
    if not tree.tests or (tree.negated and unequal):
        return None
    return Outline(tuple(equal), tuple(unequal), tuple(ranges), tree.negated)


def constant(text: str, names: Iterable[str] = ()) -> tuple[Value] | None:
    """Return the value of an expression that needs no variable, in a tuple; None for any other.

    Raises FeelSyntaxError, FeelLimitError.
    """
    known = syntax.Known(frozenset(names), library.NAMES)
    found = expression.constant(parser.parse(text, known), text)
    return None if found is expression.NOT_CONSTANT else (found,)


def _half(operator: str, end: Any) -> Range:
    included = operator.endswith("=")
    if operator.startswith("<"):
        return Range(None, end, start_included=False, end_included=included)
    return Range(end, None, start_included=included, end_included=False)
