"""What people see of protocols: which can be started, which versions there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from engine import errors
from engine.bpmn import lanes, structure
from engine.definitions import repository
from engine.definitions.models import DeployedDecision, DeployedForm, Deployment, ProcessDefinition
from engine.participants import access, directory
from engine.participants.models import User

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    import forms
    from engine.bpmn.building import Definition
    from engine.bpmn.model import Lane, Process, Variable
    from engine.participants.access import Actor
    from engine.participants.models import Agency


@dataclass(frozen=True, slots=True)
class Start:
    """A start event that a person may choose, and its form."""

    id: str
    name: str
    form_id: str | None
    form: forms.Form | None


@dataclass(frozen=True, slots=True)
class Startable:
    """A protocol that a person may start: its lanes need an agency each, the form of the start an answer.

    Lanes that the case is handed over to by hand are not among them: whoever hands it over chooses.
    """

    key: str
    name: str
    version: int
    definition_id: UUID
    documentation: str
    lanes: tuple[Lane, ...]
    starts: tuple[Start, ...]


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A form that is filled in on paper while the system is down: of a start, or of a step that receives a case."""

    protocol: str
    step: str
    form: forms.Form


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
    warnings: int


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One deployed version with what one needs to start it: who can play its lanes, its variables, its start events.

    One that only begins by itself, with a message, a signal or at a time, has no start for people. Of a version
    whose file has no drawing `steps` says in words what it would show: name, element and lane of each step.
    """

    definition: ProcessDefinition
    documentation: str
    lanes: tuple[tuple[Lane, tuple[Agency, ...]], ...]
    variables: tuple[Variable, ...]
    starts: tuple[Start, ...]
    steps: tuple[tuple[str, str, str], ...] | None


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
        starts = _starts(session, definition_id)
        if starts:
            by_hand = {lane for lane, automatic in handed_lanes(session, definition_id).items() if not automatic}
            chosen = (lane for lane in lanes_of(session, definition_id) if lane.rule is None)
            asked = tuple(lane for lane in chosen if lane.id not in by_hand)
            found.append(Startable(row.key, row.name, row.version, row.id, process.documentation, asked, starts))
    return found


def played(session: Session, network_id: UUID) -> dict[str, set[str]]:
    """Give the lanes of the newest versions of a network's protocols, each with the keys of those that have it."""
    found: dict[str, set[str]] = {}
    for key, lane in _newest_lanes(session, network_id):
        found.setdefault(lane.id, set()).add(key)
    return found


def lane_names(session: Session, network_id: UUID) -> dict[str, str]:
    """Give what people call the lanes of a network's protocols; where two call one otherwise, the first by key."""
    found: dict[str, str] = {}
    for _key, lane in _newest_lanes(session, network_id):
        found.setdefault(lane.id, lane.name or lane.id)
    return found


def paper_forms(session: Session, network_id: UUID, services: Collection[str]) -> list[PaperForm]:
    """Give the forms by which the newest protocols begin, and those of steps of these services with a reception."""
    found = []
    for definition in _newest(session, network_id):
        process = definition.process
        received = [
            node
            for node in process.steps
            if node.lane in services and any(deadline.clock == "reception" for deadline in node.deadlines)
        ]
        for node in [*structure.none_starts(process.scope), *received]:
            if node.form_id is not None:
                form = repository.form(session, definition.id, node.form_id)
                found.append(PaperForm(process.name or process.id, node.name or node.id, form))
    return found


def _newest_lanes(session: Session, network_id: UUID) -> Iterator[tuple[str, Lane]]:
    for definition in _newest(session, network_id):
        for lane in definition.process.lanes:
            yield definition.process.id, lane


def _newest(session: Session, network_id: UUID) -> list[Definition]:
    """Load the newest version of each protocol, by key."""
    newest = (
        select(ProcessDefinition.id)
        .where(ProcessDefinition.network_id == network_id)
        .ext(distinct_on(ProcessDefinition.key))
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    )
    return [repository.load(session, definition_id) for definition_id in session.scalars(newest).all()]


def lanes_of(session: Session, definition_id: UUID) -> tuple[Lane, ...]:
    """Give the lanes of a process and of all that it calls, each once, in reading order."""
    found: dict[str, Lane] = {}
    for process in _family(session, definition_id):
        for lane in process.lanes:
            found.setdefault(lane.id, lane)
    return tuple(found.values())


def handed_lanes(session: Session, definition_id: UUID) -> Mapping[str, bool]:
    """Give the lanes that a case only comes to by being handed over, and whether any of that goes by itself.

    Which agency plays one need not be known when the process begins: whoever hands the case over chooses it.
    """
    family = _family(session, definition_id)
    begun = lanes.first(family[0], {process.id: process for process in family})
    automatic: dict[str, bool] = {}
    for node in (node for process in family for node in process.all_nodes.values()):
        if node.handover is not None and node.lane is not None and node.lane not in begun:
            automatic[node.lane] = automatic.get(node.lane, False) or node.handover.automatic
    return automatic


