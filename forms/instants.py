"""The bounds of dates: FEEL over the other dates of the form, `today()` and `now()`.

Which instant it is says whoever asks (`at`); without it a form whose bounds depend on the time is not judged at all.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import feel
from forms.model import Component, Form
from forms.problems import FieldError

ROME = ZoneInfo("Europe/Rome")

_instant: ContextVar[datetime] = ContextVar("instant")
_CLOCK = frozenset({"today()", "now()"})
_SAMPLES: Mapping[str, feel.Value] = {
    "date": date(2026, 3, 2),
    "time": time(9, 30),
    "datetime": datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
}


def _now() -> feel.Value:
    return _instant.get()


def _today() -> feel.Value:
    return _instant.get().astimezone(ROME).date()


HOST = feel.Host({"now": _now, "today": _today})
"""What a bound without functions of others may ask."""

WORDS = feel.WORDS | {"now", "today"}


def host(functions: feel.HostFunctions) -> feel.Host:
    """Give what a bound may ask: the time, and the functions that the program around the form has."""
    return feel.Host({**HOST.functions, **functions})


@contextmanager
def at(form: Form, now: datetime | None) -> Iterator[None]:
    """Judge by the clock of `now`. Raises ValueError when the form asks the time and nobody says it."""
    if now is None:
        if form.asks_the_time:
            raise ValueError(f"the bounds of {form.id} need the instant of the answer")
        yield
        return
    token = _instant.set(now)
    try:
        yield
    finally:
        _instant.reset(token)


def unusable(component: Component, dates: Mapping[str, Component]) -> str | None:
    """Say why a bound of a date is refused, in Italian, or None; `dates` are those that it may read."""
    for bound in (component.constraints.earliest, component.constraints.latest):
        if bound is None:
            continue
        foreign = sorted(bound.names - dates.keys())
        if foreign:
            return f"Il limite legge «{foreign[0][:80]}», che non è una data di questo modulo."
        token = _instant.set(datetime(2026, 3, 2, 8, 30, tzinfo=UTC))
        try:
            sample = bound.evaluate({name: _SAMPLES[dates[name].subtype] for name in bound.names})
        except feel.FeelLimitError:
            return "Il limite chiede troppo calcolo."
        finally:
            _instant.reset(token)
        if not _comparable(component.subtype, sample):
            return f"Il limite non dà un valore con cui confrontare {_NAMES[component.subtype]}."
    return None


def wrong(component: Component, value: Any, scope: Mapping[str, Any]) -> FieldError | None:
    """Tell how a date breaks its bounds, None when it does not.

    A bound that reads an answer which is not there bounds nothing. The error names the bound unless it is an answer.
    """
    limits = component.constraints
    earliest, latest = _edge(component, limits.earliest, scope), _edge(component, limits.latest, scope)
    if limits.earliest is not None and earliest is not None and _alike(value, earliest) < earliest:
        return _error(limits.earliest, earliest, "in_the_past", "too_early")
    if limits.latest is not None and latest is not None and _alike(value, latest) > latest:
        return _error(limits.latest, latest, "in_the_future", "too_late")
    return None


def edges(component: Component, scope: Mapping[str, Any]) -> dict[str, str]:
    """Give the bounds as the native control has them (`min`, `max`), local time: a hint, never the check."""
    found = {
        "min": _edge(component, component.constraints.earliest, scope),
        "max": _edge(component, component.constraints.latest, scope),
    }
    return {name: _written(component, name, edge) for name, edge in found.items() if edge is not None}


def written(instant: Any) -> str:
    """Write a date, a time or an instant for a reader: dd/mm/yyyy, local time."""
    if isinstance(instant, datetime):
        return instant.astimezone(ROME).strftime("%d/%m/%Y %H:%M")
    return str(instant.strftime("%d/%m/%Y" if isinstance(instant, date) else "%H:%M"))


_NAMES = {"date": "una data", "time": "un'ora", "datetime": "una data con l'ora"}


def _comparable(subtype: str, edge: Any) -> bool:
    if isinstance(edge, datetime):
        return subtype == "datetime" and edge.tzinfo is not None
    if isinstance(edge, date):
        return subtype in {"date", "datetime"}
    return isinstance(edge, time) and edge.tzinfo is None and subtype == "time"


def _edge(component: Component, bound: feel.Expression | None, scope: Mapping[str, Any]) -> Any:
    if bound is None:
        return None
    try:
        edge = bound.evaluate(scope)
    except feel.FeelLimitError:
        return None
    return edge if _comparable(component.subtype, edge) else None


def _alike(value: Any, edge: Any) -> Any:
    """Give the answer as something of the bound's kind: an instant against a day counts by its local day."""
    is_day = isinstance(edge, date) and not isinstance(edge, datetime)
    return value.astimezone(ROME).date() if is_day and isinstance(value, datetime) else value


def _error(bound: feel.Expression, edge: Any, against_clock: str, against_edge: str) -> FieldError:
    if bound.text.strip() in _CLOCK:
        return FieldError(against_clock)
    if bound.names:
        return FieldError(f"{against_edge}_for_answers")
    return FieldError(against_edge, {"edge": written(edge)})


def _written(component: Component, name: str, edge: Any) -> str:
    if isinstance(edge, datetime):
        return edge.astimezone(ROME).strftime("%Y-%m-%dT%H:%M")
    if isinstance(edge, date):
        day = edge.isoformat()
        return day if component.subtype == "date" else f"{day}T{'00:00' if name == 'min' else '23:59'}"
    return str(edge.strftime("%H:%M"))
