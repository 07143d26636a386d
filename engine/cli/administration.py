"""Commands that set an installation up and keep its people."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from engine import db, parameters, protocol_files, settings
from engine.cli import opening, passwords, speech
from engine.errors import NotFound
from engine.ladders import versions as ladders
from engine.participants import directory
from engine.participants.models import Agency, Role

_PASSWORD_FILE = click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), help="Read the password from this file."
)
_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="STAFFETTA_DATA_DIR", required=True)
@click.option("--network-key", help="Key of the first network (a-z, 0-9, _).")
@click.option("--network-name", help="Its name.")
@click.option("--agency-name", help="Agency that the administrator works for.")
@click.option("--username", default="amministratore", show_default=True)
@_PASSWORD_FILE
def init(
    data_dir: Path,
    network_key: str | None,
    network_name: str | None,
    agency_name: str | None,
    username: str,
    password_file: Path | None,
) -> None:
    """Make the secrets, bring the database up, create the first network and its administrator.

    Asks for what is not given. Can be repeated: what exists stays as it is.
    """
    for path in settings.create_secrets(data_dir):
        speech.say(f"creato {path}", f"made {path}")
    with opening.installation(data_dir) as opened:
        opened.upgrade()
        with db.transaction() as session:
            db.require_restricted_role(session)
            known = directory.networks(session)
            if known:
                _load_parameters(session)
                names = ", ".join(f"{network.key} ({network.name})" for network in known)
                speech.say(
                    f"il database è aggiornato e ha già una rete, {names}: non è stato creato nulla",
                    f"the database is up to date and has a network already, {names}: nothing was created",
                )
                return
        asked = [
            _asked(network_key, "--network-key", "Chiave della prima rete", "Key of the first network"),
            _asked(network_name, "--network-name", "Nome della rete", "Name of the network"),
            _asked(agency_name, "--agency-name", "Ente di chi amministra", "Agency of the administrator"),
        ]
        password, made_up = passwords.obtain(password_file)
        with db.transaction() as session:
            network = directory.create_network(session, key=asked[0], name=asked[1])
            agency_ = directory.create_agency(session, network.id, name=asked[2], services=[])
            person = directory.create_user(session, username=username, display_name="Amministratore", password=password)
            directory.create_membership(
                session, network_id=network.id, user_id=person.id, agency_id=agency_.id, role=Role.AMMINISTRATORE
            )
            _load_parameters(session)
    speech.say(f"rete {asked[0]} creata", f"network {asked[0]} created")
    if made_up:
        passwords.show(username, password)


@click.command()
def upgrade() -> None:
    """Bring the database to the version of this release; afterwards restart `serve` and `worker`."""
    with opening.installation() as opened:
        opened.upgrade()
        with db.transaction() as session:
            _load_parameters(session)
    speech.say("il database è aggiornato", "the database is up to date")


@click.group()
def user() -> None:
    """The people who log in."""


@user.command("add")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="As others see it.")
@click.option("--agency", "agency_name", required=True)
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice([item.value for item in Role]))
@_NETWORK
@_PASSWORD_FILE
def add_user(
    username: str,
    display_name: str,
    agency_name: str,
    roles: tuple[str, ...],
    network_key: str | None,
    password_file: Path | None,
) -> None:
    """Add a person with a role (or several) in an agency."""
    password, made_up = passwords.obtain(password_file)
    with opening.ready(), db.transaction() as session:
        network = opening.network_of(session, network_key)
        works_for = _agency_named(session, network.id, agency_name)
        person = directory.create_user(session, username=username, display_name=display_name, password=password)
        for role in sorted(set(roles)):
            directory.create_membership(
                session, network_id=network.id, user_id=person.id, agency_id=works_for.id, role=Role(role)
            )
    speech.say(f"{person.username}: account creato", f"{person.username} added")
    if made_up:
        passwords.show(person.username, password)


@user.command("password")
@click.argument("username")
@_PASSWORD_FILE
def set_password(username: str, password_file: Path | None) -> None:
    """Give a person a new password; she is logged out everywhere."""
    password, made_up = passwords.obtain(password_file)
    with opening.ready(), db.transaction() as session:
        directory.set_password(session, directory.user_named(session, username).id, password)
    speech.say(f"{username}: password cambiata", f"{username}: password changed")
    if made_up:
        passwords.show(username, password)


@user.command("disable")
@click.argument("username")
def disable_user(username: str) -> None:
    """Close a person's account; she is logged out everywhere, what she did stays hers."""
    with opening.ready(), db.transaction() as session:
        directory.disable_user(session, directory.user_named(session, username).id)
    speech.say(f"{username}: account chiuso", f"{username} disabled")


def _asked(given: str | None, option: str, italian: str, english: str) -> str:
    """Return what was given, else ask. UsageError where there is nobody to ask."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise click.UsageError(
            speech.either(
                f"non c'è ancora nulla, e non c'è un terminale a cui chiedere: indicare {option}",
                f"nothing is there yet, and there is no terminal to ask at: give {option}",
            )
        )
    return str(click.prompt(speech.either(italian, english)))


def _load_parameters(session: Session) -> None:
    toml, climbing = protocol_files.shipped_parameters(), protocol_files.shipped_ladders()
    for network in directory.networks(session):
        loaded = parameters.load_defaults(session, network.id, toml)
        loaded += ladders.load_defaults(session, network.id, climbing)
        if loaded:
            names = ", ".join(loaded)
            speech.say(
                f"{network.key}: caricati i parametri predefiniti: {names}",
                f"{network.key}: default parameters loaded: {names}",
            )


def _agency_named(session: Session, network_id: UUID, name: str) -> Agency:
    found = [item for item in directory.agencies(session, network_id) if item.name == name]
    if not found:
        raise NotFound("agency_not_found")
    return found[0]
