"""Commands for the agencies of a network, and for the services that they offer."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import click
from sqlalchemy.orm import Session

from engine import db, protocol_files
from engine.bpmn import parsing
from engine.cli import opening, speech
from engine.definitions import queries
from engine.errors import DuplicateName, InvalidProcess, InvalidValue
from engine.participants import directory
from engine.participants.models import Channel

_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")


@click.group()
def agency() -> None:
    """The agencies of a network."""


@agency.command("add")
@click.argument("name")
@click.option("--service", "services", multiple=True, help="A lane that it plays, e.g. cav; can be repeated.")
@click.option("--new-service", is_flag=True, help="Also services that no protocol and no agency has yet.")
@click.option("--channel", type=click.Choice([item.value for item in Channel]), default=Channel.PORTALE.value)
@click.option("--telephone", default="", help="Of its office: who follows a late step reads it.")
@click.option("--email", default="", help="Of its office.")
@_NETWORK
def add_agency(
    name: str,
    services: tuple[str, ...],
    channel: str,
    telephone: str,
    email: str,
    network_key: str | None,
    *,
    new_service: bool,
) -> None:
    """Add an agency to a network, with the lanes that it plays there."""
    with opening.ready(), db.transaction() as session:
        network = opening.network_of(session, network_key)
        if name.strip().casefold() in {row.name.casefold() for row in directory.agencies(session, network.id)}:
            raise DuplicateName("agency_taken")
        if not new_service:
            _require_known(session, network.id, services)
        contact = directory.Contact(telephone, email)
        directory.create_agency(
            session, network.id, name=name, services=services, channel=Channel(channel), contact=contact
        )
    speech.say(f"ente {name} aggiunto", f"agency {name} added")


@agency.command("list")
@_NETWORK
def list_agencies(network_key: str | None) -> None:
    """Show the agencies of a network: name, services, channel, how the office is reached."""
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        for row, services in directory.agencies_with_services(session, network.id):
            reached = " ".join(part for part in (row.telephone, row.email) if part)
            click.echo("\t".join([row.name, " ".join(services) or "-", row.channel.value, reached or "-"]))


@click.group()
def service() -> None:
    """The services of a network: the lanes of its protocols."""


@service.command("list")
@_NETWORK
def list_services(network_key: str | None) -> None:
    """Show each service, the protocols that need it, and the agencies that offer it."""
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        needed = _needed(session, network.id)
        offered: dict[str, list[str]] = {}
        for row, services in directory.agencies_with_services(session, network.id):
            for one in services:
                offered.setdefault(one, []).append(row.name)
    for one in sorted({*needed, *offered}):
        click.echo("\t".join([one, ", ".join(needed.get(one, ["-"])), ", ".join(offered.get(one, ["-"]))]))


def _require_known(session: Session, network_id: UUID, services: Iterable[str]) -> None:
    """Raise InvalidValue for a service that nothing knows: a slip of the pen would leave its lane to nobody."""
    known = {*_needed(session, network_id), *directory.services(session, network_id)}
    for one in services:
        if directory.valid_key("services", one) not in known:
            raise InvalidValue("services", "unknown_service")


def _needed(session: Session, network_id: UUID) -> dict[str, list[str]]:
    """Return the services that protocols need, by name: of those in force, and those that come with Staffetta."""
    lanes = queries.played(session, network_id)
    sources = protocol_files.read([protocol_files.shipped()]).diagrams
    for name, source in sources.items():
        if not name.endswith(".bpmn"):
            continue
        try:
            process = parsing.read(source, name)
        except InvalidProcess:  # `lint` says what is wrong with it
            continue
        for lane in process.lanes:
            lanes.setdefault(lane.id, set()).add(process.id)
    return {lane: sorted(keys) for lane, keys in lanes.items()}
