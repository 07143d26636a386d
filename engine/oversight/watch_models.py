"""Rows by which the clockwork is watched: the beats of working processes, and what they last found among the rows.

Nothing in them is of a case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class WorkerBeat(Base):
    """The last sign of life of a working process, by the database's clock.

    `moved_at`: when its loop last went on, which it does every few seconds. `doing`: what the loop is at. `born`: when
    the process began, in seconds since 1970 by its host: a number that is given again is another process.
    `clock_offset`: seconds by which the host's clock is before the database's, None where that could not be measured.
    """

    __tablename__ = "worker_beat"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    host: Mapped[str]
    pid: Mapped[int]
    born: Mapped[float] = mapped_column(Double)
    version: Mapped[Key]
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    beat_at: Mapped[datetime] = mapped_column(default=clock.now)
    moved_at: Mapped[datetime]
    doing: Mapped[Key]
    clock_offset: Mapped[float | None] = mapped_column(Double)


class Inspection(Base):
    """The last look of a worker at all rows: when, how long it took, what it found. One row."""

    __tablename__ = "inspection"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    took: Mapped[float] = mapped_column(Double)
    armed: Mapped[int]
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
