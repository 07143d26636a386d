"""Commands for those who draw protocols."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable
from dataclasses import asdict
from pathlib import Path

import click

from engine import db, errors, protocol_files
from engine.cli import opening, refusals, speech
from engine.definitions import beside, checking, deployment
from engine.errors import InvalidProcess, Problem
from engine.participants.access import Actor

_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_UNCHECKED = ("file", "element", "line", "reason", "way_out")
_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")


@click.command()
@_PATHS
@_NETWORK
def deploy(paths: tuple[Path, ...], network_key: str | None) -> None:
    """Put protocols in force: .bpmn, .dmn and .form files, or folders with them. All of them or none."""
    sources = protocol_files.read(paths)
    with opening.ready(), db.transaction() as session:
        network = opening.network_of(session, network_key)
        for item in deployment.deploy(session, Actor.system(network.id), sources.diagrams, forms_given=sources.forms):
            key, version = item.definition.key, item.definition.version
            state = speech.either("in vigore", "in force") if item.is_new else speech.either("come prima", "unchanged")
            speech.say(f"{key} versione {version}: {state}", f"{key} version {version}: {state}")
            refusals.tell(item.warnings)


@click.command()
@_PATHS
@click.option("--forms", "form_folders", multiple=True, type=_FOLDER, help="A folder with more forms; can be repeated.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    envvar="STAFFETTA_DATA_DIR",
    help="The installation to check against; without one, the files alone are checked.",
)
@_NETWORK
@click.option("--json", "as_json", is_flag=True, help="Print what is found as JSON, for programs.")
def lint(
    paths: tuple[Path, ...],
    form_folders: tuple[Path, ...],
    data_dir: Path | None,
    network_key: str | None,
    *,
    as_json: bool,
) -> None:
    """Say what is wrong with protocols, or may be, as `deploy` would, and change nothing.

    PATHS are .bpmn, .dmn and .form files, or folders with them, checked together. What they name is also looked for
    beside them: forms, tables and called diagrams in the same folder and in processes/*/, processes/parameters.toml,
    forms/catalog. No installation is needed; what only one can tell is listed as not checked.

    Leaves with 0 when there is nothing but warnings, 1 when `deploy` would refuse them, 2 when wrongly called, 3 when
    a file cannot be read or the installation is not in order.
    """
    sources = protocol_files.read(paths)
    files = list(protocol_files.files(paths))
    if data_dir is None:
        around = beside.around(files, form_folders)
        problems = _problems(around, sources)
    else:
        with opening.ready(data_dir), db.transaction(read_only=True) as session:
            actor = Actor.system(opening.network_of(session, network_key).id)
            around = beside.around(files, form_folders, deployment.in_force(session, actor))
            problems = _problems(around, sources)
    is_refused = bool(errors.refusals(problems))
    unchecked = around.unchecked(sources.diagrams)
    if as_json:
        said = {
            "problems": [asdict(one) for one in refusals.spoken(problems)],
            "unchecked": [{name: getattr(one, name) for name in _UNCHECKED} for one in refusals.spoken(unchecked)],
        }
        click.echo(json.dumps(said, indent=2))
    else:
        _tell(problems, unchecked, around.looked_at(), len(sources.diagrams), is_refused=is_refused)
    if is_refused:
        sys.exit(1)


def _problems(around: checking.Around, sources: protocol_files.Sources) -> tuple[Problem, ...]:
    try:
        return checking.warnings(checking.check(around, sources.diagrams, sources.forms))
    except InvalidProcess as refused:
        return refused.problems


def _tell(
    problems: Collection[Problem], unchecked: Iterable[Problem], places: Iterable[Path], count: int, *, is_refused: bool
) -> None:
    refusals.tell(problems)
    for problem in refusals.spoken(unchecked):
        place = f"{problem.place}: " if problem.place else ""
        said = f"{place}{problem.reason} {problem.way_out}"
        speech.say(f"non controllato: {said}", f"not checked: {said}", err=True)
    looked = ", ".join(map(str, places))
    speech.say(f"guardato anche in: {looked}", f"also looked in: {looked}", err=True)
    if not is_refused:
        italian = f"{len(problems)} avvertimenti" if problems else "niente da obiettare"
        english = f"{len(problems)} warnings" if problems else "nothing to object"
        speech.say(f"{count} diagrammi e tabelle: {italian}", f"{count} diagrams and tables: {english}")
