"""One act on a hand-over, as a page does it, killed without a farewell where the environment says; see dying_worker.

python -m tests.crash.dying_command VERB HANDOVER PERSON NETWORK [name=value ...]
"""

from __future__ import annotations

import sys
from uuid import UUID

from engine import blind, crypto, db, settings
from engine.cases import handovers
from engine.participants import directory
from tests.crash import dying_worker


def main(verb: str, handover_id: str, person_id: str, network_id: str, *options: str) -> None:
    """Carry it out."""
    loaded = settings.load()
    db.configure(loaded.database_url)
    crypto.configure(loaded.keys)
    blind.configure(loaded.index_key)
    given: dict[str, str | UUID] = {}
    for option in options:
        name, _, value = option.partition("=")
        given[name] = UUID(value) if name == "to_agency" else value
    with db.transaction() as session:
        actor = directory.actor(session, UUID(person_id), UUID(network_id))
    assert actor is not None
    dying_worker.prepare()
    with db.transaction() as session:
        getattr(handovers, verb)(session, actor, UUID(handover_id), **given)


if __name__ == "__main__":
    main(*sys.argv[1:])
