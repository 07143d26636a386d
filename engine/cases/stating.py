"""Stating the dates that clocks of a step wait for (see `unknown_dates`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from engine import clock, errors, parameters
from engine.cases import clocks, execution, history, lookup, unknown_dates
from engine.cases.models import CaseState, ProcessInstance, TaskStatus, UserTask
from engine.deadlines.models import DeadlineClock
from engine.definitions import repository
from engine.errors import InvalidValue
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.runtime import Instance
    from engine.participants.access import Actor

_OPEN = (TaskStatus.OPEN, TaskStatus.CLAIMED)
_DATES = ("date", "date-time")
_FURTHEST = timedelta(days=3660)  # ten years: whatever is further away is a slip of the pen


@dataclass(frozen=True, slots=True)
class UnknownDate:
    """A date that a clock of a step waits for: the variable, what it is called on the form that asks it, its type.

    `askable`: it is a date and can be stated here; what is none, only the step that writes it knows.
    """

    clock: DeadlineClock
    title_it: str
    title_en: str
    name: str
    label_it: str
    label_en: str
    with_time: bool
    askable: bool
    since: datetime
    asked: int


def state(session: Session, actor: Actor, task_id: UUID, dates: Mapping[str, date | datetime]) -> None:
    """State dates that clocks of a step wait for: they become variables of the case, and the clocks run from them.

    Raises NotFound, Forbidden, TaskNotOpen, Conflict `handover_under_way`; InvalidValue for a wrong date.
    """
    with execution.moving(session, lookup.lock_case_of(session, actor, task_id), actor) as running:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
        if not access.may_step(actor, Action.STATE_DATE, agency_id=task.agency_id, channel=channel, proxies=proxies):
            raise errors.Forbidden(action=Action.STATE_DATE, agency_id=task.agency_id)
        if task.state not in _OPEN:
            raise errors.TaskNotOpen(task=task_id, state=task.state.value)
        lookup.require_here(task)
        instance = running.instance(task.instance_id)
        waited_for = {each.name: each for each in _unknown(session, task, instance)}
        if not dates:
            raise InvalidValue("dates", "required")
        instance.learn(task.id, {name: _checked(value, waited_for.get(name)) for name, value in dates.items()})
        running.instances[task.instance_id].moved = True
        told = {name: value.isoformat() for name, value in dates.items()}
        history.of_task(running, actor, task, history.EventKind.DATE_STATED, values=told)


def of_task(session: Session, task: UserTask) -> tuple[UnknownDate, ...]:
    """Give the dates that clocks of a step wait for; the state of its process is opened only where there are some."""
    if task.state not in _OPEN or not session.scalars(unknown_dates.waiting(task.case_id, task.id)).all():
        return ()
    row = session.get_one(ProcessInstance, task.instance_id)
    stored = session.get_one(CaseState, task.instance_id)
    return _unknown(session, task, execution.restored(session, row, stored))


def _unknown(session: Session, task: UserTask, instance: Instance) -> tuple[UnknownDate, ...]:
    node = repository.load(session, task.definition_id).node(task.element_id)
    titles = parameters.named(session, task.network_id)
    found: dict[str, UnknownDate] = {}
    for row in session.scalars(unknown_dates.waiting(task.case_id, task.id)).all():
        name = clocks.unset_clock(row)
        if name is None:
            continue
        candidates = [each.parameter for each in node.deadlines if each.clock == name]
        title_it, title_en = parameters.titles(titles, parameters.family(candidates))
        for variable in sorted(clocks.awaited(instance.host, node, instance.variables(task.id), name)):
            label_it, label_en, kind = _called(session, task, variable)
            found.setdefault(
                variable,
                UnknownDate(
                    clock=name,
                    title_it=title_it,
                    title_en=title_en,
                    name=variable,
                    label_it=label_it,
                    label_en=label_en,
                    with_time=kind == "date-time",
                    askable=kind in _DATES,
                    since=row.raised_at,
                    asked=row.asked,
                ),
            )
    return tuple(found.values())


def _called(session: Session, task: UserTask, variable: str) -> tuple[str, str, str]:
    """Give what people call a variable, and its type: from the form that asks it, else as the process declares it."""
    process = repository.load(session, task.definition_id).process
    for form_id in dict.fromkeys(node.form_id for node in process.all_nodes.values() if node.form_id is not None):
        part = repository.form(session, task.definition_id, form_id).fields.get(variable)
        if part is not None:
            kind = {"date": "date", "datetime": "date-time"}.get(part.subtype, part.kind)
            return part.label("it"), part.label("en"), kind
    declared = next((each.type for each in process.variables if each.name == variable), "")
    plain = variable.replace("_", " ")
    return plain, plain, declared


def _checked(value: date | datetime, asked: UnknownDate | None) -> date | datetime:
    if asked is None or not asked.askable:
        raise InvalidValue("dates", "not_asked")
    if isinstance(value, datetime) is not asked.with_time or (isinstance(value, datetime) and value.tzinfo is None):
        raise InvalidValue("dates", "not_a_date")
    day = value.date() if isinstance(value, datetime) else value
    if abs(day - clock.now().date()) > _FURTHEST:
        raise InvalidValue("dates", "too_far_away")
    return value
