"""Envelope encryption: what says something about a woman is stored sealed.

Each case has a data key per controller (the body that answers for the data), so that erasing one body's records leaves
the others'. Data keys are stored wrapped by key-encryption keys that live in a file, never in the database.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key


class CaseKey(Base):
    """A wrapped data key. Destroying it empties `wrapped` and leaves the row as a tombstone."""

    __tablename__ = "case_key"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    controller_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapping_key_id: Mapped[Key]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    destroyed_at: Mapped[datetime | None]
