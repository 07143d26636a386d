"""Commands for the audit: its file, the key that signs it, and the check of both, which needs no installation."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import click

from engine import db
from engine.audit import exporting, heads, sealing, verifying
from engine.audit.verifying import Kind, Report
from engine.cli import opening
from engine.errors import ConfigurationError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_SAID = {
    Kind.ALTERED: "entries {0} to {1} are not what was sealed",
    Kind.MISSING: "entries {0} to {1} are sealed and no longer there",
    Kind.GAP: "entries {0} to {1} are missing",
    Kind.REORDERED: "entries {0} to {1} stand in another place, or twice",
    Kind.UNSEALED: "entries with the ids {0} to {1} have no seal",
    Kind.UNREADABLE: "what stands for entries {0} to {1} cannot be read",
    Kind.CUT_OFF: "the file breaks off before entry {0}",
    Kind.REWRITTEN: "entries {0} to {1}, some or all, are not those that a signed head speaks of",
    Kind.TRUNCATED: "entries {0} to {1} are missing at the end",
    Kind.HEAD_FORGED: "lines {0} to {1} of the heads have no signature by these keys",
    Kind.HEAD_UNREADABLE: "lines {0} to {1} of the heads cannot be read",
}


@click.group()
def audit() -> None:
    """Who did and read what, and the seals on it."""


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write all entries with their seals into FILE, a new one; `staffetta verify-audit` checks it anywhere."""
    with opening.ready() as opened, _new(file) as out:
        sealing.run(sealing.Signer.of(opened.settings), sign_now=True)
        with db.transaction(read_only=True) as session:
            written = exporting.write(session, out)
    click.echo(f"{written.sealed} entries with a seal, {written.unsealed} without, {written.waiting} too new for one")


@audit.command("key")
def key() -> None:
    """Show the public key of this installation; keep it elsewhere, with the heads."""
    with opening.installation() as opened:
        click.echo(heads.public_pem(heads.private_key(opened.settings.audit_key_file)), nl=False)


@click.command("verify-audit")
@click.argument("file", type=_FILE)
@click.option("--heads", "head_files", type=_FILE, multiple=True, help="Signed heads that were kept; several may be.")
@click.option("--key", "key_files", type=_FILE, multiple=True, help="Public key (PEM) that they are signed with.")
def verify_audit(file: Path, head_files: Sequence[Path], key_files: Sequence[Path]) -> None:
    """Check an exported audit FILE; needs no installation. Leaves with 1 when something is wrong, and says where."""
    if bool(head_files) != bool(key_files):
        raise click.UsageError("--heads and --key belong together")
    try:
        keys = heads.public_keys(path.read_bytes() for path in key_files)
    except ValueError as error:
        raise ConfigurationError(f"--key: {error}") from error
    with file.open("rb") as exported:
        report = verifying.verify(exported, _lines(head_files), keys)
    for finding in report.findings:
        click.echo(_SAID[finding.kind].format(finding.first, finding.last), err=True)
    click.echo(_summary(report, with_heads=bool(head_files)))
    if report.found:
        sys.exit(1)


def _new(file: Path) -> IO[bytes]:
    try:
        return file.open("xb")
    except FileExistsError as error:
        raise ConfigurationError(f"{file} is there already: nothing was written") from error


def _lines(files: Sequence[Path]) -> Iterator[bytes]:
    for path in files:
        with path.open("rb") as file:
            yield from file


def _summary(report: Report, *, with_heads: bool) -> str:
    said = f"{report.entries} entries up to number {report.last}, "
    said += f"{report.found} things are wrong" if report.found else "nothing is wrong"
    if with_heads:
        return f"{said}; signed heads speak for entries up to {report.attested}"
    return f"{said}; without --heads nobody can say that it was not written anew as a whole"
