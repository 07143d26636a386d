"""From a moved instance to rows: tasks for people, timers, subscriptions, incidents, deadlines, history, state.

The rows are what everybody reads; the sealed state is only for the next step. Both are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, update

from engine import clock, rows
from engine.bpmn import runtime, state, waiting
from engine.bpmn.journal import Change, JournalLine
from engine.bpmn.model import Kind, Node
from engine.bpmn.waiting import WorkItem
from engine.cases import (
    agenda,
    assigning,
    clocks,
    confidential,
    crossing,
    decisions,
    escalation,
    familiar,
    handing,
    history,
    offers,
    proxies,
)
from engine.cases.ground import Ground
from engine.cases.models import (
    Baton,
    CaseState,
    Incident,
    InstanceStatus,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.cases.withdrawal import withdraw
from engine.db import Base
from engine.definitions import repository

_Item = TypeVar("_Item", waiting.Timer, waiting.Subscription, waiting.SignalSubscription)


@dataclass(slots=True)
class Loaded:
    """An instance in this command, and what was in its rows when it was loaded.

    `moved` when it has become one of another version, so that its rows have to follow though nothing happened in it.
    """

    row: ProcessInstance
    instance: runtime.Instance
    stored: CaseState | None
    timers: dict[UUID, waiting.Timer]
    subscriptions: dict[UUID, waiting.Subscription]
    signals: dict[UUID, waiting.SignalSubscription]
    jobs: dict[UUID, waiting.Job]
    incidents: dict[UUID, waiting.Incident]
    moved: bool = False

    @classmethod
    def of(cls, row: ProcessInstance, instance: runtime.Instance, stored: CaseState | None) -> Loaded:
        """Take in an instance as it was stored."""
        return cls(
            row,
            instance,
            stored,
            {item.id: item for item in instance.timers},
            {item.id: item for item in instance.subscriptions},
            {item.id: item for item in instance.signal_subscriptions},
            {item.id: item for item in instance.jobs},
            {item.id: item for item in instance.incidents},
        )

    @classmethod
    def fresh(cls, row: ProcessInstance, instance: runtime.Instance) -> Loaded:
        """Take in an instance that has no rows yet."""
        return cls(row, instance, None, {}, {}, {}, {}, {})


def write(running: Ground, loaded: Loaded) -> None:
    """Write everything that has changed in an instance since it was loaded or last written."""
    journal = loaded.instance.take_journal()
    if not journal and not loaded.moved and loaded.stored is not None:
        return
    loaded.moved = False
    closed = _write_tasks(running, loaded, journal)
    _write_history(running, loaded, journal, closed)
    _write_waits(running, loaded)
    _write_jobs(running, loaded)
    _write_incidents(running, loaded)
    _write_state(running, loaded)
    running.session.flush()


def _write_tasks(running: Ground, loaded: Loaded, journal: list[JournalLine]) -> Collection[UUID]:
    """Open and close tasks; give those that were closed because the path has left them."""
    still_open = {item.id: item for item in loaded.instance.work_items}
    # A step that was reached and left again within one command never becomes anybody's task.
    opened = [
        still_open[line.token_id] for line in journal if line.change is Change.OPENED and line.token_id in still_open
    ]
    closed = withdraw(running.session, [line.token_id for line in journal if line.change is Change.CANCELLED])
    for item in opened:
        task = _open_task(running, loaded, item)
        asked_for = handing.clocks_of(task, item.node)
        clocks.arm(running, task, item.node, loaded.instance.variables(item.id), only=asked_for)
        running.opened.append(task)
        familiar.offer(running, task, item.node.retain_familiar)
        if task.agency_id in running.kept_out.agencies:
            escalation.tell_without_agency(running.session, running.case, task)
        assigning.tell_declined(running.session, task, item.node, loaded.row.opened_by_agency_id)
        if item.explains is not None:
            decisions.explain(running.session, task, item.explains)
    return closed


def _open_task(running: Ground, loaded: Loaded, item: WorkItem) -> UserTask:
    lane = item.node.lane or ""
    asked = crossing.needed(running, loaded.row, item)
    played = running.participations.get(lane)
    if asked is None and played is not None and played.since is None:
        # Need to know begins with the first step that involves the agency.
        played.since = clock.now()
    agency_id = asked.sender_id if asked is not None else running.participations[lane].agency_id
    task = UserTask(
        id=item.id,
        network_id=running.case.network_id,
        case_id=running.case.id,
        instance_id=loaded.row.id,
        definition_id=item.definition_id,
        element_id=item.node.id,
        name=_named(item),
        lane=lane,
        agency_id=agency_id,
        proxy_id=proxies.choose(running, loaded.row, item.definition_id, agency_id),
        form_id=item.node.form_id,
        state=TaskStatus.OPEN,
        revision=0,
        created_at=running.acted_at or clock.now(),
        handover=Baton.PREPARE if asked is not None else None,
    )
    running.session.add(task)
    if asked is not None:
        handing.begin(running, task, asked)
        if item.node.handover is not None:
            offers.by_itself(running, task, item.node.handover)
    return task


def _named(item: WorkItem) -> str:
    """Give the name of a step, and which it is of several: the language is that of the name, the protocol's."""
    places = [
        f"{number} di {count}" if count is not None else f"{number}ª volta"
        for number, count in item.places
        if count != 1 and (number, count) != (1, None)
    ]
    return f"{item.node.name} ({', '.join(places)})" if places else item.node.name


