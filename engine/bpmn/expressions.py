"""FEEL in diagrams: compiled once, with the host functions that a protocol may call.

`param("D03")` reads a network's parameter, `now()` and `today()` the instant of the running command; those of the
calendars (`engine.calendars.functions`) count on the hours of the agency that plays a lane. Network, instant and
agencies are known only when an expression runs, so they come from a `Host` that `hosting` puts in place.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import feel
from engine import errors, packing
from engine.calendars import functions
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Length

ROME = ZoneInfo("Europe/Rome")
_ANCHORED = 3
_REPETITION = re.compile(r"R([1-9][0-9]{0,5})?/(?:([0-9][^/]+)/)?(P[^/]+)\Z")


@dataclass(frozen=True, slots=True)
class Host:
    """What expressions may ask of their surroundings: the instant (aware, kept in UTC), parameters, calendars.

    `calendar_of` gives the calendar of the agency that plays a lane, None for a lane that nobody plays; without it
    there are no agencies.
    """

    now: datetime
    parameters: Mapping[str, timedelta | feel.YearsMonths | Length | bool] = field(default_factory=dict)
    calendar_of: Callable[[str], Calendar | None] | None = None

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise errors.InvalidValue("now", "without_zone")
        object.__setattr__(self, "now", self.now.astimezone(UTC))


class ExpressionFailed(errors.StaffettaError):
    """An expression gave no usable value; `code` says which kind of value was needed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_host: ContextVar[Host] = ContextVar("host")


@contextmanager
def hosting(host: Host) -> Iterator[None]:
    """Let expressions evaluated inside see `host`."""
    token = _host.set(host)
    try:
        yield
    finally:
        _host.reset(token)


def current_instant() -> datetime:
    """Give the instant of the running command, aware UTC."""
    return _host.get().now


def parameter(name: object) -> feel.Value:
    """Give a parameter of the network. Raises ExpressionFailed when it has none of this name."""
    value = _parameter(name)
    if isinstance(value, Length):
        # FEEL counts elapsed time; days of an office or of the law are only for deadlines, which have a calendar.
        code = "parameter_of_a_calendar"
        raise ExpressionFailed(code)
    return value


def _parameter(name: object) -> timedelta | feel.YearsMonths | Length | bool:
    parameters = _host.get().parameters
    if not isinstance(name, str) or name not in parameters:
        # A timer must not guess: an unknown parameter stops the token where it stands, as an incident.
        code = "unknown_parameter"
        raise ExpressionFailed(code)
    return parameters[name]


def length(name: str) -> Length:
    """Give how long a parameter of the network is, on its clock. Raises ExpressionFailed."""
    value = _parameter(name)
    if isinstance(value, Length):
        return value
    if isinstance(value, timedelta):
        return Length.of(value)
    code = "not_a_duration"
    raise ExpressionFailed(code)


def _calendar(lane: str) -> Calendar:
    calendar_of = _host.get().calendar_of
    found = None if calendar_of is None else calendar_of(lane)
    if found is None:
        # Nobody's hours are a guess too.
        code = "lane_without_agency"
        raise ExpressionFailed(code)
    return found


def _now() -> feel.Value:
    return _host.get().now


def _today() -> feel.Value:
    return _host.get().now.astimezone(ROME).date()


def _cycle(*given: object) -> feel.Value:
    """Give a cycle as Camunda 8's function of the same name: `cycle(duration)`, `cycle(times, duration)`."""
    found = cycle_of([None, *given] if len(given) == 1 else [*given])
    return [None if found.times is None else Decimal(found.times), found.span]


OF_CALENDARS = functions.of_agencies(_calendar, length)
FUNCTIONS: dict[str, Callable[..., feel.Value] | feel.Builtin] = {
    "param": parameter,
    "now": _now,
    "today": _today,
    "cycle": _cycle,
    **OF_CALENDARS,
}
_HOST = feel.Host(FUNCTIONS)
_WORDS = feel.WORDS | {name for name in FUNCTIONS if name.isalpha()}


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL expression of a diagram, or a text that stands for itself."""

    text: str
    compiled: feel.Expression | None
    literal: object = None

    @property
    def names(self) -> frozenset[str]:
        """The variables that it reads."""
        return self.compiled.names if self.compiled is not None else frozenset()

    @property
    def doubts(self) -> tuple[str, ...]:
        """What in it can only give null."""
        return self.compiled.doubts if self.compiled is not None else ()

    @property
    def calls(self) -> tuple[feel.Called, ...]:
        """The functions of ours that it calls, as they are written."""
        return self.compiled.calls if self.compiled is not None else ()

    def evaluate(self, context: Mapping[str, Any]) -> object:
        """Give the value in this context; `null` becomes None. Raises ExpressionFailed at a limit."""
        if self.compiled is None:
            return self.literal
        try:
            return self.compiled.evaluate(context)
        except feel.FeelError as error:
            code = "expression_limit"
            raise ExpressionFailed(code) from error


def compile_feel(text: str) -> Expression:
    """Compile the FEEL text behind a leading `=`. Raises feel.FeelSyntaxError.

    A variable may have the name of a function: it is the one wherever it is not called.
    """
    return Expression(text, feel.compile(text, _WORDS, host=_HOST))


def later(value: object, start: datetime | None = None) -> datetime:
    """Give the instant, aware UTC, that lies a duration after `start`, by default after the running command's.

    Months are counted on the calendar of Europe/Rome, days and hours on the clock. Raises ExpressionFailed.
    """
    now = start or current_instant()
    try:
        if isinstance(value, timedelta) and value >= timedelta(0):
            return now + value
        if isinstance(value, feel.YearsMonths) and value.months >= 0:
            return _months_later(now, value.months)
    except (OverflowError, ValueError) as error:
        code = "beyond_the_calendar"
        raise ExpressionFailed(code) from error
    code = "not_a_duration"
    raise ExpressionFailed(code)


def _months_later(now: datetime, months: int) -> datetime:
    local = now.astimezone(ROME)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last)).astimezone(UTC)


def instant(value: object) -> datetime:
    """Give a date and time with zone as an instant in UTC. Raises ExpressionFailed for anything else."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(UTC)
        except OverflowError as error:
            code = "beyond_the_calendar"
            raise ExpressionFailed(code) from error
    code = "not_an_instant"
    raise ExpressionFailed(code)


