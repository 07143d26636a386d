"""Commands for the ladders of late steps, and for who is on call."""

from __future__ import annotations

from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

import click

from engine import db
from engine.cases import starting
from engine.cli import opening, speech
from engine.ladders import versions
from engine.ladders.steps import EscalationClass
from engine.participants.access import Actor
from engine.roster import week

_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")
_ROME = ZoneInfo("Europe/Rome")


@click.group()
def ladder() -> None:
    """When a late step climbs, and to whom: one ladder for each class, E0 to E3, with its versions."""


@ladder.command("list")
@click.option("--all", "everything", is_flag=True, help="All versions, also those that no longer count.")
@_NETWORK
def list_ladders(*, everything: bool, network_key: str | None) -> None:
    """Show the ladders in TOML, each with its version, from when it counts and who has decided it."""
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        shown = set()
        for row in versions.versions(session, network.id):
            if everything or row.escalation_class not in shown:
                since = f"{row.valid_from.astimezone(_ROME):%Y-%m-%d %H:%M}"
                click.echo(
                    f"# {row.escalation_class} v{row.version}\t{since}\t{row.approved_by}\n{versions.written(row)}"
                )
            shown.add(row.escalation_class)


@ladder.command("set")
@click.argument("name", type=click.Choice([each.value for each in EscalationClass]))
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--by", "body", required=True, help="The body that has decided it, with the date of its decision.")
@click.option("--reason", required=True, help="Why.")
@_NETWORK
def set_ladder(name: str, file: TextIO, body: str, reason: str, network_key: str | None) -> None:
    """Give a class a new ladder from a TOML file (- is the input). Deadlines that run keep the one they began with."""
    with opening.ready(), db.transaction() as session:
        network = opening.network_of(session, network_key)
        row = versions.change(
            session,
            Actor.system(network.id),
            EscalationClass(name),
            file.read(),
            approved_by=body,
            reason=reason,
            startable=starting.startable(session, network.id),
        )
        speech.say(f"{name} versione {row.version}", f"{name} version {row.version}")


@click.command("on-call")
@click.option("--at", "when", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="Italian time; now if left out.")
@_NETWORK
def on_call(when: datetime | None, network_key: str | None) -> None:
    """Show who is to be called for each service, in order: service, area, name, number. A gap is said."""
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        at = when.replace(tzinfo=_ROME) if when is not None else None
        for one in week.now(session, Actor.system(network.id), at=at):
            gap = [speech.either("SCOPERTO", "GAP")] if one.found.gap else []
            for duty in one.found.positions:
                place = one.roster.area or "-"
                click.echo("\t".join([one.roster.service, place, duty.name, duty.telephone or "-", *gap]))
