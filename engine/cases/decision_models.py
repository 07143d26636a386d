"""Rows of decisions that tables have made in a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key


class DecisionRecord(Base):
    """A decision that was made in a case, sealed; its id is that of the token that asked for it."""

    __tablename__ = "decision_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    element_id: Mapped[Key]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class TaskExplanation(Base):
    """The decision whose reasons belong to a task."""

    __tablename__ = "task_explanation"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision_record.id"))