def _family(session: Session, definition_id: UUID) -> list[Process]:
    """Give a process and all that it calls, each once."""
    found: dict[UUID, Process] = {}
    frontier = [repository.load(session, definition_id)]
    while frontier:
        definition = frontier.pop(0)
        if definition.id not in found:
            found[definition.id] = definition.process
            frontier += definition.called.values()
    return list(found.values())


def versions(
    session: Session, actor: Actor, *, after: tuple[str, int] | None = None, limit: int = 500
) -> list[VersionRow]:
    """List the versions of all protocols of the network, newest first within each; `after` a key and version."""
    access.require(actor, access.Action.READ_PROTOCOLS)
    query = (
        select(ProcessDefinition, User.display_name)
        .join(Deployment, Deployment.id == ProcessDefinition.deployment_id)
        .outerjoin(User, User.id == Deployment.deployed_by_id)
        .where(ProcessDefinition.network_id == actor.network_id)
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
        .limit(limit)
    )
    if after is not None:
        key, version = after
        older = and_(ProcessDefinition.key == key, ProcessDefinition.version < version)
        query = query.where(or_(ProcessDefinition.key > key, older))
    return [
        VersionRow(
            row.id,
            row.key,
            row.version,
            row.name,
            row.digest,
            row.deployed_at,
            deployed_by,
            len(row.warnings.get("it", ())),
        )
        for row, deployed_by in session.execute(query).all()
    ]


def version(session: Session, actor: Actor, definition_id: UUID) -> VersionPage:
    """Give one version of the network's protocols. Raises NotFound."""
    access.require(actor, access.Action.READ_PROTOCOLS)
    row = session.get(ProcessDefinition, definition_id)
    if row is None or row.network_id != actor.network_id:
        raise errors.NotFound(definition=definition_id)
    process = repository.load(session, definition_id).process
    return VersionPage(
        definition=row,
        documentation=process.documentation,
        lanes=tuple(
            (lane, tuple(directory.agencies_for(session, actor.network_id, lane.id)))
            for lane in lanes_of(session, definition_id)
        ),
        variables=process.variables,
        starts=_starts(session, definition_id),
        steps=None if process.drawn else _in_words(process),
    )


def _starts(session: Session, definition_id: UUID) -> tuple[Start, ...]:
    nodes = structure.none_starts(repository.load(session, definition_id).process.scope)
    return tuple(
        Start(
            node.id,
            node.name,
            node.form_id,
            repository.form(session, definition_id, node.form_id) if node.form_id else None,
        )
        for node in nodes
    )


def _in_words(process: Process) -> tuple[tuple[str, str, str], ...]:
    lanes = {lane.id: lane.name for lane in process.lanes}
    return tuple((node.name or node.id, node.id, lanes.get(node.lane or "", "")) for node in process.steps)


def version_numbered(session: Session, actor: Actor, key: str, number: int | None = None) -> ProcessDefinition:
    """Give a version of a protocol of the network by its number, the newest unless one is given. Raises NotFound."""
    access.require(actor, access.Action.READ_PROTOCOLS)
    query = select(ProcessDefinition).where(
        ProcessDefinition.network_id == actor.network_id, ProcessDefinition.key == key
    )
    if number is not None:
        query = query.where(ProcessDefinition.version == number)
    found = session.scalars(query.order_by(ProcessDefinition.version.desc()).limit(1)).one_or_none()
    if found is None:
        raise errors.NotFound("version_not_found", key=key)
    return found


def form_source(session: Session, definition_id: UUID, form_id: str) -> bytes:
    """Give a form of a version as its form-js JSON."""
    return session.get_one(DeployedForm, (definition_id, form_id)).source


def form_sources(session: Session, definition_id: UUID) -> dict[str, bytes]:
    """Give the forms of a version as files: form id -> form-js JSON."""
    query = select(DeployedForm.form_id, DeployedForm.source).where(DeployedForm.definition_id == definition_id)
    return {form_id: source for form_id, source in session.execute(query).all()}  # noqa: C416 - rows are no tuples to mypy


def decision_sources(session: Session, definition_id: UUID) -> dict[str, bytes]:
    """Give the files of decision tables of a version, by name."""
    query = select(DeployedDecision.name, DeployedDecision.source).where(
        DeployedDecision.definition_id == definition_id
    )
    return {name: source for name, source in session.execute(query).all()}  # noqa: C416 - rows are no tuples to mypy
