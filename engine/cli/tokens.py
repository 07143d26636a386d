"""Commands for the tokens of the REST API."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import click

from engine import clock, db
from engine.cli import opening, speech
from engine.participants import directory, tokens
from engine.participants.token_models import ApiToken, TokenScope

_NETWORK = click.option("--network", "network_key", help="Key of the network; needed when there are several.")


@click.group()
def token() -> None:
    """The keys of programs that use the REST API, each in the name of a person."""


@token.command("create")
@click.option("--user", "username", required=True, help="The person for whom it acts.")
@click.option("--name", required=True, help="The program that will hold it.")
@click.option("--scope", "scopes", required=True, multiple=True, type=click.Choice([item.value for item in TokenScope]))
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, tokens.LONGEST_LIFE.days))
@_NETWORK
def create_token(username: str, name: str, scopes: tuple[str, ...], days: int, network_key: str | None) -> None:
    """Make a token and show it, the only time that it can be read."""
    with opening.ready(), db.transaction() as session:
        made, text = tokens.create(
            session,
            user_id=directory.user_named(session, username).id,
            network_id=opening.network_of(session, network_key).id,
            name=name,
            scopes=[TokenScope(scope) for scope in scopes],
            life=timedelta(days=days),
        )
    click.echo(text)
    what, until = f"{made.id}: {' '.join(made.scopes)}", f"{made.expires_at:%Y-%m-%d}"
    speech.say(f"{what} fino al {until}; non si conserva", f"{what} until {until}; it is not stored", err=True)


@token.command("list")
@click.option("--user", "username", help="Of this person only.")
@_NETWORK
def list_tokens(username: str | None, network_key: str | None) -> None:
    """Show the tokens of a network: id, scopes, state, last use, program."""
    with opening.ready(), db.transaction(read_only=True) as session:
        network = opening.network_of(session, network_key)
        user_id = directory.user_named(session, username).id if username is not None else None
        for one in tokens.listing(session, network.id, user_id=user_id):
            used = (
                f"{one.last_used_at:%Y-%m-%d}"
                if one.last_used_at is not None
                else speech.either("mai usato", "never used")
            )
            click.echo("\t".join([str(one.id), " ".join(one.scopes), _state(one), used, one.name]))


@token.command("revoke")
@click.argument("token_id", type=click.UUID)
@_NETWORK
def revoke_token(token_id: UUID, network_key: str | None) -> None:
    """End a token at once."""
    with opening.ready(), db.transaction() as session:
        tokens.revoke(session, opening.network_of(session, network_key).id, token_id)
    speech.say(f"{token_id} revocato", f"{token_id} revoked")


def _state(one: ApiToken) -> str:
    if one.revoked_at is not None:
        return f"{speech.either('revocato', 'revoked')} {one.revoked_at:%Y-%m-%d}"
    expired = one.expires_at <= clock.now()
    word = speech.either("scaduto", "expired") if expired else speech.either("fino al", "until")
    return f"{word} {one.expires_at:%Y-%m-%d}"
