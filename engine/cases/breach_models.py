"""Rows of what may be a personal data breach: whether the authority is told of it, somebody decides in time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, new_id


class Breach(Base):
    """An answer that stood in the wrong woman's case, known since `known_at`, to be assessed by `due_at`.

    `case_id` is the case in which it stood, `controller_id` the agency that answers for it. `warned` counts what its
    ladder has told. `to_notify` is what was decided, the reason is sealed under the network's key of the case.
    `kept_at` is when the tombstone of the answer was written down outside the database.
    """

    __tablename__ = "breach"
    __table_args__ = (
        Index("ix_breach_open", "network_id", "due_at", postgresql_where=text("assessed_at IS NULL")),
        Index(None, "case_id"),
        Index("ix_breach_kept", "known_at", postgresql_where=text("kept_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("form_submission.id"), unique=True)
    controller_id: Mapped[UUID]
    found_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    known_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime]
    warned: Mapped[int] = mapped_column(default=0)
    assessed_at: Mapped[datetime | None]
    assessed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    to_notify: Mapped[bool | None]
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime | None]
