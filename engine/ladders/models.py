"""Rows of ladders."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine.calendars.lengths import Clock
from engine.clock import now
from engine.db import Base, Key, enum_text, new_id
from engine.ladders.steps import EscalationClass


class LadderVersion(Base):
    """One version of the ladder of a class; never changed. Deadlines that are armed keep the one they began with."""

    __tablename__ = "ladder"
    __table_args__ = (UniqueConstraint("network_id", "escalation_class", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    escalation_class: Mapped[EscalationClass] = mapped_column(enum_text(EscalationClass))
    version: Mapped[int]
    clock: Mapped[Clock] = mapped_column(enum_text(Clock))
    acknowledged: Mapped[Key | None]
    returned: Mapped[Key | None]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    valid_from: Mapped[datetime] = mapped_column(default=now)
    approved_by: Mapped[str]
    reason: Mapped[str | None]
