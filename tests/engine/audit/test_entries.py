from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import audit, clock
from engine.participants.access import Actor
from engine.participants.models import Network


def test_an_entry_says_who_when_what_and_on_what(session: Session, network: Network) -> None:
    subject = uuid4()
    audit.record(session, Actor.system(network.id), "case.read", "case", subject, definitions=["a"])
    entry = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "case.read")).one()
    assert (entry.network_id, entry.actor_id, entry.at) == (network.id, None, clock.now())
    assert (entry.subject_type, entry.subject_id, entry.details) == ("case", str(subject), {"definitions": ["a"]})


def test_entries_are_numbered_by_the_database(session: Session, network: Network) -> None:
    for _ in range(3):
        audit.record(session, None, "x", "y", 1, network_id=network.id)
    numbers = session.scalars(select(audit.AuditEntry.id).where(audit.AuditEntry.action == "x")).all()
    assert numbers == sorted(set(numbers))
