"""Carries all cases of a protocol over, and kills itself where the environment says (see dying_worker).

MIGRATE_TO: the id of the version. Prints how many cases went when it comes to its end.
"""

from __future__ import annotations

import os
from uuid import UUID

from engine import blind, crypto, db, settings, sight
from engine.cases import migration
from engine.definitions.models import ProcessDefinition
from engine.participants.access import Actor
from tests.crash import dying_worker

if __name__ == "__main__":
    loaded = settings.load()
    assert loaded.database_url is not None
    crypto.configure(loaded.keys)
    blind.configure(loaded.index_key)
    db.configure(loaded.database_url)
    sight.assume(sight.EVERYTHING)
    target = UUID(os.environ["MIGRATE_TO"])
    with db.transaction() as session:
        actor = Actor.system(session.get_one(ProcessDefinition, target).network_id)
        cases = [one.case_id for one in migration.plan(session, actor, target) if not one.obstacles]
    dying_worker.prepare()
    outcomes = migration.apply(actor, target, cases)
    print(sum(outcome.code is None for outcome in outcomes))  # noqa: T201
