"""Carrying running cases over to another version of their protocol, at the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from engine import db
from engine.bpmn import obstacles
from engine.bpmn.migration import Obstacle
from engine.cases import migration
from engine.cases.migration_plan import CasePlan, Fate, Line, Thing
from engine.cli import opening, refusals
from engine.definitions import queries
from engine.errors import Problem
from engine.participants.access import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY = click.argument("key")
_TO = click.option("--to", "version", type=int, help="Version to go to; the newest unless given.")
_MAP = click.option(
    "--map", "named", multiple=True, metavar="OLD=NEW", help="Element NEW stands for OLD now; OLD= lets it fall away."
)
_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")

_FATES = {
    Fate.KEPT: "goes on",
    Fate.OTHER_FORM: "goes on, with another form",
    Fate.FALLS_AWAY: "falls away",
    Fate.BEGINS: "begins",
    Fate.DUE_AT_ONCE: "is due at once",
}


@click.group()
def migrate() -> None:
    """Running cases that go over to another version of their protocol."""


@migrate.command()
@_KEY
@_TO
@_MAP
@_NETWORK
def plan(key: str, version: int | None, named: tuple[str, ...], network_key: str | None) -> None:
    """Say what would become of each running case of protocol KEY, and change nothing."""
    with opening.ready(), db.transaction(read_only=True) as session:
        actor = Actor.system(opening.network_of(session, network_key).id)
        target = queries.version_numbered(session, actor, key, version)
        found = migration.plan(session, actor, target.id, _names(named))
        for one in found:
            _tell(one, target.version)
    able = sum(not one.obstacles for one in found)
    click.echo(f"{able} of {len(found)} cases can go to version {target.version}")


@migrate.command()
@_KEY
@_TO
@_MAP
@_NETWORK
@click.option("--case", "codes", multiple=True, metavar="CODE", help="Only this case; may be given several times.")
@click.option("--all", "everything", is_flag=True, help="Every case that can go.")
def apply(
    key: str,
    version: int | None,
    named: tuple[str, ...],
    network_key: str | None,
    codes: tuple[str, ...],
    *,
    everything: bool,
) -> None:
    """Carry cases of protocol KEY over, one by one; interrupted, it goes on where it stopped when it is run again.

    Leaves with 1 when a case that was to go could not.
    """
    if bool(codes) == everything:
        raise click.UsageError("give --case (once or several times), or --all")
    names = _names(named)
    with opening.ready():
        with db.transaction(read_only=True) as session:
            actor = Actor.system(opening.network_of(session, network_key).id)
            target = queries.version_numbered(session, actor, key, version)
            found = {one.case_id: one for one in migration.plan(session, actor, target.id, names)}
        unknown = set(codes) - {one.case_code for one in found.values()}
        chosen = [one for one in found.values() if one.case_code in codes or (everything and not one.obstacles)]
        outcomes = migration.apply(actor, target.id, [one.case_id for one in chosen], names)
    stayed = [outcome for outcome in outcomes if outcome.code is not None]
    for outcome in stayed:
        _tell_stays(found[outcome.case_id].case_code, outcome.code or "", outcome.obstacles)
    for code in sorted(unknown):
        click.echo(f"{code}: no case of {key} on another version", err=True)
    click.echo(f"{len(outcomes) - len(stayed)} of {len(chosen) + len(unknown)} cases gone to version {target.version}")
    if stayed or unknown:
        sys.exit(1)


def _names(named: Iterable[str]) -> dict[str, str]:
    found = {}
    for one in named:
        old, mark, new = one.partition("=")
        if not old.strip() or not mark:
            raise click.BadParameter(f"{one!r} is not OLD=NEW", param_hint="--map")
        found[old.strip()] = new.strip()
    return found


def _tell(one: CasePlan, version: int) -> None:
    versions = ", ".join(map(str, one.versions))
    if one.obstacles:
        click.echo(f"{one.case_code}  stays on version {versions}")
        _tell_problems(obstacles.problem(found) for found in one.obstacles)
        return
    click.echo(f"{one.case_code}  version {versions} -> {version}")
    for line in one.lines:
        click.echo(f"  {_thing(line)}: {_FATES[line.fate]}{f', due {line.due_at.isoformat()}' if line.due_at else ''}")


def _thing(line: Line) -> str:
    what = f"{line.clock.value} clock" if line.thing is Thing.CLOCK and line.clock else line.thing.value
    return f"{what} {line.element}"


def _tell_stays(case_code: str, code: str, found: Iterable[Obstacle]) -> None:
    click.echo(f"{case_code}: not gone ({code})", err=True)
    _tell_problems(obstacles.problem(one) for one in found)


def _tell_problems(problems: Iterable[Problem]) -> None:
    for problem in refusals.spoken(problems):
        click.echo(f"  {problem.place}: {problem.reason} {problem.way_out}", err=True)
