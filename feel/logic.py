"""Comparison and three-valued logic over closures, specialised on the shapes that conditions usually have."""

import operator as operators
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeAlias

from feel import values
from feel.limits import Budget
from feel.values import Range

Code: TypeAlias = Callable[[list[Any]], Any]

Test: TypeAlias = Callable[[list[Any], Any], bool | None]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_BUDGET = 1


def comparison(operator: str, left: Code, right: Code) -> Code:
    """Return the closure of `left operator right`."""
    if operator == "=":
        return lambda frame: values.equal(left(frame), right(frame), frame[_BUDGET])
    if operator == "!=":
        return lambda frame: negation(values.equal(left(frame), right(frame), frame[_BUDGET]))
    holds = _ORDERS[operator]

    def ordered(frame: list[Any]) -> bool | None:
        position = values.order(left(frame), right(frame))
        return None if position is None else holds(position, 0)

    return ordered


def comparison_with_constant(operator: str, left: Code, constant: Any) -> Code | None:
    """Return a faster closure for a number or text on the right, None when there is none."""
    if type(constant) is str:
        return _with_text(operator, left, constant)
    if type(constant) in {int, Decimal}:
        return _with_number(operator, left, constant)
    return None


def test(operator: str, value: Any, operand: Any, budget: Budget) -> bool | None:
    """Apply a unary test such as `> 7`."""
    if operator == "=":
        return values.equal(value, operand, budget)
    if operator == "!=":
        return negation(values.equal(value, operand, budget))
    position = values.order(value, operand)
    return None if position is None else _ORDERS[operator](position, 0)


def member(value: Any, tested: Any, budget: Budget) -> bool | None:
    """Say whether a value passes a test: lies in a range, is in a list or in one of its ranges, or equals it."""
    if isinstance(tested, Range):
        if isinstance(value, Range):
            return values.equal(value, tested, budget)
        return values.contains(tested, value)
    if not isinstance(tested, list):
        return values.equal(value, tested, budget)
    if isinstance(value, list) and values.equal(value, tested, budget):
        return True
    budget.spend(len(tested))
    return any(
        (values.contains(element, value) if isinstance(element, Range) else values.equal(value, element, budget))
        is True
        for element in tested
    )


def test_with_constant(operator: str, constant: Any) -> Test | None:
    """Return a faster unary test for a number or text, None when there is none."""
    compare = _ORDERS.get(operator) or (operators.eq if operator == "=" else operators.ne)
    single = type(constant)
    if single is not int and (single is not str or operator not in {"=", "!="}):
        return None

    def holds(frame: list[Any], value: Any) -> bool | None:
        if type(value) is single:
            return bool(compare(value, constant))
        if operator == "=":
            return member(value, constant, frame[_BUDGET])
        return test(operator, value, constant, frame[_BUDGET])

    return holds


def test_with_range(bounds: Range) -> Test:
    """Return a unary test for a range that is known, faster for whole numbers."""
    if type(bounds.start) is not int or type(bounds.end) is not int:
        return lambda frame, value: member(value, bounds, frame[_BUDGET])
    low = bounds.start if bounds.start_included else bounds.start + 1
    high = bounds.end if bounds.end_included else bounds.end - 1

    def within(frame: list[Any], value: Any) -> bool | None:
        if type(value) is int:
            return low <= value <= high
        return member(value, bounds, frame[_BUDGET])

    return within


def conjunction(operands: list[Code]) -> Code:
    """Return the closure of `and`: false wins over null, null over true."""
    return _logic(operands, decisive=False)


def disjunction(operands: list[Code]) -> Code:
    """Return the closure of `or`: true wins over null, null over false."""
    return _logic(operands, decisive=True)


def any_of(results: Iterable[bool | None]) -> bool | None:
    """Return true when one result is true, null when one is null, else false."""
    answer: bool | None = False
    for result in results:
        if result is True:
            return True
        if result is None:
            answer = None
    return answer


def negation(value: bool | None) -> bool | None:  # noqa: FBT001 - this is the operator itself
    """Return the opposite truth value; null stays null."""
    return None if value is None else not value


def _logic(operands: list[Code], *, decisive: bool) -> Code:
    other: bool = not decisive
    first, rest = operands[0], operands[1:]
    second = rest[0]
    verdict: bool = decisive

    def two(frame: list[Any]) -> bool | None:
        left = first(frame)
        if left is decisive:
            return verdict
        right = second(frame)
        if right is decisive:
            return verdict
        return other if left is other and right is other else None

    def many(frame: list[Any]) -> bool | None:
        result: bool | None = other
        for operand in operands:
            value = operand(frame)
            if value is decisive:
                return verdict
            if value is not other:
                result = None
        return result

    return two if len(operands) == len("lr") else many


def _with_text(operator: str, left: Code, constant: str) -> Code | None:
    if operator not in {"=", "!="}:
        return None
    wanted = operator == "="

    def compared(frame: list[Any]) -> bool | None:
        value = left(frame)
        if type(value) is str:
            return wanted if value == constant else not wanted
        if value is None:
            return not wanted
        equal = values.equal(value, constant, frame[_BUDGET])
        return equal if wanted else negation(equal)

    return compared


def _with_number(operator: str, left: Code, constant: int | Decimal) -> Code:
    holds = _ORDERS.get(operator) or (operators.eq if operator == "=" else operators.ne)

    def compared(frame: list[Any]) -> bool | None:
        value = left(frame)
        if type(value) is int:
            return bool(holds(value, constant))
        return test(operator, value, constant, frame[_BUDGET])

    return compared
