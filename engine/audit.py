"""Who did or read what: entries are only ever inserted, and hold ids and codes only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import clock
from engine.db import Base, Key, Serial


class AuditEntry(Base):
    """One act or reading. `network_id` is NULL for what concerns no network (a failed log-in)."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "network_id", "at"), Index(None, "subject_type", "subject_id"))

    id: Mapped[Serial]
    network_id: Mapped[UUID | None] = mapped_column(ForeignKey("network.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    action: Mapped[Key]
    subject_type: Mapped[Key]
    subject_id: Mapped[Key]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Who(Protocol):
    """Whoever acts, and in which network; nobody in particular when `user_id` is None."""

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def network_id(self) -> UUID: ...


def record(
    session: Session,
    actor: Who | None,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    network_id: UUID | None = None,
    **details: object,
) -> None:
    """Record an act or a reading in the command's transaction; `network_id` counts only where there is no actor.

    Details are ids and codes. A value of a case has no place here: entries are kept when the case's keys are destroyed.
    """
    session.add(
        AuditEntry(
            network_id=actor.network_id if actor else network_id,
            actor_id=actor.user_id if actor else None,
            action=action,
            subject_type=subject_type,
            subject_id=str(subject_id),
            details=details,
        ),
    )
