"""What processes throw, brought to whom it concerns: within their case in the transaction of the same command.

What has to reach another case, and what nobody waits for yet, becomes a row (`Outgoing`); `post` sees to these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from engine import clock, db, errors
from engine.bpmn.workflow import Sent
from engine.cases import agenda, confidential, history, instances
from engine.cases.models import MessageSubscription, ProcessInstance, SignalSubscription
from engine.cases.post_models import Outgoing
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.sight import Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.bpmn.building import Definition
    from engine.bpmn.runtime import Instance
    from engine.cases.ground import Ground
    from engine.participants.access import Actor

MAX_ROUNDS = 100
"""How often in one command what was thrown may make others throw; processes that answer each other need ever more."""

UNFIT = "message_values_wrong"


def route(running: Ground) -> None:
    """Bring what the instances of a case have thrown to the others, until nothing is thrown any more.

    Raises Conflict `endless_exchange`, LaneWithoutAgency for a process that begins with it and nobody can play.
    """
    for _round in range(MAX_ROUNDS):
        loaded = list(running.loaded.items())
        thrown = [(instance_id, item) for instance_id, instance in loaded for item in instance.take_thrown()]
        if not thrown:
            return
        for source, item in thrown:
            if isinstance(item, Sent):
                _message(running, item)
            else:
                _signal(running, source, item)
    raise errors.Conflict("endless_exchange", case=running.case.id)


def deliver(running: Ground, name: str, key: str, values: Mapping[str, Any], *, thrown: bool = False) -> int:
    """Give a message to all tokens of the case that wait for it under its key; say to how many.

    A token whose process does not declare what a `thrown` message carries goes on waiting, as an incident; else
    InvalidAnswer is raised. What the first ones set in motion may take others away: they wait no more.
    """
    awaited = (MessageSubscription.name == name, MessageSubscription.correlation_key == key)
    return sum(
        _deliver(running, running.instance(instance_id), name, key, values, thrown=thrown)
        for instance_id in _waiting(running, MessageSubscription, *awaited)
    )


def begin(
    running: Ground, begins: Callable[[Definition], str | None], values: Mapping[str, Any], actor: Actor | None = None
) -> int:
    """Start the newest version of each process that begins with something; say how many. Raises InvalidAnswer."""
    starting = _starting_with(running, begins)
    for definition, start_event in starting:
        declared = instances.declared_values(definition, values)
        instances.bind_missing(running, definition)
        instances.start(running, actor, definition, instances.Beginning(declared), start_event=start_event)
    return len(starting)


def hear(running: Ground, name: str, *, network: bool = False, source: UUID | None = None) -> None:
    """Let a signal reach the instances of the case that wait for it, but not the one that it comes from."""
    for instance_id in _waiting(running, SignalSubscription, SignalSubscription.name == name):
        if instance_id != source and not running.instance(instance_id).completed:
            running.instance(instance_id).signal(name, network=network)


def keep(running: Ground, sent: Sent) -> None:
    """Keep a message for whoever comes to wait for it, in whatever case; one that is not to be kept lapses at once."""
    case = running.case
    if sent.until <= clock.now():
        history.record(running.session, case, history.EventKind.MESSAGE_LAPSED, values={"message": sent.name})
        return
    row = Outgoing(
        id=db.new_id(),
        network_id=case.network_id,
        from_case_id=case.id,
        name=sent.name,
        correlation_key=sent.key,
        until=sent.until,
    )
    sealed = confidential.seal_outgoing(running.session, sent.values, row)
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    running.session.add(row)
    agenda.wake(running.session)


def _message(running: Ground, sent: Sent) -> None:
    """Bring a message to who waits for it in its case; else to another case; else it begins what begins with it."""
    if deliver(running, sent.name, sent.key, sent.values, thrown=True):
        received = {"message": sent.name}
        history.record(running.session, running.case, history.EventKind.MESSAGE_RECEIVED, values=received)
    elif _awaited_elsewhere(running, sent) or not _begun(running, sent):
        keep(running, sent)


def _begun(running: Ground, sent: Sent) -> int:
    try:
        return begin(running, lambda process: process.message_start(sent.name), sent.values)
    except errors.InvalidAnswer as unfit:
        # Not an answer of whoever is at work: two protocols do not fit together.
        raise errors.Conflict(UNFIT, case=running.case.id) from unfit


def _signal(running: Ground, source: UUID, signal: model.Signal) -> None:
    """Let a signal reach the other instances of its case, and start the processes that begin with it."""
    hear(running, signal.name, source=source)
    begin(running, lambda process: process.signal_start(signal.name), {})
    if signal.network:
        _broadcast(running, signal.name)


def _broadcast(running: Ground, name: str) -> None:
    """Send a signal on its way to each other case of the network that waits for it now."""
    case = running.case
    query = (
        select(SignalSubscription.case_id)
        .where(SignalSubscription.network_id == case.network_id, SignalSubscription.name == name)
        .where(SignalSubscription.network, SignalSubscription.case_id != case.id)
        .distinct()
    )
    with running.session.no_autoflush, db.reaching(running.session, Reach.EVERYTHING):
        receivers = running.session.scalars(query).all()
    for receiver in receivers:
        running.session.add(
            Outgoing(
                network_id=case.network_id, from_case_id=case.id, to_case_id=receiver, name=name, until=clock.now()
            )
        )
    if receivers:
        agenda.wake(running.session)


def _deliver(
    running: Ground, instance: Instance, name: str, key: str, values: Mapping[str, Any], *, thrown: bool
) -> int:
    moved = 0
    for receiver in [item for item in instance.subscriptions if (item.name, item.correlation_key) == (name, key)]:
        if all(item.id != receiver.id for item in instance.subscriptions):
            continue
        definition = repository.load(running.session, receiver.definition_id)
        try:
            declared = instances.declared_values(definition, values)
        except errors.InvalidAnswer:
            if not thrown:
                raise
            instance.set_aside(receiver.id, UNFIT)
        else:
            instance.deliver(receiver.id, {name: declared[name] for name in values})
        moved += 1
    return moved


def _awaited_elsewhere(running: Ground, sent: Sent) -> bool:
    query = select(MessageSubscription.id).where(
        MessageSubscription.network_id == running.case.network_id,
        MessageSubscription.name == sent.name,
        MessageSubscription.correlation_key == sent.key,
        MessageSubscription.case_id != running.case.id,
    )
    with running.session.no_autoflush, db.reaching(running.session, Reach.EVERYTHING):
        return running.session.scalar(query.limit(1)) is not None


def _waiting(
    running: Ground, rows: type[MessageSubscription | SignalSubscription], *awaited: ColumnElement[bool]
) -> list[UUID]:
    """Give the instances of the case that wait for something, the oldest first; loaded ones say for themselves."""
    query = (
        select(rows.instance_id)
        .join(ProcessInstance, ProcessInstance.id == rows.instance_id)
        .where(rows.case_id == running.case.id, *awaited)
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    )
    with running.session.no_autoflush:
        stored = running.session.scalars(query).all()
    return list(dict.fromkeys([*stored, *running.loaded]))


def _starting_with(running: Ground, begins: Callable[[Definition], str | None]) -> list[tuple[Definition, str]]:
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
