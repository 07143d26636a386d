"""Putting protocols in force: a set of diagrams with everything that they name, frozen as one bundle each.

The bundle of a process is its BPMN file, the forms and decision tables that it names and the versions that it calls.
All of it is in the digest and pinned, so a later deployment changes nothing that runs. The same digest again makes no
new version; a set with a problem anywhere changes nothing at all. Calls may be cyclic within a set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import audit, db, parameters
from engine.definitions import checking, queries, repository, schedules, tables
from engine.definitions.checking import Bundle
from engine.definitions.models import CalledDefinition, DeployedDecision, DeployedForm, Deployment, ProcessDefinition
from engine.errors import Problem
from engine.participants import access, directory

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Deployed:
    """What became of one process of a set: the version in force, whether it is new, what its designer is warned of."""

    definition: ProcessDefinition
    is_new: bool
    warnings: tuple[Problem, ...] = ()


def deploy(
    session: Session, actor: Actor, sources: Mapping[str, bytes], *, forms_given: Mapping[str, bytes]
) -> list[Deployed]:
    """Put a set of diagrams in force: `sources` are BPMN and DMN files by name, `forms_given` form-js files by form id.

    A form or decision that is named but not given is that of the process's latest version, else the shipped form.
    Raises InvalidProcess with the problems of all files at once; Forbidden.
    """
    around = in_force(session, actor)
    repository.lock(session, actor.network_id)
    bundles = checking.check(around, sources, forms_given)
    schedules.require_computable(session, actor.network_id, bundles)
    outer = _called_from_outside(session, actor, bundles)
    for bundle in bundles.values():
        bundle.latest = repository.latest(session, actor.network_id, bundle.process.id)
        bundle.digest = _digest(session, bundle, bundles, outer)
    return _store(session, actor, bundles, outer)


def lint(
    session: Session, actor: Actor, sources: Mapping[str, bytes], *, forms_given: Mapping[str, bytes]
) -> tuple[Problem, ...]:
    """Check a set as `deploy` would, and change nothing; give the warnings. Raises InvalidProcess, Forbidden."""
    bundles = checking.check(in_force(session, actor), sources, forms_given)
    schedules.require_computable(session, actor.network_id, bundles)
    return checking.warnings(bundles)


def in_force(session: Session, actor: Actor) -> checking.Around:
    """Give what a set is checked against: all that is in force in the actor's network. Raises Forbidden."""
    access.require(actor, access.Action.DEPLOY)
    return _InForce(session, actor.network_id)


@dataclass(frozen=True, slots=True)
class _InForce:
    """What a set may name without bringing it along: what is in force in the network, see `checking.Around`."""

    session: Session
    network_id: UUID

    attached = True

    def forms(self, key: str) -> dict[str, bytes]:
        latest = repository.latest(self.session, self.network_id, key)
        return {} if latest is None else queries.form_sources(self.session, latest.id)

    def tables(self, key: str) -> dict[str, bytes]:
        latest = repository.latest(self.session, self.network_id, key)
        return {} if latest is None else queries.decision_sources(self.session, latest.id)

    def process(self, key: str) -> model.Process | None:
        latest = repository.latest(self.session, self.network_id, key)
        return None if latest is None else repository.load(self.session, latest.id).process

    def parameters(self) -> parameters.Names:
        return parameters.Names.of(parameters.current(self.session, self.network_id))

    def services(self) -> set[str]:
        return set(directory.services(self.session, self.network_id))


def _called_from_outside(session: Session, actor: Actor, bundles: Mapping[str, Bundle]) -> dict[str, ProcessDefinition]:
    """Find the deployed versions that calls of the set lead to where the set itself does not hold them."""
    keys = {call for bundle in bundles.values() for call in bundle.calls} - set(bundles)
    found = {key: repository.latest(session, actor.network_id, key) for key in keys}
    return {key: version for key, version in found.items() if version is not None}


