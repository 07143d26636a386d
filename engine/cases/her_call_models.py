"""Rows of calls to her telephone: that somebody makes one, and what came of it."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, enum_text, new_id


class HerCallOutcome(enum.StrEnum):
    """What came of a call: she answered, she did not, it was not made, or nobody has said so in time."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    NOT_CALLED = "not_called"
    EXPIRED = "expired"


class HerCall(Base):
    """That somebody calls her for a step, until `until` or until it has ended; of each case one at most goes on.

    `agency_id` is the one that calls. Nothing of what is said, and no number.
    """

    __tablename__ = "her_call"
    __table_args__ = (Index("uq_her_call_going_on", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[HerCallOutcome | None] = mapped_column(enum_text(HerCallOutcome))