def may_be_instant(expression: Expression, *, or_day: bool) -> bool:
    """Say whether an expression can give an instant, or a day: what needs no variable and no case is tried."""
    if expression.names or any(call.function not in {"now", "today"} for call in expression.calls):
        return True
    with hosting(Host(datetime(2026, 3, 2, 8, tzinfo=UTC))):
        try:
            value = expression.evaluate({})
            return (or_day and type(value) is date) or bool(instant(value))
        except ExpressionFailed:
            return False


def storable(value: object) -> object:
    """Give a value back that can be a variable of a case; ranges and functions cannot. Raises ExpressionFailed."""
    if not packing.has_form(value):
        code = "value_unusable"
        raise ExpressionFailed(code)
    return value


def admitted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a command, before anything happens. Raises InvalidValue at one that can be no variable."""
    for name, value in values.items():
        if not packing.has_form(value):
            raise errors.InvalidValue(name, "value_unusable")
    return dict(values)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A duration again and again: `times` times, or without end."""

    times: int | None
    span: timedelta | feel.YearsMonths

    def instant(self, start: datetime, number: int) -> datetime:
        """Give the instant, aware UTC, of the repetition of this number; the first is one span after `start`."""
        span = self.span
        return later(span * number if isinstance(span, timedelta) else feel.YearsMonths(span.months * number), start)

    def after(self, start: datetime, number: int) -> int | None:
        """Give the first repetition behind `number` that is still to come; None when there is none.

        What was missed, because nothing was there to fire it, is not made up for.
        """
        number += 1
        if isinstance(self.span, timedelta):
            number = max(number, (current_instant() - start) // self.span + 1)
        while self.instant(start, number) <= current_instant():
            number += 1
        return None if self.times is not None and number > self.times else number


def cycle_of(value: object) -> Cycle:
    """Give the cycle that `[times, duration]`, or a text such as `R3/PT1H`, means. Raises ExpressionFailed."""
    found = repetition(value) if isinstance(value, str) else value
    match found:
        case [None | int() | Decimal() as times, timedelta() as span] if span > timedelta(0):
            pass
        case [None | int() | Decimal() as times, feel.YearsMonths() as span] if span.months > 0:
            pass
        case _:
            code = "not_a_cycle"
            raise ExpressionFailed(code)
    if times is not None and (times != int(times) or times < 1):
        code = "not_a_cycle"
        raise ExpressionFailed(code)
    return Cycle(None if times is None else int(times), span)


def schedule_of(value: object) -> tuple[Cycle, datetime | None]:
    """Give a cycle, and the instant (aware UTC) that it names as its first, if any. Raises ExpressionFailed."""
    found = repetition(value) if isinstance(value, str) else value
    if isinstance(found, list) and len(found) == _ANCHORED:
        return cycle_of(found[:-1]), instant(found[-1])
    return cycle_of(found), None


def repetition(text: str) -> list[object] | None:
    """Read a text such as `R3/PT1H` (three times) or `R/PT1H` (without end); None when it is none.

    One that begins at an instant, `R/2026-04-01T09:00:00+02:00/P1M`, has it behind the duration.
    """
    found = _REPETITION.match(text)
    if found is None:
        return None
    times, first, length = found.groups()
    try:
        span = feel.parse_duration(length)
        anchor = None if first is None else feel.parse_date_time(first)
    except feel.FeelError:
        return None
    if not (span > timedelta(0) if isinstance(span, timedelta) else span.months > 0):
        return None
    if anchor is not None and anchor.tzinfo is None:
        return None
    return [int(times) if times else None, span, *([] if anchor is None else [anchor])]


def is_anchored(expression: Expression) -> bool:
    """Say whether a cycle that stands in the diagram begins at an instant of its own."""
    return isinstance(expression.literal, list) and len(expression.literal) == _ANCHORED


def constant(text: str, value: object) -> Expression:
    """Wrap a value that the diagram states without FEEL."""
    return Expression(text, None, value)
