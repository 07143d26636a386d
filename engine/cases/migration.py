"""Carrying running cases over to another version of their protocol: the plan, and doing it.

A case goes over as a whole, in a transaction of its own under its lock, or not at all; whoever is interrupted begins
again where it stopped, for what has gone over already is no longer in the plan. Tasks keep their ids, drafts, instants
and clocks; a timer that runs keeps its instant. What the new version adds counts from when its task was opened: what is
past by then happens at once, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, select, update

from engine import clock, db, errors
from engine.bpmn.migration import CannotMigrate, Obstacle
from engine.bpmn.runtime import Instance
from engine.cases import clocks, confidential, drafts, execution, history, instances, migration_plan, trail
from engine.cases.migration_plan import CasePlan
from engine.cases.models import (
    Case,
    CaseState,
    Draft,
    Incident,
    InstanceStatus,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    Timer,
    UserTask,
)
from engine.deadlines import arming
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants import access
from engine.participants.access import Action
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.waiting import WorkItem
    from engine.cases.execution import Running
    from engine.cases.projection import Loaded
    from engine.participants.access import Actor

LIMIT = 1_000
"""Cases that one plan looks at, if not told otherwise: `after` the last of them comes the next page."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case: it has gone over, or `obstacles` or the `code` of a refusal say why not."""

    case_id: UUID
    code: str | None = None
    obstacles: tuple[Obstacle, ...] = ()