_EVENTS = {
    Change.OPENED: history.EventKind.TASK_OPENED,
    Change.CANCELLED: history.EventKind.TASK_CANCELLED,
    Change.DECIDED: history.EventKind.DECISION_MADE,
    Change.ENDED: history.EventKind.INSTANCE_ENDED,
    Change.STUCK: history.EventKind.INCIDENT_RAISED,
}


def _event(line: JournalLine) -> history.EventKind | None:
    """Give what a line of the journal is in the history; an end within the process ends nothing but its part of it."""
    if line.change is Change.ENDED and not line.outermost:
        return None
    if line.change is Change.FIRED:
        return _fired(line.node)
    if line.undone is not None:
        return history.EventKind.STEP_UNDONE
    if line.change is Change.COMPLETED and line.node.kind is Kind.SERVICE:
        return history.EventKind.SERVICE_DONE
    if line.change is Change.SENT:
        sends = any(part.sends is not None for part in line.node.each)
        return history.EventKind.MESSAGE_SENT if sends else history.EventKind.SIGNAL_THROWN
    return _EVENTS.get(line.change)


def _fired(node: Node) -> history.EventKind | None:
    """Give what it is that an event has happened; that a message came is written by who delivers it."""
    if node.is_error:
        return history.EventKind.ERROR_CAUGHT
    if node.escalation is not None:
        return history.EventKind.ESCALATION_CAUGHT
    if node.signal is not None:
        return history.EventKind.SIGNAL_CAUGHT
    if node.condition is not None:
        return history.EventKind.CONDITION_MET
    return history.EventKind.TIMER_FIRED if node.timer is not None else None


def _write_history(running: Ground, loaded: Loaded, journal: list[JournalLine], closed: Collection[UUID]) -> None:
    still_open = {item.id for item in loaded.instance.work_items}
    owing = {task.id: task.agency_id for task in running.opened}
    for line in journal:
        kind = _event(line)
        of_task = line.change in {Change.OPENED, Change.CANCELLED}
        # A step that was never opened, or was left again within the command, is nobody's task and no event.
        told = line.token_id in (still_open if line.change is Change.OPENED else closed)
        if kind is None or (of_task and (line.node.kind is not Kind.USER_TASK or not told)):
            continue
        if line.change is Change.ENDED:
            loaded.row.outcome = line.node.id
        instance_id, happened_at = loaded.row.id, running.acted_at
        decisions.record(running.session, running.case, line, instance_id=instance_id, happened_at=happened_at)
        lane, undone = _undone(running, line)
        played = running.participations.get(lane)
        history.record(
            running.session,
            running.case,
            kind,
            instance_id=instance_id,
            task_id=line.token_id if of_task else None,
            agency_id=owing.get(line.token_id, played.agency_id if played is not None else None),
            element_id=line.node.id,
            happened_at=happened_at,
            values=undone,
        )


