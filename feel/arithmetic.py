"""The operators `+ - * / **` and unary minus over all kinds of values, by the tables of DMN 1.5, section 10.3.2.

Operands that do not fit together give null.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from feel import numbers, temporal
from feel.limits import Budget
from feel.values import Value, YearsMonths, instant, kind

_NUMBER, _STRING = "number", "string"
_DATE, _TIME, _MOMENT = "date", "time", "date and time"
_DAYS, _MONTHS = "days and time duration", "years and months duration"
_MICROSECOND = timedelta(microseconds=1)
_MONTHS_PER_YEAR = 12
_LONGEST_MONTHS = 12 * 10**9


def calculate(operator: str, left: Any, right: Any, budget: Budget) -> Value:
    """Apply an operator to two values; null when they do not fit, raises FeelLimitError when the result outgrows."""
    kinds = kind(left), kind(right)
    if kinds == (_NUMBER, _NUMBER):
        return _NUMBERS[operator](left, right) if numbers.is_number(left) and numbers.is_number(right) else None
    if kinds == (_STRING, _STRING):
        if operator != "+":
            return None
        budget.text(len(left) + len(right))
        return str(left + right)
    operation = _TEMPORAL.get((operator, *kinds))
    return None if operation is None else operation(left, right)


def negate(value: Any) -> Value:
    """Turn the sign of a number or a duration; null for anything else."""
    name = kind(value)
    if name == _NUMBER and numbers.is_number(value):
        return numbers.negate(value)
    if name == _DAYS:
        return -value if value > timedelta.min else None
    return YearsMonths(-value.months) if name == _MONTHS else None


def add_months(value: date, months: int) -> date | None:
    """Move a date (and time) by months; a day that the month does not have becomes its last one."""
    year, month = divmod(value.year * _MONTHS_PER_YEAR + value.month - 1 + months, _MONTHS_PER_YEAR)
    for day in range(value.day, value.day - 4, -1):
        try:
            return value.replace(year=year, month=month + 1, day=day)
        except (ValueError, OverflowError):
            continue
    return None


def months_between(start: date, end: date) -> YearsMonths:
    """Count the whole months from one date to another; days and times of day only round towards zero."""
    months = (end.year - start.year) * _MONTHS_PER_YEAR + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonths(months)


def _date_plus_days(value: date, span: timedelta) -> date | None:
    moved = temporal.plus(datetime(value.year, value.month, value.day), span)  # noqa: DTZ001 - a date has no zone
    return None if moved is None else moved.date()


def _time_plus_days(value: time, span: timedelta) -> time:
    within_a_day = timedelta(seconds=span.seconds, microseconds=span.microseconds)
    return (datetime.combine(date(2000, 1, 1), value) + within_a_day).timetz()


def _between_times(left: time, right: time) -> timedelta | None:
    day = date(2000, 1, 1)
    return _between_moments(datetime.combine(day, left), datetime.combine(day, right))


def _between_moments(left: datetime, right: datetime) -> timedelta | None:
    if (left.tzinfo is None) != (right.tzinfo is None):
        return None
    return instant(left) - instant(right)


def _between_date_and_moment(left: date, right: date) -> timedelta | None:
    """Take the midnight of the date, in UTC when the other side knows its zone (DMN 1.5, table 57)."""
    return _between_moments(_midnight(left, right), _midnight(right, left))


def _midnight(value: date, other: date) -> datetime:
    if isinstance(value, datetime):
        return value
    zone = UTC if isinstance(other, datetime) and other.tzinfo is not None else None
    return datetime(value.year, value.month, value.day, tzinfo=zone)


def _minus(value: timedelta) -> timedelta:
    return timedelta(microseconds=-(value // _MICROSECOND))


def _days(microseconds: numbers.Number | None) -> timedelta | None:
    if microseconds is None:
        return None
    return timedelta(microseconds=numbers.truncated(Decimal(microseconds).to_integral_value()))


def _months(months: numbers.Number | None) -> YearsMonths | None:
    if months is None or not -_LONGEST_MONTHS <= months <= _LONGEST_MONTHS:
        return None
    return YearsMonths(int(months))


def _guarded(operation: Callable[[Any, Any], Value]) -> Callable[[Any, Any], Value]:
    """Give null where the calendar of Python ends."""

    def guarded(left: Any, right: Any) -> Value:
        try:
            return operation(left, right)
        except OverflowError:
            return None

    return guarded


def _swapped(operation: Callable[[Any, Any], Value]) -> Callable[[Any, Any], Value]:
    return lambda left, right: operation(right, left)


def _scale_days(span: timedelta, factor: numbers.Number) -> timedelta | None:
    return _days(numbers.multiply(span // _MICROSECOND, factor)) if numbers.is_number(factor) else None


def _divide_days(span: timedelta, divisor: numbers.Number) -> timedelta | None:
    return _days(numbers.divide(span // _MICROSECOND, divisor)) if numbers.is_number(divisor) else None


def _scale_months(span: YearsMonths, factor: numbers.Number) -> YearsMonths | None:
    return _months(numbers.multiply(span.months, factor)) if numbers.is_number(factor) else None


def _divide_months(span: YearsMonths, divisor: numbers.Number) -> YearsMonths | None:
    return _months(numbers.divide(span.months, divisor)) if numbers.is_number(divisor) else None


_NUMBERS: dict[str, Callable[[numbers.Number, numbers.Number], numbers.Number | None]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "**": numbers.power,
}

_OPERATIONS: dict[tuple[str, str, str], Callable[[Any, Any], Value]] = {
    ("+", _DAYS, _DAYS): lambda left, right: left + right,
    ("-", _DAYS, _DAYS): lambda left, right: left - right,
    ("+", _MONTHS, _MONTHS): lambda left, right: _months(left.months + right.months),
    ("-", _MONTHS, _MONTHS): lambda left, right: _months(left.months - right.months),
    ("+", _DATE, _DAYS): _date_plus_days,
    ("-", _DATE, _DAYS): lambda left, right: _date_plus_days(left, _minus(right)),
    ("+", _DATE, _MONTHS): lambda left, right: add_months(left, right.months),
    ("-", _DATE, _MONTHS): lambda left, right: add_months(left, -right.months),
    ("+", _MOMENT, _DAYS): temporal.plus,
    ("-", _MOMENT, _DAYS): lambda left, right: temporal.plus(left, _minus(right)),
    ("+", _MOMENT, _MONTHS): lambda left, right: add_months(left, right.months),
    ("-", _MOMENT, _MONTHS): lambda left, right: add_months(left, -right.months),
    ("+", _TIME, _DAYS): _time_plus_days,
    ("-", _TIME, _DAYS): lambda left, right: _time_plus_days(left, _minus(right)),
    ("-", _DATE, _DATE): lambda left, right: left - right,
    ("-", _MOMENT, _MOMENT): _between_moments,
    ("-", _DATE, _MOMENT): _between_date_and_moment,
    ("-", _MOMENT, _DATE): _between_date_and_moment,
    ("-", _TIME, _TIME): _between_times,
    ("*", _DAYS, _NUMBER): _scale_days,
    ("/", _DAYS, _NUMBER): _divide_days,
    ("*", _MONTHS, _NUMBER): _scale_months,
    ("/", _MONTHS, _NUMBER): _divide_months,
    ("/", _DAYS, _DAYS): lambda left, right: numbers.divide(left // _MICROSECOND, right // _MICROSECOND),
    ("/", _MONTHS, _MONTHS): lambda left, right: numbers.divide(left.months, right.months),
}
_COMMUTATIVE = [("+", _DATE), ("+", _MOMENT), ("+", _TIME), ("*", _DAYS), ("*", _MONTHS)]

_TEMPORAL = {key: _guarded(operation) for key, operation in _OPERATIONS.items()}
_TEMPORAL |= {
    (operator, right, left): _swapped(operation)
    for (operator, left, right), operation in _TEMPORAL.items()
    if (operator, left) in _COMMUTATIVE
}
