"""One command as a page carries it out, or a round of the sealer, killed without a farewell where the environment says.

python -m tests.crash.dying_command MODULE.VERB PERSON NETWORK [value ...] [name=value ...]
python -m tests.crash.dying_command seal

How it dies: see dying_worker.
"""

from __future__ import annotations

import sys
from importlib import import_module
from uuid import UUID

from engine import blind, crypto, db, settings, sight
from engine.audit import sealing
from engine.participants import directory, sights
from tests.crash import dying_worker

BATCH = 4
"""Entries that are sealed in one transaction, so that there are several to be killed between."""


def main(verb: str, *arguments: str) -> None:
    """Carry it out."""
    loaded = settings.load()
    db.configure(loaded.database_url)
    crypto.configure(loaded.keys)
    blind.configure(loaded.index_key)
    if verb == "seal":
        sight.assume(sight.EVERYTHING)
        signer, sealing._WAITING = sealing.Signer.of(loaded), sealing._WAITING.limit(BATCH)
        dying_worker.prepare()
        sealing.run(signer, sign_now=True)
    else:
        _act(verb, *arguments)


def _act(verb: str, person_id: str, network_id: str, *arguments: str) -> None:
    with db.transaction() as session:
        actor = directory.actor(session, UUID(person_id), UUID(network_id))
    assert actor is not None
    sight.assume(sights.of(actor))
    places = [_value(one) for one in arguments if "=" not in one]
    named = {name: _value(value) for name, _, value in (one.partition("=") for one in arguments if "=" in one)}
    module, _, name = verb.partition(".")
    act = getattr(import_module(f"engine.cases.{module}"), name)
    dying_worker.prepare()
    with db.transaction() as session:
        act(session, actor, *places, **named)


def _value(text: str) -> str | UUID:
    try:
        return UUID(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main(*sys.argv[1:])
