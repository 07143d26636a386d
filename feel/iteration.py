"""What filters and loops do with values, for expressions in text and in boxes alike."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from feel import numbers
from feel.values import Range, kind, order

_DAY = timedelta(days=1)


def as_list(value: Any) -> list[Any]:
    """Return what a filter filters: a single value is a list of it, null is an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def is_position(value: Any) -> bool:
    """Say whether the condition of a filter is a place in the list instead of a truth value."""
    return numbers.is_number(value)


def at(elements: list[Any], position: Any) -> Any:
    """Return the element at a position: from one on, or from the end if negative."""
    if position == 0 or abs(position) > len(elements) or position != numbers.truncated(position):
        return None
    return elements[numbers.truncated(position) - (position > 0)]


def elements(value: Any) -> Iterable[Any] | None:
    """Return what a loop runs over: the elements of a list or range, a single value; None for null."""
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _range(value)
    return None if value is None else [value]


def steps(start: Any, end: Any) -> Iterable[Any] | None:
    """Return whole numbers or days from start to end, downwards if need be, without making a list of them."""
    if kind(start) != kind(end):
        return None
    if kind(start) == "number":
        if (
            not (numbers.is_number(start) and numbers.is_number(end))
            or start != numbers.truncated(start)
            or end != numbers.truncated(end)
        ):
            return None
        first, last = numbers.truncated(start), numbers.truncated(end)
        return range(first, last + 1) if first <= last else range(first, last - 1, -1)
    if type(start) is date:
        return _days(start, end)
    return None


def quantified(quantifier: str, results: Iterable[Any]) -> bool | None:
    """Return what `some` or `every` says of results, taking no more of them than it needs."""
    decisive: bool = quantifier == "some"
    answer: bool | None = not decisive
    for result in results:
        if result is decisive:
            return True if decisive else False  # noqa: SIM210 - a result is of any type
        if result is not (not decisive):
            answer = None
    return answer


def _range(value: Range) -> Iterable[Any] | None:
    if order(value.start, value.end) == 1:
        return None
    found = steps(value.start, value.end)
    if found is None:
        return None
    return (
        step
        for step in found
        if (value.start_included or step != value.start) and (value.end_included or step != value.end)
    )


def _days(start: date, end: date) -> Iterator[date]:
    step = _DAY if start <= end else -_DAY
    for count in range(abs((end - start).days) + 1):
        yield start + count * step
