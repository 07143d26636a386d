"""What people see of protocols: which can be started, which versions there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from engine.bpmn import structure
from engine.definitions import repository
from engine.definitions.models import DeployedForm, Deployment, ProcessDefinition
from engine.participants import access
from engine.participants.models import User

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    import forms
    from engine.bpmn.model import Lane
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Startable:
    """A protocol that a person may start: its lanes need an agency each, its start form an answer."""

    key: str
    name: str
    version: int
    definition_id: UUID
    documentation: str
    lanes: tuple[Lane, ...]
    form: forms.Form | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One deployed version, for the list of protocols."""

    id: UUID
    key: str
    version: int
    name: str
    digest: str
    deployed_at: datetime
    deployed_by: str | None


def startable(session: Session, actor: Actor) -> list[Startable]:
    """List the newest version of each protocol that starts by hand."""
    access.require(actor, access.Action.START_CASE)
    newest = (
        select(ProcessDefinition.id)
        .where(ProcessDefinition.network_id == actor.network_id)
        .ext(distinct_on(ProcessDefinition.key))
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
        .limit(200)
    )
    found = []
    for definition_id in session.scalars(newest).all():
        row = session.get_one(ProcessDefinition, definition_id)
        process = repository.load(session, definition_id).process
        start = structure.none_start(process.scope)
        if start is None:
            continue
        form = repository.form(session, definition_id, start.form_id) if start.form_id else None
        lanes = lanes_of(session, definition_id)
        found.append(Startable(row.key, row.name, row.version, row.id, process.documentation, lanes, form))
    return found


def lanes_of(session: Session, definition_id: UUID) -> tuple[Lane, ...]:
    """Give the lanes of a process and of all that it calls, each once, in reading order."""
    lanes: dict[str, Lane] = {}
    seen: set[UUID] = set()
    frontier = [repository.load(session, definition_id)]
    while frontier:
        definition = frontier.pop(0)
        if definition.id in seen:
            continue
        seen.add(definition.id)
        for lane in definition.process.lanes:
            lanes.setdefault(lane.id, lane)
        frontier += definition.called.values()
    return tuple(lanes.values())


def versions(session: Session, actor: Actor) -> list[VersionRow]:
    """List the versions of all protocols of the network, newest first within each."""
    access.require(actor, access.Action.READ_PROTOCOLS)
    query = (
        select(ProcessDefinition, User.display_name)
        .join(Deployment, Deployment.id == ProcessDefinition.deployment_id)
        .outerjoin(User, User.id == Deployment.deployed_by_id)
        .where(ProcessDefinition.network_id == actor.network_id)
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
        .limit(500)
    )
    return [
        VersionRow(row.id, row.key, row.version, row.name, row.digest, row.deployed_at, deployed_by)
        for row, deployed_by in session.execute(query).all()
    ]


def form_sources(session: Session, definition_id: UUID) -> dict[str, bytes]:
    """Give the forms of a version as files: form id -> form-js JSON."""
    query = select(DeployedForm.form_id, DeployedForm.source).where(DeployedForm.definition_id == definition_id)
    return {form_id: source for form_id, source in session.execute(query).all()}  # noqa: C416 - rows are no tuples to mypy
