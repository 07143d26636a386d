"""Commands for tombstones: what was erased has to be erased again in every copy that is restored."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from engine import db
from engine.cases import erasure
from engine.cases.erasure import Tombstone
from engine.cases.erasure_models import Ground
from engine.cli import opening, speech
from engine.errors import ConfigurationError

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def erasures() -> None:
    """What was erased, and how it stays erased after a restore."""


@erasures.command("export")
@_FILE
def export(file: Path) -> None:
    """Write the tombstones into a file, to be kept off this machine: ids and instants, nothing about anybody."""
    with opening.ready(), db.transaction(read_only=True) as session:
        stones = erasure.tombstones(session)
    _write(file, "".join(json.dumps(asdict(one), default=str) + "\n" for one in stones))
    speech.say(f"{len(stones)} cancellazioni scritte in {file}", f"{len(stones)} erasures written to {file}")


@erasures.command("check")
@_FILE
def check(file: Path) -> None:
    """Say whether something that was erased can be read again; leaves with 1 if it can."""
    stones = _read(file)
    with opening.ready(), db.transaction(read_only=True) as session:
        again = erasure.readable_again(session, stones)
    speech.say(
        f"{len(stones)} cancellazioni nel file, {len(again)} di nuovo leggibili",
        f"{len(stones)} erasures in the file, {len(again)} readable again",
    )
    if again:
        sys.exit(1)


@erasures.command("replay")
@_FILE
def replay(file: Path) -> None:
    """Erase again what a restore brought back; to be done before anybody works on the restored data."""
    stones = _read(file)
    with opening.ready(), db.transaction() as session:
        repeated = erasure.replay(session, stones)
    speech.say(
        f"{len(stones)} cancellazioni nel file, {repeated} ripetute",
        f"{len(stones)} erasures in the file, {repeated} repeated",
    )


def _write(file: Path, text: str) -> None:
    """Replace a file whole or not at all: half a file would forget erasures."""
    descriptor, temporary = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(descriptor)
    Path(temporary).replace(file)


def _read(file: Path) -> list[Tombstone]:
    try:
        return [_stone(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            speech.either(f"{file} non è un file di cancellazioni", f"{file} is no file of erasures")
        ) from error


def _stone(line: str) -> Tombstone:
    content = json.loads(line)
    return Tombstone(
        **{name: UUID(content[name]) for name in ("erasure_id", "network_id", "case_id", "controller_id")},
        ground=Ground(content["ground"]),
        at=datetime.fromisoformat(content["at"]),
    )
