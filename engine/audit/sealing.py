"""The sealer: numbers and chains what has been recorded, afterwards, so that no command waits for another.

Entries commit in another order than that of their ids. What waits stands in rows that the database wrote with the
entries (`AuditUnsealed`): whatever commits late is found late, and nothing is passed over. One sealer works at a time,
on whatever machine; the lock ends with its transaction, so a killed one leaves what it did whole or undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from engine import clock, db
from engine.audit import chain, heads
from engine.audit.models import AuditEntry, AuditSeal, AuditUnsealed

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

    from engine.settings import Settings

BATCH = 1000
"""Entries that are sealed in one transaction: some 30 ms."""

SIGN_EVERY = timedelta(minutes=1)
"""How long what is sealed may wait for a signed head."""

LATE_AFTER = timedelta(seconds=60)
"""An entry that waits longer for its seal means that no sealer works."""

_LOCK = func.pg_try_advisory_xact_lock(func.hashtextextended("audit sealer", 0))
_ENTRIES = select(*(getattr(AuditEntry, name) for name in chain.COLUMNS))
_WAITING = _ENTRIES.join(AuditUnsealed, AuditUnsealed.entry_id == AuditEntry.id).order_by(AuditEntry.id).limit(BATCH)
_TIP = select(AuditSeal.number, AuditSeal.hash).order_by(AuditSeal.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Signer:
    """What heads are signed with, and the file in which they stand."""

    key: Ed25519PrivateKey
    path: Path

    @classmethod
    def of(cls, settings: Settings) -> Signer:
        """Read the key that the settings name."""
        return cls(heads.private_key(settings.audit_key_file), settings.audit_heads_file)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the seals are behind: how many entries wait, since when the oldest does, and whether that is too long."""

    waiting: int
    since: datetime | None
    late: bool


def run(signer: Signer, *, sign_now: bool = False) -> int:
    """Seal all that waits, and sign how far it has come when that is due, or `sign_now`; give how many were sealed."""
    sealed = 0
    while True:
        with db.transaction() as session:
            some = _some(session, signer, sign_now=sign_now)
        if not some:
            return sealed
        sealed += some


def lag(session: Session) -> Lag:
    """Say how far the seals are behind."""
    waiting = session.scalar(select(func.count()).select_from(AuditUnsealed)) or 0
    since = session.scalar(select(func.min(AuditUnsealed.at)))
    return Lag(waiting, since, late=since is not None and clock.now() - since > LATE_AFTER)


def _some(session: Session, signer: Signer, *, sign_now: bool) -> int:
    """Seal a batch behind the tip, after signing that; nothing where another sealer is at work."""
    if session.scalar(select(_LOCK)) is not True:
        return 0
    tip = session.execute(_TIP).one_or_none()
    number, previous = (tip.number, tip.hash) if tip is not None else (0, chain.START)
    entries = session.execute(_WAITING).all()
    if number:
        # What stands in the database now is committed: a head never says more than that.
        _sign(signer, number, previous, now=sign_now and not entries)
    seals: list[dict[str, Any]] = []
    for place, entry in enumerate(entries, number + 1):
        previous = chain.following(previous, chain.canonical(entry))
        seals.append({"number": place, "entry_id": entry.id, "hash": previous})
    if seals:
        session.execute(insert(db.table(AuditSeal)), seals)
        session.execute(delete(AuditUnsealed).where(AuditUnsealed.entry_id.in_([seal["entry_id"] for seal in seals])))
    return len(seals)


def _sign(signer: Signer, number: int, hash_: bytes, *, now: bool) -> None:
    last = heads.last(signer.path)
    if last is None or (last.number < number and (now or clock.now() - _at(last) >= SIGN_EVERY)):
        heads.sign(signer.path, signer.key, number, hash_, clock.now())


def _at(head: heads.Head) -> datetime:
    return datetime.fromisoformat(head.at)
