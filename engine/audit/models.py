"""Rows of the audit: entries, which of them wait for the seal, and the seals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, Serial


class AuditEntry(Base):
    """One act or reading. `network_id` is NULL for what concerns no network (a failed log-in).

    `agency_id` is the agency for which the person acts, `on_behalf_of_id` the one whose act she records; `purpose` the
    services for which her agency has a part in the case, `basis` why it has it. `happened_at` is NULL when it is `at`.
    What an entry names is held by no foreign key but the first two: it outlives all of it, and an insert asks nobody.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "network_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "case_id", "id"),
        Index("ix_audit_entry_attempted", "at", postgresql_where=text("action = 'case.attempted'")),
    )

    id: Mapped[Serial]
    network_id: Mapped[UUID | None] = mapped_column(ForeignKey("network.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    happened_at: Mapped[datetime | None]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[UUID | None]
    on_behalf_of_id: Mapped[UUID | None]
    purpose: Mapped[Key | None]
    basis: Mapped[Key | None]
    action: Mapped[Key]
    subject_type: Mapped[Key]
    subject_id: Mapped[Key]
    case_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class AuditUnsealed(Base):
    """An entry that waits for its seal. The database itself writes these rows, so no writer can leave one out.

    Entries commit in another order than that of their ids: a list of what waits misses none, a watermark would.
    """

    __tablename__ = "audit_unsealed"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class AuditSeal(Base):
    """The place of an entry in the chain: its number, from 1 without gaps, and its hash."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