def _digest(
    session: Session, bundle: Bundle, bundles: Mapping[str, Bundle], outer: Mapping[str, ProcessDefinition]
) -> str:
    """Digest all that running this process can reach, in the set or deployed before.

    Content is digested, not versions: cycles are no trouble, and a diagram is the same with what it calls or without.
    """
    contents: set[tuple[str, bytes]] = set()
    reached: set[str] = set()
    frontier = {bundle.process.id}
    while frontier:
        key = frontier.pop()
        reached.add(key)
        if key in bundles:
            contents.add((key, bundles[key].own_digest()))
            frontier |= bundles[key].calls - reached
        else:
            contents |= _deployed_contents(session, outer[key].id)
    digest = sha256(bundle.own_digest())
    for key, content in sorted(contents):
        digest.update(key.encode() + b"\0" + content)
    return digest.hexdigest()


def _deployed_contents(session: Session, definition_id: UUID) -> set[tuple[str, bytes]]:
    """Digest a deployed version, and those that it is pinned to, as they were digested in their own set."""
    contents: dict[UUID, tuple[str, bytes]] = {}
    frontier = {definition_id}
    while frontier:
        row = session.get_one(ProcessDefinition, frontier.pop())
        own_forms = session.scalars(select(DeployedForm).where(DeployedForm.definition_id == row.id))
        own_tables = session.scalars(select(DeployedDecision).where(DeployedDecision.definition_id == row.id))
        own = checking.own_digest(
            row.bpmn, {item.form_id: item.source for item in own_forms}, {item.name: item.source for item in own_tables}
        )
        contents[row.id] = (row.key, own)
        calls = select(CalledDefinition.called_definition_id).where(CalledDefinition.definition_id == row.id)
        frontier |= set(session.scalars(calls)) - contents.keys()
    return set(contents.values())


def _store(
    session: Session, actor: Actor, bundles: Mapping[str, Bundle], outer: Mapping[str, ProcessDefinition]
) -> list[Deployed]:
    in_force: dict[str, Deployed] = {}
    deployment = Deployment(id=db.new_id(), network_id=actor.network_id, deployed_by_id=actor.user_id)
    for key, bundle in bundles.items():
        if bundle.latest is not None and bundle.latest.digest == bundle.digest:
            in_force[key] = Deployed(bundle.latest, is_new=False, warnings=bundle.warnings)
        else:
            new = _new_version(actor, deployment, bundle)
            in_force[key] = Deployed(new, is_new=True, warnings=bundle.warnings)
    new_ones = [deployed.definition for deployed in in_force.values() if deployed.is_new]
    if new_ones:
        session.add(deployment)
        session.flush()
        session.add_all(new_ones)
        session.flush()
        versions = {**outer, **{key: deployed.definition for key, deployed in in_force.items()}}
        for definition in new_ones:
            _pin(session, definition, bundles[definition.key], versions)
            schedules.put(session, definition, bundles[definition.key].process)
        session.flush()
        for definition in new_ones:
            audit.record(
                session,
                actor,
                "definition.deployed",
                "process_definition",
                definition.id,
                key=definition.key,
                version=definition.version,
                digest=definition.digest,
            )
    return list(in_force.values())


def _new_version(actor: Actor, deployment: Deployment, bundle: Bundle) -> ProcessDefinition:
    return ProcessDefinition(
        id=db.new_id(),
        network_id=actor.network_id,
        deployment_id=deployment.id,
        key=bundle.process.id,
        version=1 if bundle.latest is None else bundle.latest.version + 1,
        name=bundle.process.name,
        digest=bundle.digest,
        bpmn=bundle.source,
        warnings={language: _kept(bundle.warnings, language) for language in ("it", "en")},
    )


def _kept(warnings: tuple[Problem, ...], language: str) -> list[dict[str, object]]:
    """Give warnings as a version keeps them: in the words in which they were said when it was deployed."""
    return [asdict(warning.in_language(language)) for warning in warnings]


def _pin(
    session: Session, definition: ProcessDefinition, bundle: Bundle, versions: Mapping[str, ProcessDefinition]
) -> None:
    for form_id, source in bundle.forms.items():
        session.add(DeployedForm(definition_id=definition.id, form_id=form_id, source=source))
    for name, source in tables.files_of(bundle.decisions).items():
        session.add(DeployedDecision(definition_id=definition.id, name=name, source=source))
    for key in sorted(bundle.calls):
        called: UUID = versions[key].id
        session.add(CalledDefinition(definition_id=definition.id, called_key=key, called_definition_id=called))
