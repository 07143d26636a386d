"""Rows of the agreements under which a network may show how long its workers take (art. 4 L. 300/1970)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, new_id


class TimingAgreement(Base):
    """An agreement with the workers' representatives, as long as it is in force: its number, day, signers and digest.

    The document itself is kept by whoever signed it; its SHA-256 says which one it was.
    """

    __tablename__ = "timing_agreement"
    __table_args__ = (
        Index("uq_timing_agreement_on", "network_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    number: Mapped[str]
    signed_on: Mapped[date]
    signed_by: Mapped[str]
    document_sha256: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime] = mapped_column(default=clock.now)
    switched_on_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    ended_reason: Mapped[str | None]
