"""What processes throw, brought to whom it concerns within their case, in the transaction of the same command."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from engine import errors
from engine.bpmn.building import Definition
from engine.cases import instances
from engine.cases.models import ProcessInstance, SignalSubscription
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.cases.ground import Ground

MAX_ROUNDS = 100
"""How often in one command what was thrown may make others throw; processes that answer each other need ever more."""


def route(running: Ground) -> None:
    """Bring what the instances of a case have thrown to the others, until nothing is thrown any more.

    Raises Conflict `endless_exchange`, LaneWithoutAgency for a process that begins with it and nobody can play.
    """
    for _round in range(MAX_ROUNDS):
        loaded = list(running.loaded.items())
        thrown = [(instance_id, item) for instance_id, instance in loaded for item in instance.take_thrown()]
        if not thrown:
            return
        for source, signal in thrown:
            _signal(running, source, signal)
    raise errors.Conflict("endless_exchange", case=running.case.id)


def _signal(running: Ground, source: UUID, signal: model.Signal) -> None:
    """Let a signal reach the other instances of its case, and start the processes that begin with it."""
    for instance_id in _hearing(running, signal.name):
        if instance_id != source and not running.instance(instance_id).completed:
            running.instance(instance_id).signal(signal.name)
    for definition, start_event in starting_with(running, lambda process: process.signal_start(signal.name)):
        instances.bind_missing(running, definition)
        beginning = instances.Beginning(instances.declared_values(definition, {}))
        instances.start(running, None, definition, beginning, start_event=start_event)


def _hearing(running: Ground, name: str) -> list[UUID]:
    """Give the instances of the case that wait for a signal, the oldest first; loaded ones say for themselves."""
    query = (
        select(SignalSubscription.instance_id)
        .join(ProcessInstance, ProcessInstance.id == SignalSubscription.instance_id)
        .where(SignalSubscription.case_id == running.case.id, SignalSubscription.name == name)
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    )
    with running.session.no_autoflush:
        stored = running.session.scalars(query).all()
    return list(dict.fromkeys([*stored, *running.loaded]))


def starting_with(running: Ground, begins: Callable[[Definition], str | None]) -> list[tuple[Definition, str]]:
    """Give the newest versions of the network that begin with something, each with its start event."""
    loaded = [repository.load(running.session, key) for key in _newest(running.session, running.case.network_id)]
    starts = [(definition, begins(definition)) for definition in loaded]
    return [(definition, start_event) for definition, start_event in starts if start_event is not None]


def _newest(session: Session, network_id: UUID) -> list[UUID]:
    query = (
        select(ProcessDefinition.id)
        .where(ProcessDefinition.network_id == network_id)
        .ext(distinct_on(ProcessDefinition.key))
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    )
    with session.no_autoflush:
        return list(session.scalars(query).all())
