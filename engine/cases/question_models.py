"""Rows of questions that agencies ask each other on a step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, new_id


class Question(Base):
    """A question on a step, by the agency that owes it to another that takes part in the case; and its answer.

    Each text is sealed under the agency that wrote it. `due_at` is by when it is to be answered, `counts_from` when
    it was asked, moved with that by the pauses of her path; `warned` counts what its ladder has told, `climbs_at` is
    when it tells the next. Once the step is over there is nothing to answer any more. `on_behalf_of_id`: the agency
    without computers for which the answer was recorded.
    """

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_to", "to_agency_id", "due_at", postgresql_where=text("answered_at IS NULL")),
        Index(
            "ix_question_climbs", "climbs_at", postgresql_where=text("answered_at IS NULL AND climbs_at IS NOT NULL")
        ),
        Index(None, "task_id"),
        Index(None, "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"))
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    to_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    counts_from: Mapped[datetime]
    due_at: Mapped[datetime]
    warned: Mapped[int] = mapped_column(default=0)
    climbs_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    answer_key_version: Mapped[int | None]
    sealed_answer: Mapped[bytes | None] = mapped_column(LargeBinary)
