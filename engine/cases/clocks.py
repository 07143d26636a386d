"""The clocks of a task in a case: set when it opens, stopped when it is taken or done.

A clock that cannot be set must not be missing in silence: an incident says so until it is set, or its act is done. One
that waits for a date is asked for besides (see `unknown_dates`): it runs from no guess.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import or_, update

from engine import clock, parameters
from engine.bpmn import expressions
from engine.bpmn.expressions import ExpressionFailed, hosting, instant
from engine.calendars.calendar import opening
from engine.calendars.lengths import Clock, Length
from engine.calendars.timetables import Timetables
from engine.cases.models import Incident, UserTask
from engine.deadlines import arming, climbing
from engine.deadlines.models import DeadlineClock
from engine.definitions import repository
from engine.errors import NeverOpen
from engine.ladders.steps import EscalationClass

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.bpmn.expressions import Host
    from engine.cases.ground import Ground

DATE_UNKNOWN = "date_unknown"
"""Why a clock is not set whose start depends on a date that the case does not know yet."""

_UNSET = "deadline_"


def arm(
    running: Ground,
    task: UserTask,
    node: model.Node,
    variables: Mapping[str, Any],
    *,
    only: Collection[DeadlineClock] = tuple(DeadlineClock),
    since: datetime | None = None,
) -> None:
    """Set the clocks of a task, or `only` some, from `since` (its creation unless given) or the start that they name.

    For each clock that cannot be set there is an incident.
    """
    for name in dict.fromkeys(DeadlineClock(deadline.clock) for deadline in node.deadlines):
        if name not in only:
            continue
        why_not = set_one(running, task, node, variables, name, since=since)
        if why_not is not None:
            incident = unset(task, name, why_not)
            running.session.add(incident)
            if why_not == DATE_UNKNOWN:
                incident.ask_at = running.case.clocks_at = clock.now()


def set_one(
    running: Ground,
    task: UserTask,
    node: model.Node,
    variables: Mapping[str, Any],
    name: DeadlineClock,
    *,
    since: datetime | None = None,
) -> str | None:
    """Set one clock of a task; give the code of what is in the way, `DATE_UNKNOWN` if its start is still to come."""
    candidates = [deadline for deadline in node.deadlines if deadline.clock == name]
    owed = arming.Owed(task.network_id, task.case_id, task.id, task.agency_id)
    try:
        with hosting(running.host):
            wanted = _wanted(candidates, variables)
            length = expressions.length(wanted.parameter)
            starts_at = _starts_at(wanted, length, variables, since or task.created_at)
            named = parameters.family(candidate.parameter for candidate in candidates)
            plan = _plan(running, wanted, length)
            due_at = arming.arm(running.session, owed, wanted, named, length, starts_at, plan, running.timetables)
    except ExpressionFailed as failure:
        return failure.code
    except NeverOpen:
        return "never_open"
    except OverflowError:
        return "beyond_the_calendar"
    note_due(task, due_at)
    return None


def awaited(host: Host, node: model.Node, variables: Mapping[str, Any], name: DeadlineClock) -> frozenset[str]:
    """Give the variables that the start of a clock reads and that the case does not know yet."""
    with hosting(host):
        wanted = _wanted([deadline for deadline in node.deadlines if deadline.clock == name], variables)
    read = wanted.start.names if wanted.start is not None else frozenset()
    return frozenset(one for one in read if variables.get(one) is None)


def stop(session: Session, task: UserTask, clocks: Collection[DeadlineClock], *, happened_at: datetime) -> None:
    """Stop clocks of a task: the act was done at `happened_at`, and is recorded now."""
    _stop(session, task, clocks, happened_at=happened_at)


def taken(session: Session, task: UserTask, *, happened_at: datetime) -> None:
    """Stop the reception of a step that somebody has taken; what is urgent goes back if she does not touch it."""
    returned = _stop(session, task, [DeadlineClock.RECEPTION], happened_at=happened_at)
    task.return_at = clock.now() + returned if returned is not None else None


def _stop(
    session: Session, task: UserTask, clocks: Collection[DeadlineClock], *, happened_at: datetime
) -> timedelta | None:
    """Stop clocks; say after how long the step goes back untouched, if it does."""
    node = repository.load(session, task.definition_id).node(task.element_id)
    asked = {DeadlineClock(deadline.clock) for deadline in node.deadlines} & set(clocks)
    if not asked:
        climbs = DeadlineClock.RECEPTION in clocks and any(one.escalation_class for one in node.deadlines)
        return arming.returned(session, task.id) if climbs else None
    if any(pause.clock in asked for pause in node.pauses):
        timetables = Timetables(session, task.network_id)
        arming.end_pauses(session, task.id, asked, at=happened_at, timetables=timetables)
    stopped = arming.stop(session, task.id, asked, happened_at=happened_at, now=clock.now())
    task.due_at = stopped.next_due_at
    if asked - stopped.clocks:
        settle(session, [task.id], asked - stopped.clocks)
    return stopped.returned


def note_due(task: UserTask, due_at: datetime | None) -> None:
    """Keep with a task that a clock of it now runs until `due_at`, if that is the first one."""
    if due_at is not None:
        task.due_at = due_at if task.due_at is None else min(task.due_at, due_at)


def unset(task: UserTask, name: DeadlineClock, code: str) -> Incident:
    """Give the incident that says that a clock of a task could not be set, and why."""
    return Incident(
        network_id=task.network_id,
        case_id=task.case_id,
        instance_id=task.instance_id,
        token_id=str(task.id),
        element_id=task.element_id,
        code=f"{_UNSET}{name}_{code}",
    )


def unset_clock(incident: Incident) -> DeadlineClock | None:
    """Give the clock that an incident says could not be set; None for an incident of another kind."""
    prefixes = {name: f"{_UNSET}{name}_" for name in DeadlineClock}
    return next((name for name, prefix in prefixes.items() if incident.code.startswith(prefix)), None)


def settle(session: Session, task_ids: Collection[UUID], clocks: Collection[DeadlineClock]) -> None:
    """Resolve the incidents of clocks that nobody needs any more."""
    of_clocks = or_(*[Incident.code.startswith(f"{_UNSET}{name}_", autoescape=True) for name in clocks])
    tokens = [str(task_id) for task_id in task_ids]
    open_ones = update(Incident).where(Incident.token_id.in_(tokens), Incident.resolved_at.is_(None), of_clocks)
    session.execute(open_ones.values(resolved_at=clock.now()))


def _wanted(candidates: list[model.Deadline], variables: Mapping[str, Any]) -> model.Deadline:
    for candidate in candidates:
        if candidate.condition is None or candidate.condition.evaluate(variables) is True:
            return candidate
    code = "no_condition_holds"
    raise ExpressionFailed(code)


def _starts_at(wanted: model.Deadline, length: Length, variables: Mapping[str, Any], created_at: datetime) -> datetime:
    """Give from when a clock runs. Where days are counted, whose first is left out, a date without time will do."""
    if wanted.start is None:
        return created_at
    value = wanted.start.evaluate(variables)
    if value is None:
        code = "date_unknown"
        raise ExpressionFailed(code)
    if type(value) is date and length.clock in {Clock.GC, Clock.GCL}:
        return opening(value, 0)
    return instant(value)


def _plan(running: Ground, wanted: model.Deadline, length: Length) -> climbing.Plan:
    """Give what a clock climbs by: the ladder of its class, with the reminders that its length has of its own."""
    ladder = climbing.WITHOUT_CLASS
    if wanted.escalation_class is not None:
        try:
            ladder = running.terms.ladder(EscalationClass(wanted.escalation_class))
        except KeyError:
            code = "no_ladder"
            raise ExpressionFailed(code) from None
    return climbing.plan(ladder, running.terms.reminders(wanted.parameter), length.clock)
