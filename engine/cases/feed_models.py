"""Rows of calendar feeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, new_id


class CalendarFeed(Base):
    """An address by which a calendar program reads a person's deadlines in one network. Only its hash is here."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index(
            "uq_calendar_feed_live", "user_id", "network_id", unique=True, postgresql_where=text("revoked_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
