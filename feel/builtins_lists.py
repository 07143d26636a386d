"""The functions of FEEL on lists (DMN 1.5, section 10.3.4.4)."""

from collections.abc import Callable
from functools import cmp_to_key, reduce
from typing import Any

from feel import numbers, values
from feel.limits import Budget
from feel.numbers import CONTEXT, Number
from feel.signatures import Signature, one, table
from feel.values import Function, Value


def _count(elements: list[Any]) -> int:
    return len(elements)


def _extreme(sign: int) -> Callable[[list[Any]], Value]:
    def extreme(elements: list[Any]) -> Value:
        if not elements:
            return None
        best = elements[0]
        for element in elements:
            position = values.order(element, best)
            if position is None:
                return None
            if position == sign:
                best = element
        return best  # type: ignore[no-any-return]  # an element of a FEEL list is a FEEL value

    return extreme


def _sum(elements: list[Any]) -> Value:
    return reduce(numbers.add, elements) if elements and _are_numbers(elements) else None


def _product(elements: list[Any]) -> Value:
    return reduce(numbers.multiply, elements) if elements and _are_numbers(elements) else None


def _mean(elements: list[Any]) -> Value:
    if not elements or not _are_numbers(elements):
        return None
    return numbers.divide(reduce(numbers.add, elements), len(elements))


def _median(elements: list[Any]) -> Value:
    if not elements or not _are_numbers(elements):
        return None
    ordered: list[Number] = sorted(elements)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return numbers.divide(numbers.add(ordered[middle - 1], ordered[middle]), 2)


def _stddev(elements: list[Any]) -> Value:
    if len(elements) < 2 or not _are_numbers(elements):  # noqa: PLR2004 - of a sample: one value has none
        return None
    mean = numbers.divide(reduce(numbers.add, elements), len(elements)) or 0
    deviations = [numbers.subtract(element, mean) for element in elements]
    squares = reduce(numbers.add, [numbers.multiply(deviation, deviation) for deviation in deviations])
    variance = numbers.divide(squares, len(elements) - 1) or 0
    return numbers.real(lambda: CONTEXT.sqrt(variance))


