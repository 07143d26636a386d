"""Rows of links between contacts of one woman."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.consent.models import Manner
from engine.db import Base, enum_text, new_id


class CaseLink(Base):
    """That two cases are contacts of one woman, by her wish: how and when she said so, to whom; `until` taken apart.

    Nothing of either is changed by it. The lower id is `case_id`, so that a pair has one row.
    """

    __tablename__ = "case_link"
    __table_args__ = (
        CheckConstraint("case_id < other_id", name="two_cases"),
        Index("uq_case_link_pair", "case_id", "other_id", unique=True, postgresql_where=text("until IS NULL")),
        Index("ix_case_link_other_id", "other_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    manner: Mapped[Manner] = mapped_column(enum_text(Manner))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    until: Mapped[datetime | None]
