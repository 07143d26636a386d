"""Putting protocols in force: a set of diagrams with everything that they name, frozen as one bundle each.

The bundle of a process is its BPMN file, the forms and decision tables that it names and the versions that it calls.
All of it is in the digest and pinned, so a later deployment changes nothing that runs. The same digest again makes no
new version; a set with a problem anywhere changes nothing at all. Calls may be cyclic within a set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

import forms
from engine import audit, db, dmn, errors, functions, parameters
from engine.bpmn import advice, model, parsing, profile
from engine.calendars.lengths import Clock
from engine.definitions import catalogue, queries, repository, tables
from engine.definitions.models import CalledDefinition, DeployedDecision, DeployedForm, Deployment, ProcessDefinition
from engine.errors import Problem
from engine.participants import access, directory

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Deployed:
    """What became of one process of a set: the version in force, whether it is new, what its designer is warned of."""

    definition: ProcessDefinition
    is_new: bool
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Bundle:
    """One process of the set, while its parts are gathered."""

    file: str
    source: bytes
    process: model.Process
    forms: dict[str, bytes] = field(default_factory=dict)
    decisions: dict[str, dmn.Decision] = field(default_factory=dict)
    latest: ProcessDefinition | None = None
    digest: str = ""
    warnings: tuple[Problem, ...] = ()

    @property
    def calls(self) -> set[str]:
        return {key for node in self.process.all_nodes.values() for key in node.called}

    def own_digest(self) -> bytes:
        return _own_digest(self.source, self.forms, tables.files_of(self.decisions))


def deploy(
    session: Session, actor: Actor, sources: Mapping[str, bytes], *, forms_given: Mapping[str, bytes]
) -> list[Deployed]:
    """Put a set of diagrams in force: `sources` are BPMN and DMN files by name, `forms_given` form-js files by form id.

    A form or decision that is named but not given is that of the process's latest version, else the shipped form.
    Raises InvalidProcess with the problems of all files at once; Forbidden.
    """
    access.require(actor, access.Action.DEPLOY)
    repository.lock(session, actor.network_id)
    bundles = _checked(session, actor, sources, forms_given)
    outer = _called_from_outside(session, actor, bundles)
    for bundle in bundles.values():
        bundle.digest = _digest(session, bundle, bundles, outer)
    return _store(session, actor, bundles, outer)


def lint(
    session: Session, actor: Actor, sources: Mapping[str, bytes], *, forms_given: Mapping[str, bytes]
) -> tuple[Problem, ...]:
    """Check a set as `deploy` would, and change nothing; give the warnings. Raises InvalidProcess, Forbidden."""
    access.require(actor, access.Action.DEPLOY)
    bundles = _checked(session, actor, sources, forms_given)
    return tuple(warning for bundle in bundles.values() for warning in bundle.warnings)


def _checked(
    session: Session, actor: Actor, sources: Mapping[str, bytes], forms_given: Mapping[str, bytes]
) -> dict[str, _Bundle]:
    decisions_given = {name: source for name, source in sources.items() if name.lower().endswith(tables.SUFFIX)}
    bundles, problems = _read({name: source for name, source in sources.items() if name not in decisions_given})
    _gather_forms(session, actor, bundles, forms_given)
    problems += _gather_decisions(session, bundles, decisions_given)
    problems += _check(session, actor, bundles)
    if errors.refusals(problems):
        raise errors.InvalidProcess(tuple(problems))
    for bundle in bundles.values():
        bundle.warnings = tuple(problem for problem in problems if problem.file == bundle.file)
    return bundles


def _read(sources: Mapping[str, bytes]) -> tuple[dict[str, _Bundle], list[Problem]]:
    bundles: dict[str, _Bundle] = {}
    problems: list[Problem] = []
    if not sources:
        problems.append(Problem("", "Non c'è nessun diagramma.", "Scegliere almeno un file .bpmn."))
    for name, source in sources.items():
        try:
            process = parsing.read(source, name)
        except errors.InvalidProcess as refused:
            problems += [replace(problem, file=name) for problem in refused.problems]
            continue
        if process.id in bundles:
            reason = f"Due file contengono il processo «{process.id}»."
            problems.append(Problem(process.id, reason, "Caricarne uno solo.", file=name))
        bundles[process.id] = _Bundle(name, source, process)
    return bundles, problems


def _gather_forms(session: Session, actor: Actor, bundles: Mapping[str, _Bundle], given: Mapping[str, bytes]) -> None:
    shipped = catalogue.shipped()
    for key, bundle in bundles.items():
        bundle.latest = repository.latest(session, actor.network_id, key)
        before = {} if bundle.latest is None else queries.form_sources(session, bundle.latest.id)
        known = {**shipped, **before, **given}
        named = {node.form_id for node in bundle.process.all_nodes.values() if node.form_id}
        bundle.forms = {form_id: known[form_id] for form_id in sorted(named) if form_id in known}


def _gather_decisions(session: Session, bundles: Mapping[str, _Bundle], given: Mapping[str, bytes]) -> list[Problem]:
    set_of_tables = tables.Tables(given)
    for bundle in bundles.values():
        before = {} if bundle.latest is None else queries.decision_sources(session, bundle.latest.id)
        bundle.decisions = set_of_tables.asked(bundle.process, before)
    return set_of_tables.problems()


def _check(session: Session, actor: Actor, bundles: Mapping[str, _Bundle]) -> list[Problem]:
    problems: list[Problem] = []
    called = {bundle.process.id: bundle.process for bundle in bundles.values()}
    for key in {call for bundle in bundles.values() for call in bundle.calls} - set(bundles):
        version = repository.latest(session, actor.network_id, key)
        if version is not None:
            called[key] = repository.load(session, version.id).process
    named = parameters.current(session, actor.network_id)
    switches = frozenset(name for name, row in named.items() if row.switch is not None)
    of_calendars = frozenset(name for name, row in named.items() if row.clock not in {None, Clock.H})
    services = directory.services(session, actor.network_id)
    for bundle in bundles.values():
        keys: dict[str, profile.FormKeys] = {}
        for form_id, source in bundle.forms.items():
            try:
                form = forms.parse(source)
            except forms.FormProblems as refused:
                problems += [
                    Problem(item.where, item.reason, item.way_out, file=f"{form_id}.form") for item in refused.problems
                ]
                form = None
            nothing = profile.FormKeys(frozenset(), frozenset())
            keys[form_id] = profile.FormKeys.of(form) if form is not None else nothing
        inputs = {name: decision.inputs for name, decision in bundle.decisions.items()}
        durations = named.keys() - switches
        around = profile.Surroundings(
            keys, durations, called, services, inputs, switches, of_calendars, functions.known()
        )
        found = profile.check(bundle.process, around) or advice.check(bundle.process, around)
        found = [*bundle.process.warnings, *errors.named(found, bundle.process.names)]
        problems += [replace(problem, file=bundle.file) for problem in found]
    return problems


def _called_from_outside(
    session: Session, actor: Actor, bundles: Mapping[str, _Bundle]
) -> dict[str, ProcessDefinition]:
    """Find the deployed versions that calls of the set lead to where the set itself does not hold them."""
    keys = {call for bundle in bundles.values() for call in bundle.calls} - set(bundles)
    found = {key: repository.latest(session, actor.network_id, key) for key in keys}
    return {key: version for key, version in found.items() if version is not None}


def _digest(
    session: Session, bundle: _Bundle, bundles: Mapping[str, _Bundle], outer: Mapping[str, ProcessDefinition]
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
        own = _own_digest(
            row.bpmn, {item.form_id: item.source for item in own_forms}, {item.name: item.source for item in own_tables}
        )
        contents[row.id] = (row.key, own)
        calls = select(CalledDefinition.called_definition_id).where(CalledDefinition.definition_id == row.id)
        frontier |= set(session.scalars(calls)) - contents.keys()
    return set(contents.values())


def _own_digest(source: bytes, own_forms: Mapping[str, bytes], own_tables: Mapping[str, bytes]) -> bytes:
    digest = sha256(sha256(source).digest())
    for name, content in (*sorted(own_forms.items()), *sorted(own_tables.items())):
        digest.update(name.encode() + b"\0" + sha256(content).digest())
    return digest.digest()


def _store(
    session: Session, actor: Actor, bundles: Mapping[str, _Bundle], outer: Mapping[str, ProcessDefinition]
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


def _new_version(actor: Actor, deployment: Deployment, bundle: _Bundle) -> ProcessDefinition:
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
    session: Session, definition: ProcessDefinition, bundle: _Bundle, versions: Mapping[str, ProcessDefinition]
) -> None:
    for form_id, source in bundle.forms.items():
        session.add(DeployedForm(definition_id=definition.id, form_id=form_id, source=source))
    for name, source in tables.files_of(bundle.decisions).items():
        session.add(DeployedDecision(definition_id=definition.id, name=name, source=source))
    for key in sorted(bundle.calls):
        called: UUID = versions[key].id
        session.add(CalledDefinition(definition_id=definition.id, called_key=key, called_definition_id=called))