def _mode(elements: list[Any]) -> Value:
    if not _are_numbers(elements):
        return None
    counts: dict[Number, int] = {}
    for element in elements:
        counts[element] = counts.get(element, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(element for element, count in counts.items() if count == most)


def _all(elements: list[Any]) -> bool | None:
    if any(element is False for element in elements):
        return False
    return True if all(element is True for element in elements) else None


def _any(elements: list[Any]) -> bool | None:
    if any(element is True for element in elements):
        return True
    return False if all(element is False for element in elements) else None


def _contains(budget: Budget, elements: list[Any], element: Any) -> bool:
    return any(values.equal(element, other, budget) is True for other in elements)


def _sublist(elements: list[Any], start: Number, length: Number | None) -> list[Any] | None:
    begin = numbers.truncated(start)
    if begin == 0 or abs(begin) > len(elements) or (length is not None and length < 1):
        return None
    begin = begin - 1 if begin > 0 else len(elements) + begin
    if length is None:
        return elements[begin:]
    return (
        elements[begin : begin + numbers.truncated(length)]
        if begin + numbers.truncated(length) <= len(elements)
        else None
    )


def _append(budget: Budget, elements: list[Any], added: list[Any]) -> list[Any]:
    budget.items(len(elements) + len(added))
    return elements + added


def _concatenate(budget: Budget, lists: list[Any]) -> list[Any]:
    parts = [part if isinstance(part, list) else [part] for part in lists]
    budget.items(sum(map(len, parts)))
    return [element for part in parts for element in part]


def _insert_before(budget: Budget, elements: list[Any], position: Number, item: Any) -> list[Any] | None:
    place = _place(elements, position)
    if place is None:
        return None
    budget.items(len(elements) + 1)
    return [*elements[:place], item, *elements[place:]]


def _remove(elements: list[Any], position: Number) -> list[Any] | None:
    place = _place(elements, position)
    return None if place is None else [*elements[:place], *elements[place + 1 :]]


def _replace_at(elements: list[Any], position: Number, item: Any) -> list[Any] | None:
    place = _place(elements, position)
    return None if place is None else [*elements[:place], item, *elements[place + 1 :]]


def _replace_matching(budget: Budget, elements: list[Any], match: Function, item: Any) -> list[Any] | None:
    hits = [match.invoke(budget, (element, item)) for element in elements]
    if not all(isinstance(hit, bool) for hit in hits):
        return None
    return [item if hit else element for hit, element in zip(hits, elements, strict=True)]


def _reverse(elements: list[Any]) -> list[Any]:
    return elements[::-1]


def _index_of(budget: Budget, elements: list[Any], match: Any) -> list[Any]:
    return [place for place, element in enumerate(elements, 1) if values.equal(element, match, budget) is True]


def _distinct(budget: Budget, elements: list[Any]) -> list[Any]:
    found: list[Any] = []
    for element in elements:
        budget.spend(len(found))
        if not _contains(budget, found, element):
            found.append(element)
    return found


def _union(budget: Budget, lists: list[Any]) -> list[Any]:
    return _distinct(budget, _concatenate(budget, lists))


def _flatten(budget: Budget, elements: list[Any]) -> list[Any]:
    flat: list[Any] = []
    budget.spend(len(elements) + 1)
    for element in elements:
        flat.extend(_flatten(budget, element) if isinstance(element, list) else (element,))
    budget.items(len(flat))
    return flat


def _sort(budget: Budget, elements: list[Any], precedes: Function | None) -> list[Any]:
    def compare(left: Any, right: Any) -> int:
        budget.spend(1)
        if precedes is None:
            return values.order(left, right) or 0
        if precedes.invoke(budget, (left, right)) is True:
            return -1
        return int(precedes.invoke(budget, (right, left)) is True)

    return sorted(elements, key=cmp_to_key(compare))


def _place(elements: list[Any], position: Number) -> int | None:
    """Return the index in Python of a position in FEEL, which counts from one, or from the end if negative."""
    if position != numbers.truncated(position) or position == 0 or not -len(elements) <= position <= len(elements):
        return None
    return numbers.truncated(position) - 1 if position > 0 else len(elements) + numbers.truncated(position)


def _are_numbers(elements: list[Any]) -> bool:
    return all(map(numbers.is_number, elements))


def _listed(call: Callable[[list[Any]], Value]) -> tuple[Signature, ...]:
    """Take either one list or the elements themselves."""
    return one(call, "list: list"), one(call, "elements*: any")


BUILTINS = table(
    {
        "count": one(_count, "list: list"),
        "min": _listed(_extreme(-1)),
        "max": _listed(_extreme(1)),
        "sum": _listed(_sum),
        "product": _listed(_product),
        "mean": _listed(_mean),
        "median": _listed(_median),
        "stddev": _listed(_stddev),
        "mode": _listed(_mode),
        "all": _listed(_all),
        "any": _listed(_any),
        "list contains": one(_contains, "list: list", "element: any", budgeted=True),
        "sublist": one(_sublist, "list: list", "start position: number", "length?: number"),
        "append": one(_append, "list: list", "item*: any", budgeted=True),
        "concatenate": one(_concatenate, "list*: any", budgeted=True),
        "union": one(_union, "list*: any", budgeted=True),
        "insert before": one(_insert_before, "list: list", "position: number", "newItem: any", budgeted=True),
        "remove": one(_remove, "list: list", "position: number"),
        "list replace": (
            one(_replace_at, "list: list", "position: number", "newItem: any"),
            one(_replace_matching, "list: list", "match: function", "newItem: any", budgeted=True),
        ),
        "reverse": one(_reverse, "list: list"),
        "index of": one(_index_of, "list: list", "match: any", budgeted=True),
        "distinct values": one(_distinct, "list: list", budgeted=True),
        "flatten": one(_flatten, "list: list", budgeted=True),
        "sort": one(_sort, "list: list", "precedes?: function", budgeted=True),
    }
)
