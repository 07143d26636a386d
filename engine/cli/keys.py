"""Commands for the key-encryption keys."""

from __future__ import annotations

from datetime import timedelta

import click

from engine import clock, crypto, db
from engine.cases import rotation
from engine.cli import opening, speech
from engine.notifications import contacts, push


@click.group()
def keys() -> None:
    """The key-encryption keys, which wrap the data keys of the cases."""


@keys.command("rewrap")
def rewrap() -> None:
    """Wrap all data keys under the newest key of the keys file, and seal the addresses of people with it.

    Afterwards the older lines are not needed any more. Some at a time, each in its own transaction: it may be stopped
    and repeated, and nobody has to stop working.
    """
    done = 0
    with opening.ready():
        while True:
            with db.transaction() as session:
                some = crypto.rewrap(session) + contacts.seal_anew(session) + push.seal_anew(session)
            if not some:
                break
            done += some
        with db.transaction(read_only=True) as session:
            left = (
                crypto.wrapped_otherwise(session) + contacts.sealed_otherwise(session) + push.sealed_otherwise(session)
            )
    speech.say(
        f"{done} chiavi dei dati chiuse con la chiave nuova, {left} rimaste sotto una più vecchia",
        f"{done} data keys wrapped anew, {left} left under an older key",
    )


@keys.command("rotate")
@click.option("--days", type=click.IntRange(min=1), default=365, show_default=True, help="Age of the keys to follow.")
def rotate(days: int) -> None:
    """Give open cases new data keys where theirs are older; what was sealed stays readable.

    Some at a time, each in its own transaction: it may be stopped and repeated, and nobody has to stop working.
    """
    done = 0
    with opening.ready():
        while True:
            with db.transaction() as session:
                some = rotation.rotate(session, clock.now() - timedelta(days=days))
            if not some:
                break
            done += some
    speech.say(f"{done} nuove chiavi dei dati", f"{done} new data keys")
