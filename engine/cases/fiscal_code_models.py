"""Rows of fiscal codes, apart from all other records of a case, and of the agencies that may keep them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, new_id


class FiscalCode(Base):
    """A woman's fiscal code as one agency keeps it, sealed under a key of its own and the agency's.

    The key of its own is the case's for the controller that has this row's id: it goes when the row goes.
    """

    __tablename__ = "fiscal_code"
    __table_args__ = (
        Index("uq_fiscal_code_one", "case_id", "agency_id", unique=True),
        Index("ix_fiscal_code_digest", "network_id", "digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    own_key_version: Mapped[int]
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class FiscalCodeUse(Base):
    """That an agency may keep fiscal codes in a network, from `since` to `until`, and why; without a row it may not."""

    __tablename__ = "fiscal_code_use"
    __table_args__ = (
        Index(
            "uq_fiscal_code_use_one",
            "network_id",
            "agency_id",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    reason: Mapped[str]
    since: Mapped[datetime] = mapped_column(default=clock.now)
    set_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    until: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
