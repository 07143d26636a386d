"""When a process begins by itself: the timer start events of a version, as instants. Pure arithmetic.

A date happens once. A cycle is counted from an instant of its own, if it names one (`R/2026-04-01T09:00:00+02:00/P1M`:
then that is the first), else from when the version came into force.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import feel
from engine.bpmn import expressions, model
from engine.bpmn.expressions import Cycle, Host


@dataclass(frozen=True, slots=True)
class Planned:
    """The next instant (aware UTC) at which a start event happens by itself.

    It is repetition `number` of those that follow each other every `span` after `since`, up to `last` if they end;
    without `span` it is the only one.
    """

    start_event: str
    due_at: datetime
    since: datetime
    span: timedelta | feel.YearsMonths | None = None
    number: int = 0
    last: int | None = None

    def after(self, now: datetime) -> Planned | None:
        """Give the first one to come after this one and after `now`: what was missed is not made up for."""
        if self.span is None:
            return None
        cycle = Cycle(self.last, self.span)
        with expressions.hosting(Host(now)):
            number = cycle.after(self.since, self.number)
            return None if number is None else replace(self, number=number, due_at=cycle.instant(self.since, number))


def planned(process: model.Process, host: Host) -> list[Planned]:
    """Give what a process that comes into force now (`host.now`) begins with by itself; past instants are none.

    Raises ExpressionFailed where the time cannot be computed.
    """
    with expressions.hosting(host):
        found = [_first(node.id, timer, host.now) for node, timer in timers(process)]
    return [item for item in found if item is not None]


def timers(process: model.Process) -> Iterator[tuple[model.Node, model.Timer]]:
    """Give the timers of the process's own start events."""
    for node in process.scope.nodes.values():
        if node.kind is model.Kind.START:
            yield from ((node, part.timer) for part in node.each if part.timer is not None)


def _first(start_event: str, timer: model.Timer, now: datetime) -> Planned | None:
    value = timer.expression.evaluate({})
    if timer.kind is not model.TimerKind.CYCLE:
        due_at = expressions.instant(value)
        return Planned(start_event, due_at, now) if due_at > now else None
    cycle, anchor = expressions.schedule_of(value)
    if anchor is None:
        return Planned(start_event, cycle.instant(now, 1), now, cycle.span, 1, cycle.times)
    # The instant that it names is the first of so many, and bears the number 0.
    last = None if cycle.times is None else cycle.times - 1
    before = Planned(start_event, anchor, anchor, cycle.span, 0, last)
    return before if anchor > now else before.after(now)
