"""Named durations of a network, versioned with date and approving body: diagrams name them, never a length."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.clock import now
from engine.db import Base, Key, enum_text, new_id


class ParameterClock(enum.StrEnum):
    """What a length counts: elapsed hours, day and night, holidays or not."""

    H = "H"


class EscalationClass(enum.StrEnum):
    """How fast a late step climbs its ladder, from an emergency (E0) to a term that is only watched (E3)."""

    E0 = "E0"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"


class Nature(enum.StrEnum):
    """Where a term comes from; one of the office must never be shown as law."""

    LEGGE = "legge"
    PROTOCOLLO = "protocollo"
    INTERNO = "interno"


class Parameter(Base):
    """One version of a named duration. `length` is ISO 8601; a new version never changes deadlines already armed."""

    __tablename__ = "parameter"
    __table_args__ = (UniqueConstraint("network_id", "name", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    name: Mapped[Key]
    version: Mapped[int]
    length: Mapped[Key]
    clock: Mapped[ParameterClock] = mapped_column(enum_text(ParameterClock))
    escalation_class: Mapped[EscalationClass | None] = mapped_column(enum_text(EscalationClass))
    nature: Mapped[Nature] = mapped_column(enum_text(Nature))
    tag: Mapped[str]
    title_it: Mapped[str]
    title_en: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(default=now)
    approved_by: Mapped[str]
