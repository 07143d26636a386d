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
from engine.cli import opening, refusals, speech
from engine.definitions import queries
from engine.errors import Problem
from engine.participants.access import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

PAGE = 100
"""Cases that are planned in one transaction; what is said of them is said before the next are looked at."""

_KEY = click.argument("key")
_TO = click.option("--to", "version", type=int, help="Version to go to; the newest unless given.")
_MAP = click.option(
    "--map", "named", multiple=True, metavar="OLD=NEW", help="Element NEW stands for OLD now; OLD= lets it fall away."
)
_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")

_FATES = {
    Fate.KEPT: ("resta", "goes on"),
    Fate.OTHER_FORM: ("resta, con un altro modulo", "goes on, with another form"),
    Fate.FALLS_AWAY: ("cade", "falls away"),
    Fate.BEGINS: ("comincia", "begins"),
    Fate.DUE_AT_ONCE: ("scatta subito", "is due at once"),
}
_THINGS = {
    Thing.TASK: ("passo", "task"),
    Thing.DRAFT: ("bozza", "draft"),
    Thing.CLOCK: ("orologio", "clock"),
    Thing.TIMER: ("tempo", "timer"),
    Thing.MESSAGE: ("messaggio", "message"),
    Thing.SIGNAL: ("segnale", "signal"),
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
    names = _names(named)
    able = seen = 0
    with opening.ready():
        actor, target_id, number = _target(network_key, key, version)
        for page in _pages(actor, target_id, names):
            for one in page:
                _tell(one, number)
            able += sum(not one.obstacles for one in page)
            seen += len(page)
    speech.say(
        f"{able} di {seen} casi possono passare alla versione {number}",
        f"{able} of {seen} cases can go to version {number}",
    )


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
        either = speech.either("indicare --case (una o più volte), o --all", "give --case (once or more), or --all")
        raise click.UsageError(either)
    names = _names(named)
    gone, unknown, stayed = 0, set(codes), 0
    with opening.ready():
        actor, target_id, number = _target(network_key, key, version)
        for page in _pages(actor, target_id, names, codes or None):
            unknown -= {one.case_code for one in page}
            chosen = {one.case_id: one.case_code for one in page if codes or not one.obstacles}
            for outcome in migration.apply(actor, target_id, chosen, names):
                if outcome.code is not None:
                    _tell_stays(chosen[outcome.case_id], outcome.code, outcome.obstacles)
                stayed += outcome.code is not None
                gone += outcome.code is None
    for code in sorted(unknown):
        none = speech.either(f"nessun caso di {key} su un'altra versione", f"no case of {key} on another version")
        click.echo(f"{code}: {none}", err=True)
    asked = gone + stayed + len(unknown)
    speech.say(
        f"{gone} di {asked} casi passati alla versione {number}", f"{gone} of {asked} cases gone to version {number}"
    )
    if stayed or unknown:
        sys.exit(1)


def _target(network_key: str | None, key: str, version: int | None) -> tuple[Actor, UUID, int]:
    with db.transaction() as session:
        actor = Actor.system(opening.network_of(session, network_key).id)
        target = queries.version_numbered(session, actor, key, version)
        return actor, target.id, target.version


def _pages(
    actor: Actor, target_id: UUID, names: Mapping[str, str], codes: Iterable[str] | None = None
) -> Iterator[list[CasePlan]]:
    """Give the plan page by page, each read when the one before has been dealt with, and say how far it is."""
    wanted = list(codes) if codes is not None else None
    position, seen = "", 0
    with db.transaction() as session:
        count = migration.count(session, actor, target_id)
    while True:
        with db.transaction() as session:
            page = migration.plan(session, actor, target_id, names, after=position, limit=PAGE, codes=wanted)
        if page:
            yield page
            position, seen = page[-1].position, seen + len(page)
        if len(page) < PAGE:
            return
        speech.say(f"guardati {seen} casi di {count}", f"{seen} of {count} cases looked at", err=True)


def _names(named: Iterable[str]) -> dict[str, str]:
    found = {}
    for one in named:
        old, mark, new = one.partition("=")
        if not old.strip() or not mark:
            message = speech.either(f"{one!r} non è PRIMA=DOPO", f"{one!r} is not OLD=NEW")
            raise click.BadParameter(message, param_hint="--map")
        found[old.strip()] = new.strip()
    return found


def _tell(one: CasePlan, version: int) -> None:
    versions = ", ".join(map(str, one.versions))
    if one.obstacles:
        speech.say(f"{one.case_code}  resta alla versione {versions}", f"{one.case_code}  stays on version {versions}")
        _tell_problems(obstacles.problem(found) for found in one.obstacles)
        return
    word = speech.either("versione", "version")
    click.echo(f"{one.case_code}  {word} {versions} -> {version}")
    for line in one.lines:
        due = f", {speech.either('scade', 'due')} {line.due_at.isoformat()}" if line.due_at else ""
        click.echo(f"  {_thing(line)}: {speech.either(*_FATES[line.fate])}{due}")


def _thing(line: Line) -> str:
    what = speech.either(*_THINGS[line.thing])
    if line.clock is not None:
        what = speech.either(f"{what} {line.clock.value}", f"{line.clock.value} {what}")
    return f"{what} {line.element}"


def _tell_stays(case_code: str, code: str, found: Iterable[Obstacle]) -> None:
    click.echo(f"{case_code}: {speech.either('non è passato', 'not gone')} ({code})", err=True)
    _tell_problems(obstacles.problem(one) for one in found)


def _tell_problems(problems: Iterable[Problem]) -> None:
    for problem in refusals.spoken(problems):
        click.echo(f"  {problem.place}: {problem.reason} {problem.way_out}", err=True)
