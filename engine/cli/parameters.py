"""Commands for the network's parameters: what they are now, and what they will be."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from engine import db, parameters
from engine.cli import opening, speech
from engine.participants.access import Actor

_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")
_ROME = ZoneInfo("Europe/Rome")


@click.group()
def parameter() -> None:
    """The named durations and switches of a network: versions, each with its date and the body that has decided it."""


@parameter.command("list")
@click.option("--all", "everything", is_flag=True, help="All versions, also those that no longer count or not yet.")
@_NETWORK
def list_parameters(*, everything: bool, network_key: str | None) -> None:
    """Show name, value, version, from when it counts, who has decided it, what it is for."""
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        rows = parameters.versions(session, network.id) if everything else parameters.current(session, network.id)
        for row in rows if isinstance(rows, list) else rows.values():
            value = f"{row.length} {row.clock}" if row.length is not None else _switch(on=bool(row.switch))
            since = f"{row.valid_from.astimezone(_ROME):%Y-%m-%d %H:%M}"
            title = speech.either(row.title_it, row.title_en)
            click.echo("\t".join([row.name, value, f"v{row.version}", since, row.approved_by, title]))


@parameter.command("set")
@click.argument("name")
@click.argument("length")
@click.option("--by", "body", required=True, help="The body that has decided it, with the date of its decision.")
@click.option(
    "--from", "since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Italian time; now if left out."
)
@_NETWORK
def set_parameter(name: str, length: str, body: str, since: datetime | None, network_key: str | None) -> None:
    """Give a duration (PT2H, P3D) a new version. Deadlines that run already keep the length they began with."""
    with opening.ready(), db.transaction() as session:
        network = opening.network_of(session, network_key)
        row = parameters.change(
            session,
            Actor.system(network.id),
            name,
            length=length,
            approved_by=body,
            valid_from=since.replace(tzinfo=_ROME) if since is not None else None,
        )
        when = f"{row.valid_from.astimezone(_ROME):%Y-%m-%d %H:%M}"
        speech.say(
            f"{row.name} versione {row.version}: {row.length} dal {when}",
            f"{row.name} version {row.version}: {row.length} from {when}",
        )


@parameter.command("approve")
@click.argument("name")
@click.option("--by", "body", required=True, help="The body that has decided it, with the date of its decision.")
@click.option("--off", is_flag=True, help="Take the approval back.")
@_NETWORK
def approve(name: str, body: str, *, off: bool, network_key: str | None) -> None:
    """Let a rule count that waits for the network's approval (a parameter that is true or false), from now on."""
    with opening.ready(), db.transaction() as session:
        network = opening.network_of(session, network_key)
        row = parameters.approve(session, Actor.system(network.id), name, value=not off, approved_by=body)
        value = _switch(on=bool(row.switch))
        speech.say(
            f"{row.name} versione {row.version}: {value}, deciso da {row.approved_by}",
            f"{row.name} version {row.version}: {value}, by {row.approved_by}",
        )


def _switch(*, on: bool) -> str:
    return speech.either("sì", "on") if on else speech.either("no", "off")