@db.over(Reach.NETWORK)
def plan(
    session: Session,
    actor: Actor,
    target_id: UUID,
    names: Mapping[str, str] | None = None,
    *,
    after: str = "",
    limit: int = LIMIT,
    codes: Collection[str] | None = None,
) -> list[CasePlan]:
    """Say for running cases on another version of a protocol what would become of each in this one; change nothing.

    `names` says for ids of elements which one stands for it in the new version; an empty one lets what only waits fall
    away. At most `limit` cases, those `after` a position (`CasePlan.position`); `codes` asks for these cases only.
    Raises NotFound, Forbidden.
    """
    target = _target(session, actor, target_id)
    definition = repository.load(session, target.id)
    cases = select(Case.id).where(_has_instances(actor, target), _position() > after).order_by(_position()).limit(limit)
    if codes is not None:
        cases = cases.where(Case.code.in_(codes))
    query = (
        select(Case, ProcessInstance, CaseState, ProcessDefinition.version)
        .join(ProcessInstance, ProcessInstance.case_id == Case.id)
        .join(CaseState, CaseState.instance_id == ProcessInstance.id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(*_on_other_versions(target), Case.id.in_(cases))
        .order_by(_position(), ProcessInstance.started_at, ProcessInstance.id)
    )
    plans = []
    for case, rows in groupby(session.execute(query).all(), key=lambda row: row[0]):
        examined, versions = [], []
        host = execution.host_of(session, case.network_id, case.id)
        for _case, row, stored, version in rows:
            before = repository.load(session, row.definition_id)
            content = confidential.open_state(session, stored)
            instance = Instance.restore(before, content, stored.format, host)
            examined.append(migration_plan.examine(session, row, instance, definition, names or {}))
            versions.append(version)
        lines = tuple(line for one in examined for line in one.lines)
        obstacles = tuple(dict.fromkeys(found for one in examined for found in one.obstacles))
        trail.note(session, actor, "case.plan_read", case.id)
        plans.append(CasePlan(case.id, case.code, tuple(versions), () if obstacles else lines, obstacles))
    return plans


@db.over(Reach.NETWORK)
def count(session: Session, actor: Actor, target_id: UUID) -> int:
    """Count the running cases that are on another version of a protocol. Raises NotFound, Forbidden."""
    target = _target(session, actor, target_id)
    return session.scalars(select(func.count()).select_from(Case).where(_has_instances(actor, target))).one()


def apply(
    actor: Actor, target_id: UUID, case_ids: Iterable[UUID], names: Mapping[str, str] | None = None
) -> list[Outcome]:
    """Carry cases over, each in a transaction of its own: one that cannot go keeps no other back. Raises Forbidden."""
    outcomes = []
    for case_id in case_ids:
        try:
            with db.transaction() as session:
                carry_over(session, actor, target_id, case_id, names or {})
            outcomes.append(Outcome(case_id))
        except CannotMigrate as refused:
            outcomes.append(Outcome(case_id, refused.code, refused.obstacles))
        except (errors.Conflict, errors.NotFound, errors.Busy) as refused:
            outcomes.append(Outcome(case_id, getattr(refused, "code", "busy")))
    return outcomes


@db.over(Reach.NETWORK)
def carry_over(session: Session, actor: Actor, target_id: UUID, case_id: UUID, names: Mapping[str, str]) -> int:
    """Carry one case over to a version of its protocol, as a whole; give how many instances went, 0 if all were there.

    What was due is done first, in the version that it was due in. Raises NotFound,
    Forbidden, CaseClosed, CannotMigrate.
    """
    target = _target(session, actor, target_id)
    if session.scalar(select(Case.network_id).where(Case.id == case_id)) != actor.network_id:
        raise errors.NotFound(case=case_id)
    with execution.locked(session, case_id, actor) as running:
        execution.require_open(running.case)
        query = (
            select(ProcessInstance.id, ProcessDefinition.version)
            .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
            .where(ProcessInstance.case_id == case_id, *_on_other_versions(target))
            .order_by(ProcessInstance.started_at, ProcessInstance.id)
        )
        found = session.execute(query).all()
        for instance_id, version in found:
            _move(running, actor, target, instance_id, version, names)
    return len(found)


def _target(session: Session, actor: Actor, target_id: UUID) -> ProcessDefinition:
    access.require(actor, Action.MIGRATE)
    target = session.get(ProcessDefinition, target_id)
    if target is None or target.network_id != actor.network_id:
        raise errors.NotFound(definition=target_id)
    return target


def _has_instances(actor: Actor, target: ProcessDefinition) -> ColumnElement[bool]:
    """Say that a case has something on another version, and that the actor is not kept out of it."""
    query = select(ProcessInstance.id).join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
    query = query.where(ProcessInstance.case_id == Case.id, *_on_other_versions(target))
    return and_(query.exists(), access.scope(actor).admits(Case.id))


def _position() -> ColumnElement[str]:
    """Give what pages follow: a digest of the id, as `CasePlan.position` makes it, in the order of its bytes."""
    return func.encode(func.sha256(func.convert_to(cast(Case.id, Text), "UTF8")), "hex").collate("C")


def _on_other_versions(target: ProcessDefinition) -> tuple[ColumnElement[bool], ...]:
    return (
        ProcessDefinition.network_id == target.network_id,
        ProcessDefinition.key == target.key,
        ProcessDefinition.id != target.id,
        ProcessInstance.state == InstanceStatus.RUNNING,
    )


def _move(
    running: Running,
    actor: Actor,
    target: ProcessDefinition,
    instance_id: UUID,
    version: int,
    names: Mapping[str, str],
) -> None:
    session, definition = running.session, repository.load(running.session, target.id)
    instance = running.instance(instance_id)
    loaded = running.instances[instance_id]
    examined = migration_plan.examine(session, loaded.row, instance, definition, names)
    if examined.moved is None:
        raise CannotMigrate(examined.obstacles)
    instances.bind_missing(running, definition)
    _forget_renamed(session, loaded, examined.moved)
    loaded.instance, loaded.moved, loaded.row.definition_id = examined.moved, True, target.id
    loaded.row.start_event = names.get(loaded.row.start_event, loaded.row.start_event)
    for item in examined.moved.work_items:
        task = session.get(UserTask, item.id, populate_existing=True)
        if task is not None:
            _move_task(running, loaded, task, item)
    history.record(
        session,
        running.case,
        history.EventKind.INSTANCE_MIGRATED,
        actor=actor,
        instance_id=instance_id,
        element_id=definition.process.id,
        values={"note": f"{version} → {target.version}", "names": dict(names)},
    )


def _forget_renamed(session: Session, loaded: Loaded, moved: Instance) -> None:
    """Delete the rows of what waits under another element now; they are written anew with the rest."""
    for table, known, after in (
        (Timer, loaded.timers, moved.timers),
        (MessageSubscription, loaded.subscriptions, moved.subscriptions),
        (SignalSubscription, loaded.signals, moved.signal_subscriptions),
        (Job, loaded.jobs, moved.jobs),
    ):
        names = {one.id: one.node.id for one in after}
        renamed = [key for key, one in known.items() if names.get(key, one.node.id) != one.node.id]
        session.execute(delete(table).where(table.id.in_(renamed)))
        for key in renamed:
            del known[key]
    names = {one.id: one.node.id for one in moved.incidents}
    renamed = [key for key, one in loaded.incidents.items() if names.get(key, one.node.id) != one.node.id]
    resolved = update(Incident).where(Incident.token_id.in_(map(str, renamed)), Incident.resolved_at.is_(None))
    session.execute(resolved.values(resolved_at=clock.now()))
    for key in renamed:
        del loaded.incidents[key]


def _move_task(running: Running, loaded: Loaded, task: UserTask, item: WorkItem) -> None:
    """Let the row of an open task follow: what it is called, its form and draft, the clocks that it is asked for."""
    session = running.session
    before, after = migration_plan.clocks_asked(session, task, item)
    other_form = migration_plan.has_other_form(session, task, item)
    if other_form:
        _fit_draft(session, loaded, task, item)
    if other_form or not item.node.four_eyes:
        # There is nothing any more that a second person could confirm: the answer is a draft again.
        task.first_by_id = task.first_at = None
    task.definition_id, task.element_id = item.definition_id, item.node.id
    task.name, task.form_id = item.node.name, item.node.form_id
    task.revision += 1
    if before - after:
        arming.void(session, task.id, before - after)
        clocks.settle(session, [task.id], before - after)
    variables = loaded.instance.variables(task.id)
    for name in sorted(after - before):
        if migration_plan.begins(task, name):
            clocks.arm(running, task, item.node, variables, only=[name])
    session.flush()
    task.due_at = arming.next_due(session, task.id)


def _fit_draft(session: Session, loaded: Loaded, task: UserTask, item: WorkItem) -> None:
    """Keep of a draft what the new form still asks for, and note that the form has changed under it."""
    draft = session.get(Draft, task.id)
    if draft is None:
        return
    if item.node.form_id is None:
        session.delete(draft)
        return
    form = repository.form(session, item.definition_id, item.node.form_id)
    variables = loaded.instance.variables(task.id)
    context = {name: variables.get(name) for name in form.context_names}
    values = drafts.still_fitting(form, confidential.open_draft(session, draft), context)
    drafts.keep(session, task, values, saved_by=draft.saved_by_id, form_changed_at=clock.now())