def _undone(running: Ground, line: JournalLine) -> tuple[str, dict[str, str]]:
    """Give whose line it is, and what has been undone by what: told to that lane's agency, to no one if it has none.

    Whoever undoes a step has to know which; what undoes without a person is told to who had done it.
    """
    if line.undone is None:
        return line.node.lane or "", {}
    process = repository.load(running.session, line.definition_id).process
    node = process.all_nodes.get(line.undone)
    lane = line.node.lane or (node.lane if node is not None else None)
    if lane is None:
        return "", {}
    return lane, {"undone": process.names.get(line.undone, line.undone), "undone_by": line.node.name or line.node.id}


def _write_waits(running: Ground, loaded: Loaded) -> None:
    """Write what tokens wait for: an instant, a message, a signal."""
    now = loaded.instance
    loaded.timers = _waits(running, loaded, Timer, loaded.timers, now.timers, "due_at")
    loaded.subscriptions = _waits(
        running, loaded, MessageSubscription, loaded.subscriptions, now.subscriptions, "name", "correlation_key"
    )
    loaded.signals = _waits(
        running, loaded, SignalSubscription, loaded.signals, now.signal_subscriptions, "name", "network"
    )


def _waits(
    running: Ground, loaded: Loaded, kind: type[Base], before: Mapping[UUID, Any], items: Iterable[_Item], *said: str
) -> dict[UUID, _Item]:
    """Write the rows of one kind that are new, with what each item `said` of itself, and delete those that are gone."""
    now = {item.id: item for item in items}
    _remove(running, kind, set(before) - set(now))
    for item in now.values():
        if item.id not in before:
            rows.append(
                running.session,
                kind,
                id=item.id,
                network_id=running.case.network_id,
                case_id=running.case.id,
                instance_id=loaded.row.id,
                element_id=item.node.id,
                **{name: getattr(item, name) for name in said},
            )
    return now


def _remove(running: Ground, kind: type[Base], ids: set[UUID]) -> None:
    """Delete what nothing waits for any more, with what is written next."""
    if ids:
        rows.remove(running.session, kind, ids)


def _write_jobs(running: Ground, loaded: Loaded) -> None:
    now = {item.id: item for item in loaded.instance.jobs}
    gone = set(loaded.jobs) - set(now)
    if gone:
        running.session.execute(delete(Job).where(Job.id.in_(gone)))
    new = [item for item in now.values() if item.id not in loaded.jobs]
    for item in new:
        running.session.add(
            Job(
                id=item.id,
                network_id=running.case.network_id,
                case_id=running.case.id,
                instance_id=loaded.row.id,
                element_id=item.node.id,
                due_at=clock.now(),
            )
        )
    if new:
        agenda.wake(running.session)
    loaded.jobs = now


def _write_incidents(running: Ground, loaded: Loaded) -> None:
    now = {item.id: item for item in loaded.instance.incidents}
    gone = [str(key) for key in set(loaded.incidents) - set(now)]
    if gone:
        resolved = update(Incident).where(Incident.token_id.in_(gone), Incident.resolved_at.is_(None))
        running.session.execute(resolved.values(resolved_at=clock.now()))
    for item in now.values():
        if item.id not in loaded.incidents:
            running.session.add(
                Incident(
                    network_id=running.case.network_id,
                    case_id=running.case.id,
                    instance_id=loaded.row.id,
                    token_id=str(item.id),
                    element_id=item.node.id,
                    code=item.code,
                )
            )
    loaded.incidents = now


def _write_state(running: Ground, loaded: Loaded) -> None:
    if loaded.instance.completed:
        loaded.row.ended_at = clock.now()
        if loaded.row.state is InstanceStatus.RUNNING:
            loaded.row.state = InstanceStatus.COMPLETED
        if loaded.stored is not None:
            running.session.delete(loaded.stored)
        loaded.stored = None
        return
    case = running.case
    content = loaded.instance.dump()
    sealed = confidential.seal_state(
        running.session, content, instance_id=loaded.row.id, case_id=case.id, network_id=case.network_id
    )
    if loaded.stored is None:
        loaded.stored = CaseState(instance_id=loaded.row.id, network_id=case.network_id, case_id=case.id)
        running.session.add(loaded.stored)
    loaded.stored.format = state.FORMAT
    loaded.stored.key_version = sealed.key_version
    loaded.stored.sealed = sealed.blob
