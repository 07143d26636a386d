"""Commands for those who draw protocols."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from engine import db, protocol_files
from engine.cli import opening, refusals
from engine.definitions import deployment
from engine.errors import InvalidProcess, Problem
from engine.participants.access import Actor

_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
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
            state = "in force" if item.is_new else "unchanged"
            click.echo(f"{item.definition.key} version {item.definition.version}: {state}")
            refusals.tell(item.warnings)


@click.command()
@_PATHS
@_NETWORK
@click.option("--lang", "language", type=click.Choice(["it", "en"]), help="Language, if not the terminal's.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON, for programs.")
def lint(paths: tuple[Path, ...], network_key: str | None, language: str | None, *, as_json: bool) -> None:
    """Say what is wrong with protocols, or may be, as `deploy` would, and change nothing.

    Leaves with 1 when `deploy` would refuse them, with 0 when there is nothing but warnings.
    """
    sources = protocol_files.read(paths)
    problems: tuple[Problem, ...]
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        try:
            problems = deployment.lint(session, Actor.system(network.id), sources.diagrams, forms_given=sources.forms)
        except InvalidProcess as refused:
            problems = refused.problems
    is_refused = any(not problem.warns for problem in problems)
    if as_json:
        click.echo(json.dumps({"problems": [asdict(one) for one in refusals.spoken(problems, language)]}, indent=2))
    else:
        refusals.tell(problems, language)
        if not is_refused:
            verdict = f"{len(problems)} warnings" if problems else "nothing to object"
            click.echo(f"{len(sources.diagrams)} diagrams and tables: {verdict}")
    if is_refused:
        sys.exit(1)
