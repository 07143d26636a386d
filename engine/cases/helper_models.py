"""Rows of further owners of steps."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class TaskHelper(Base):
    """A further owner of a step, named by the ladder of a deadline: she may do it as whoever has it may."""

    __tablename__ = "task_helper"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), primary_key=True, index=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"))
    since: Mapped[datetime]
