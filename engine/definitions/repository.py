"""Deployed versions: finding them, and loading them ready to run. Loaded ones are cached by their id for good."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, select

import forms
from engine import db, dmn, errors
from engine.bpmn import building, parsing, rules
from engine.calendars.functions import OF_EVERYBODY
from engine.definitions.models import CalledDefinition, DeployedDecision, DeployedForm, ProcessDefinition

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.bpmn.building import Definition

# A version never changes, so its id is the whole key and nothing has to be invalidated.
_definitions: dict[UUID, Definition] = {}
_forms: dict[tuple[UUID, str], forms.Form] = {}
_building = Lock()

_LATEST_ID = (
    select(ProcessDefinition.id)
    .where(ProcessDefinition.network_id == bindparam("network"), ProcessDefinition.key == bindparam("key"))
    .order_by(ProcessDefinition.version.desc())
    .limit(1)
)


def lock(session: Session, network_id: UUID) -> None:
    """Let one deployment at a time happen in a network: version numbers follow one another."""
    db.exclusive(session, f"deploy:{network_id}")


def latest(session: Session, network_id: UUID, key: str) -> ProcessDefinition | None:
    """Find the newest version of a process in a network."""
    query = (
        select(ProcessDefinition)
        .where(ProcessDefinition.network_id == network_id, ProcessDefinition.key == key)
        .order_by(ProcessDefinition.version.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def latest_id(session: Session, network_id: UUID, key: str) -> UUID | None:
    """Find the id of the newest version of a process in a network, and spare reading its diagram."""
    return session.scalar(_LATEST_ID, {"network": network_id, "key": key})


def load(session: Session, definition_id: UUID) -> Definition:
    """Give a version ready to run, with the versions that it calls."""
    cached = _definitions.get(definition_id)
    if cached is not None:
        return cached
    fresh: dict[UUID, Definition] = {}
    _build(session, definition_id, fresh)
    with _building:
        # Only whole families are published: a half-built one would miss what it calls.
        for key, definition in fresh.items():
            _definitions.setdefault(key, definition)
    return _definitions[definition_id]


def form(session: Session, definition_id: UUID, form_id: str) -> forms.Form:
    """Give a form as it was when the process that names it was deployed. Raises NotFound."""
    cached = _forms.get((definition_id, form_id))
    if cached is None:
        row = session.get(DeployedForm, (definition_id, form_id))
        if row is None:
            raise errors.NotFound(form=form_id, definition=definition_id)
        cached = _forms.setdefault((definition_id, form_id), forms.parse(row.source, functions=OF_EVERYBODY))
    return cached


def _build(session: Session, definition_id: UUID, fresh: dict[UUID, Definition]) -> Definition:
    if definition_id in fresh:
        return fresh[definition_id]
    row = session.get_one(ProcessDefinition, definition_id)
    process = parsing.read(row.bpmn, f"{row.key}.bpmn")
    definition = building.build(process, definition_id, decisions=_rules(session, definition_id, process))
    fresh[definition_id] = definition
    calls = select(CalledDefinition.called_key, CalledDefinition.called_definition_id).where(
        CalledDefinition.definition_id == definition_id
    )
    for key, called_id in session.execute(calls).all():
        definition.called[key] = _definitions.get(called_id) or _build(session, called_id, fresh)
    return definition


def _rules(session: Session, definition_id: UUID, process: model.Process) -> dict[str, rules.Rule]:
    """Give the decisions that a version asks, compiled from the files that were frozen with it."""
    asked = {node.decision for node in process.all_nodes.values() if node.decision}
    if not asked:
        return {}
    query = select(DeployedDecision).where(DeployedDecision.definition_id == definition_id)
    library = dmn.Library.of({row.name: row.source for row in session.scalars(query).all()}, OF_EVERYBODY)
    found = {name: library.find(name) for name in asked}
    return {name: rules.Rule(decision) for name, decision in found.items() if decision is not None}
