"""What FEEL values are in Python, and when two of them are equal or ordered.

number: int or Decimal; string: str; boolean: bool; null: None; date, time, date and time: the classes of
`datetime`; days and time duration: timedelta; the rest as below. A float or a number disguised as bool is none of
them: operations on it give null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from feel.limits import Budget

Value: TypeAlias = (
    "bool | int | Decimal | str | date | time | datetime | timedelta | YearsMonths | Range | Function"
    " | list[Any] | Mapping[str, Any] | None"
)


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration: how many days it lasts depends on where in the calendar it is added."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end that is None is open to infinity."""

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as a value, written in FEEL or given by the host; called with positional values.

    `within`, if there is one, does the same at the expense of the evaluation that calls; `call` has an allowance of
    its own each time.
    """

    parameters: tuple[str, ...] | None
    call: Callable[..., Value]
    within: Callable[[Budget, Sequence[Any]], Value] | None = None

    def invoke(self, budget: Budget, arguments: Sequence[Any]) -> Value:
        """Call it from inside an evaluation; raises FeelLimitError."""
        budget.spend(1)
        return self.call(*arguments) if self.within is None else self.within(budget, arguments)


KINDS: dict[type, str] = {
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    date: "date",
    time: "time",
    datetime: "date and time",
    timedelta: "days and time duration",
    YearsMonths: "years and months duration",
    Range: "range",
    Function: "function",
    list: "list",
    dict: "context",
    type(None): "null",
}

_KINDS_BY_BASE = (
    (bool, "boolean"),
    (int, "number"),
    (Decimal, "number"),
    (str, "string"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (list, "list"),
    (Mapping, "context"),
)


def kind(value: object) -> str:
    """Name the FEEL type of a value; a Python object that FEEL does not know is "unknown"."""
    found = KINDS.get(type(value))
    if found is not None:
        return found
    return next((name for base, name in _KINDS_BY_BASE if isinstance(value, base)), "unknown")


def equal(left: Any, right: Any, budget: Budget) -> bool | None:
    """Compare with `=`: null equals only null, values of two kinds do not compare (null)."""
    if left is None or right is None:
        return left is right
    name = kind(left)
    if name != kind(right) or name == "unknown":
        return None
    deep = _EQUAL.get(name)
    if deep is not None:
        return deep(left, right, budget)
    if name in _ZONED:
        return _ZONED[name](left) == _ZONED[name](right)
    return bool(left == right)


def _equal_lists(left: list[Any], right: list[Any], budget: Budget) -> bool:
    if len(left) != len(right):
        return False
    budget.spend(len(left) + 1)
    return all(equal(one, other, budget) is True for one, other in zip(left, right, strict=True))


def _equal_contexts(left: Mapping[str, Any], right: Mapping[str, Any], budget: Budget) -> bool:
    if left.keys() != right.keys():
        return False
    budget.spend(len(left) + 1)
    return all(equal(value, right[key], budget) is True for key, value in left.items())


def _equal_ranges(left: Range, right: Range, budget: Budget) -> bool:
    budget.spend(1)
    return (
        left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(left.start, right.start, budget) is True
        and equal(left.end, right.end, budget) is True
    )


_EQUAL: dict[str, Callable[[Any, Any, Budget], bool]] = {
    "list": _equal_lists,
    "context": _equal_contexts,
    "range": _equal_ranges,
}
_ORDERED = frozenset(
    {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration"}
)


def order(left: Any, right: Any) -> int | None:
    """Say whether left stands before (-1), at (0) or after (1) right; None when they have no order.

    Two times of which only one knows its zone have none: guessing the zone would move a deadline.
    """
    name = kind(left)
    if name != kind(right) or name not in _ORDERED:
        return None
    if name == "number" and not (_is_finite(left) and _is_finite(right)):
        return None
    if name in _ZONED:
        left, right = _ZONED[name](left), _ZONED[name](right)
        if left[0] != right[0]:
            return None
    return -1 if left < right else int(left != right)


def _is_finite(value: int | Decimal) -> bool:
    return isinstance(value, int) or value.is_finite()


def weigh(value: Any, budget: Budget) -> None:
    """Walk through a value as whoever writes it out will; raises FeelLimitError.

    Lists that hold the same list many times are small in memory and without bounds on paper.
    """
    inner = value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
    budget.spend(len(inner))
    for element in inner:
        if isinstance(element, str):
            budget.text(len(element))
        elif isinstance(element, (list, Mapping)):
            weigh(element, budget)


def contains(bounds: Range, value: Value) -> bool | None:
    """Say whether a value lies in a range; None when it has no order with the ends."""
    if bounds.start is not None:
        position = order(value, bounds.start)
        if position is None:
            return None
        if position < 0 or (position == 0 and not bounds.start_included):
            return False
    if bounds.end is not None:
        position = order(value, bounds.end)
        if position is None:
            return None
        if position > 0 or (position == 0 and not bounds.end_included):
            return False
    return True


def instant(value: datetime) -> timedelta:
    """Measure a date and time with a zone as the time elapsed since year one in UTC."""
    offset = value.utcoffset()
    elapsed = value.replace(tzinfo=None) - datetime.min  # noqa: DTZ901 - both sides deliberately without zone
    return elapsed if offset is None else elapsed - offset


def _moment_key(value: datetime) -> tuple[object, timedelta]:
    """Place a date and time; Python itself would compare clock readings within one zone, wrong in autumn nights."""
    return value.tzinfo is None, instant(value)


def _time_key(value: time) -> tuple[object, timedelta]:
    """Place a time of day: with an offset as elapsed time in UTC, else local (a named zone only within itself)."""
    elapsed = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    offset = value.utcoffset()
    if offset is None:
        return (None if value.tzinfo is None else str(value.tzinfo)), elapsed
    return "offset", elapsed - offset


_ZONED: dict[str, Callable[[Any], tuple[object, timedelta]]] = {"time": _time_key, "date and time": _moment_key}
"""What makes times with zones comparable: only keys with the same first part have an order."""
