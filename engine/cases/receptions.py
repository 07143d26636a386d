"""Networks that receive referrals: by the word of each one's administrator, under a neutral name; off by default.

What may travel is what the start form of the receiving process asks, and nothing else has a place in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from engine import audit, clock, errors
from engine.bpmn import structure
from engine.cases.referral_models import Reception
from engine.definitions import repository
from engine.definitions.models import ProcessDefinition
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, Channel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.participants.access import Actor

MAX_NAME = 80
"""Characters of the name under which a network is known to the others."""


@dataclass(frozen=True, slots=True)
class Door:
    """How a network begins what it receives: the version of the process, and the form that it starts with."""

    definition_id: UUID
    form: forms.Form


def of(session: Session, actor: Actor) -> Reception | None:
    """Give how the actor's network receives referrals; None when it does not. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    return session.get(Reception, actor.network_id)


def open_(session: Session, actor: Actor, *, name: str, agency_id: UUID | None, process: str) -> Reception:
    """Let the network receive referrals from now on, or change how; what was sent before goes on as it was sent.

    Raises Forbidden, InvalidValue: `name`, `agency_id` (none of the network, or without computers) and `process`.
    """
    access.require(actor, Action.ADMINISTER)
    known_as = name.strip()
    if not known_as or len(known_as) > MAX_NAME or not known_as.isprintable():
        raise errors.InvalidValue("reception_name", "required")
    working_here = {one.id for one in directory.agencies(session, actor.network_id) if one.channel is Channel.PORTALE}
    if agency_id not in working_here:
        raise errors.InvalidValue("reception_agency", "required")
    if door(session, actor.network_id, process) is None:
        raise errors.InvalidValue("reception_process", "no_start_form")
    row = session.get(Reception, actor.network_id, with_for_update=True)
    if row is None:
        row = Reception(network_id=actor.network_id)
        session.add(row)
    row.name, row.agency_id, row.process, row.since = known_as, agency_id, process, clock.now()
    said = {"agency": str(agency_id), "process": process}
    audit.record(session, actor, "reception.opened", "network", actor.network_id, network_id=None, **said)
    return row


def close(session: Session, actor: Actor) -> None:
    """Receive no referrals any more; those that wait can still be answered. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    row = session.get(Reception, actor.network_id, with_for_update=True)
    if row is not None:
        session.delete(row)
        audit.record(session, actor, "reception.closed", "network", actor.network_id)


def startable(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """List the processes with which a referral can begin here: key and name. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    newest = (
        select(ProcessDefinition.key, ProcessDefinition.name)
        .where(ProcessDefinition.network_id == actor.network_id)
        .ext(distinct_on(ProcessDefinition.key))
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    )
    rows = session.execute(newest).all()
    return tuple((key, name) for key, name in rows if door(session, actor.network_id, key) is not None)


def elsewhere(session: Session, network_id: UUID) -> tuple[Reception, ...]:
    """Give the receptions of the other networks, by name."""
    query = select(Reception).where(Reception.network_id != network_id).order_by(Reception.name, Reception.network_id)
    return tuple(session.scalars(query))


def agencies_elsewhere(session: Session, network_id: UUID) -> frozenset[UUID]:
    """Give the agencies that answer referrals in other networks: she may agree that they be told."""
    return frozenset(one.agency_id for one in elsewhere(session, network_id))


def door(session: Session, network_id: UUID, process: str) -> Door | None:
    """Give how a process of a network is begun for who is referred; None where that does not go (any more).

    It needs one start that a person chooses, with a form: all that this asks is ordinary, and decides the way.
    """
    definition_id = repository.latest_id(session, network_id, process)
    if definition_id is None:
        return None
    starts = structure.none_starts(repository.load(session, definition_id).process.scope)
    if len(starts) != 1 or starts[0].form_id is None:
        return None
    return Door(definition_id, repository.form(session, definition_id, starts[0].form_id))


def agency_of(session: Session, row: Reception) -> Agency:
    """Give the agency that answers."""
    return session.get_one(Agency, row.agency_id)
