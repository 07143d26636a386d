"""Entries as commands leave them, and a signer of a test's own."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from engine import audit, db, settings
from engine.audit import heads, sealing
from engine.audit.models import AuditSeal
from engine.participants.access import Actor
from engine.participants.models import Network


def signer(folder: Path) -> sealing.Signer:
    key = folder / "audit.key"
    if not key.exists():
        settings.write_private(key, settings.new_key())
    return sealing.Signer(heads.private_key(key), folder / "audit-heads.jsonl")


def network() -> Network:
    with db.transaction() as session:
        row = Network(key="prova", name="Rete di prova")
        session.add(row)
    return row


def note(network: Network, *subjects: int) -> None:
    with db.transaction() as session:
        for subject in subjects:
            audit.record(session, Actor.system(network.id), "case.read", "case", subject, number=subject, text="è così")


def sealed() -> list[tuple[int, int, bytes]]:
    with db.transaction(read_only=True) as session:
        rows = session.scalars(select(AuditSeal).order_by(AuditSeal.number)).all()
        return [(row.number, row.entry_id, row.hash) for row in rows]
