"""Messages between processes and from outside: routed by rows to the tokens that wait for them, inside one case."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine import errors
from engine.cases import execution, history, instances, lookup, routing
from engine.cases.models import Case, MessageSubscription, ProcessInstance
from engine.definitions import repository
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.runtime import Instance
    from engine.cases.execution import Running
    from engine.participants.access import Actor


def deliver(
    session: Session, actor: Actor, name: str, *, case_code: str, values: Mapping[str, Any] | None = None
) -> int:
    """Give a message to the tokens of a case that wait for it; if none does, start the process that begins with it.

    Returns how many tokens moved or instances started. `values` must be declared by each process that receives them.
    Raises NotFound (no such case, or not yours), NobodyWaits, CaseClosed, Forbidden, InvalidAnswer.
    """
    access.require(actor, Action.DELIVER_MESSAGE)
    found = _case(session, actor, case_code)
    with execution.locked(session, found.id) as running:
        execution.require_open(running.case)
        waiting = _waiting(session, running.case, name)
        moved = sum(
            _deliver(session, running.instance(instance_id), subscription_ids, values or {})
            for instance_id, subscription_ids in waiting.items()
        )
        moved = moved or _start(running, actor, name, values or {})
        if not moved:
            raise errors.NobodyWaits(message=name)
        history.record(session, running.case, history.EventKind.MESSAGE_RECEIVED, actor=actor, values={"message": name})
    return moved


def _case(session: Session, actor: Actor, case_code: str) -> Case:
    found = lookup.case_named(session, actor, case_code)
    if found is None:
        raise errors.NotFound("case_not_found")
    return found


def _waiting(session: Session, case: Case, name: str) -> dict[UUID, set[UUID]]:
    """Give the subscriptions of the message, by instance, the oldest instance first."""
    query = (
        select(MessageSubscription.id, MessageSubscription.instance_id)
        .join(ProcessInstance, ProcessInstance.id == MessageSubscription.instance_id)
        .where(
            MessageSubscription.network_id == case.network_id,
            MessageSubscription.name == name,
            MessageSubscription.correlation_key == case.code,
            MessageSubscription.case_id == case.id,
        )
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    )
    waiting: dict[UUID, set[UUID]] = {}
    for subscription_id, instance_id in session.execute(query).all():
        waiting.setdefault(instance_id, set()).add(subscription_id)
    return waiting


def _deliver(
    session: Session, instance: Instance, subscription_ids: Collection[UUID], values: Mapping[str, Any]
) -> int:
    """Give the message to those of an instance that wait for it, the outermost and oldest first; say to how many.

    What the first ones set in motion may take others away: they wait no more.
    """
    moved = 0
    for receiver in [item for item in instance.subscriptions if item.id in subscription_ids]:
        if all(item.id != receiver.id for item in instance.subscriptions):
            continue
        definition = repository.load(session, receiver.definition_id)
        declared = instances.declared_values(definition, values)
        instance.deliver(receiver.id, {name: declared[name] for name in values})
        moved += 1
    return moved


def _start(running: Running, actor: Actor, name: str, values: Mapping[str, Any]) -> int:
    started = 0
    for definition, start_event in routing.starting_with(running, lambda process: process.message_start(name)):
        declared = instances.declared_values(definition, values)
        instances.bind_missing(running, definition)
        instances.start(running, actor, definition, instances.Beginning(declared), start_event=start_event)
        started += 1
    return started
