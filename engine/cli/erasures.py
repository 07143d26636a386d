"""Commands for tombstones: what was erased has to be erased again in every copy that is restored."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine import db
from engine.cases import tombstones
from engine.cli import opening, speech

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)


@click.group()
def erasures() -> None:
    """What was erased, and how it stays erased after a restore."""


@erasures.command("check")
@_FILE
def check(file: Path | None) -> None:
    """Say whether something that was erased can be read again; leaves with 1 if it can.

    FILE was kept elsewhere; without it the installation's own file is read.
    """
    with opening.ready() as opened:
        stones = tombstones.read(file or opened.settings.erasures_file)
        with db.transaction(read_only=True) as session:
            again = tombstones.readable_again(session, stones)
    speech.say(
        f"{len(stones)} cancellazioni nel file, {len(again)} di nuovo leggibili",
        f"{len(stones)} erasures in the file, {len(again)} readable again",
    )
    if again:
        sys.exit(1)


@erasures.command("replay")
@_FILE
def replay(file: Path | None) -> None:
    """Erase again what a restore brought back; to be done before anybody works on the restored data.

    FILE was kept elsewhere; without it the installation's own file is read.
    """
    with opening.ready() as opened:
        stones = tombstones.read(file or opened.settings.erasures_file)
        with db.transaction() as session:
            repeated = tombstones.replay(session, stones)
    speech.say(
        f"{len(stones)} cancellazioni nel file, {repeated} ripetute",
        f"{len(stones)} erasures in the file, {repeated} repeated",
    )
