"""Commands for those who draw protocols."""

from __future__ import annotations

from pathlib import Path

import click

from engine import db, protocol_files
from engine.cli import opening
from engine.definitions import deployment
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


@click.command()
@_PATHS
@_NETWORK
def lint(paths: tuple[Path, ...], network_key: str | None) -> None:
    """Say what is wrong with protocols, as `deploy` would, and change nothing."""
    sources = protocol_files.read(paths)
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        deployment.lint(session, Actor.system(network.id), sources.diagrams, forms_given=sources.forms)
    click.echo(f"{len(sources.diagrams)} diagrams and tables: nothing to object")
