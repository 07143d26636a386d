"""Versions that begin by themselves: when next, as rows. What then happens is for `cases.scheduled`.

Only the version in force has rows: a new one replaces those of the version before, whatever it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

import feel
from engine import clock, db, errors, parameters
from engine.bpmn import schedules
from engine.bpmn.expressions import ExpressionFailed, Host
from engine.bpmn.schedules import Planned
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition, ScheduledStart
from engine.errors import Problem
from engine.participants import access

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.definitions.checking import Bundle
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class NextStart:
    """When a version begins by itself next; `failure` is the code of why the last attempt did not succeed."""

    definition_id: UUID
    protocol_name: str
    start_event: str
    start_name: str
    due_at: datetime
    repeats: bool
    failure: str | None


def require_computable(session: Session, network_id: UUID, bundles: Mapping[str, Bundle]) -> None:
    """Raise InvalidProcess where it cannot be computed when a process of a set would begin by itself."""
    problems = [
        Problem(
            node.id,
            f"Il tempo dell'inizio non si può calcolare ({failure}).",
            "Scrivere una data con il fuso, o una ripetizione come R/P1M.",
            node.line,
            file=bundle.file,
        )
        for bundle in bundles.values()
        for node, failure in _uncomputable(session, network_id, bundle.process)
    ]
    if problems:
        raise errors.InvalidProcess(tuple(problems))


def put(session: Session, definition: ProcessDefinition, process: model.Process) -> None:
    """Plan the starts of a version that comes into force now, in place of those of the versions before it."""
    versions = select(ProcessDefinition.id).where(
        ProcessDefinition.network_id == definition.network_id, ProcessDefinition.key == definition.key
    )
    session.execute(delete(ScheduledStart).where(ScheduledStart.definition_id.in_(versions)))
    for item in schedules.planned(process, _host(session, definition.network_id)):
        session.add(
            ScheduledStart(
                id=db.new_id(),
                network_id=definition.network_id,
                definition_id=definition.id,
                start_event=item.start_event,
                due_at=item.due_at,
                since=item.since,
                span=None if item.span is None else feel.format_duration(item.span),
                number=item.number,
                last_number=item.last,
                try_at=item.due_at,
            )
        )


def advance(session: Session, row: ScheduledStart) -> None:
    """Go on to the next time, now that this one is done; those that were missed meanwhile are not made up for."""
    span = None if row.span is None else feel.parse_duration(row.span)
    done = Planned(row.start_event, row.due_at, row.since, span, row.number, row.last_number)
    following = done.after(clock.now())
    if following is None:
        session.delete(row)
        return
    row.due_at, row.number = following.due_at, following.number
    row.try_at, row.attempts, row.failure_code = following.due_at, 0, None


def upcoming(session: Session, actor: Actor, definition_id: UUID | None = None) -> list[NextStart]:
    """List what begins by itself next in the network, the first one first; of one version only, if one is given."""
    access.require(actor, access.Action.READ_PROTOCOLS)
    query = (
        select(ScheduledStart, ProcessDefinition.name)
        .join(ProcessDefinition, ProcessDefinition.id == ScheduledStart.definition_id)
        .where(ScheduledStart.network_id == actor.network_id)
        .order_by(ScheduledStart.due_at, ScheduledStart.id)
        .limit(200)
    )
    if definition_id is not None:
        query = query.where(ScheduledStart.definition_id == definition_id)
    return [_next_start(session, row, name) for row, name in session.execute(query).all()]


def _next_start(session: Session, row: ScheduledStart, protocol_name: str) -> NextStart:
    node = repository.load(session, row.definition_id).node(row.start_event)
    return NextStart(
        row.definition_id,
        protocol_name,
        row.start_event,
        node.name,
        row.due_at,
        row.span is not None and row.number != row.last_number,
        row.failure_code,
    )


def _uncomputable(session: Session, network_id: UUID, process: model.Process) -> list[tuple[model.Node, str]]:
    begins = [node for node, _timer in schedules.timers(process)]
    if not begins:
        return []
    try:
        schedules.planned(process, _host(session, network_id))
    except ExpressionFailed as failure:
        return [(begins[0], failure.code)]
    return []


def _host(session: Session, network_id: UUID) -> Host:
    return Host(now=clock.now(), parameters=parameters.values(session, network_id))
