"""Rows of case codes that are reserved for the hours in which the system is down."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class ReservedCode(Base):
    """A code that an agency may give a case on paper; it becomes the code of one case, entered before it expires."""

    __tablename__ = "reserved_code"
    __table_args__ = (UniqueConstraint("network_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    code: Mapped[Key]
    reserved_at: Mapped[datetime] = mapped_column(default=clock.now)
    reserved_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
