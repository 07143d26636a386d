"""Rows of notices."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, enum_text, new_id
from engine.participants.models import Role


class NoticeChannel(enum.StrEnum):
    """Where a notice is put."""

    INBOX = "inbox"


class Notice(Base):
    """Something told to a person, or to a role of an agency, or (without agency) to a role of the network.

    Without a case it is about one that the network has not yet: another one refers it. `sent_out_at`: since then the
    outbox has it, for whoever is reached outside the pages too.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(
            "(user_id IS NOT NULL AND agency_id IS NULL AND role IS NULL) OR (user_id IS NULL AND role IS NOT NULL)",
            name="addressed",
        ),
        Index("ix_notice_person", "user_id", "created_at", postgresql_where=text("user_id IS NOT NULL")),
        Index(
            "ix_notice_role", "network_id", "role", "agency_id", "created_at", postgresql_where=text("role IS NOT NULL")
        ),
        Index("ix_notice_to_send", "created_at", postgresql_where=text("sent_out_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id"))
    deadline_id: Mapped[UUID | None] = mapped_column(ForeignKey("deadline.id"), index=True)
    kind: Mapped[Key]
    channel: Mapped[NoticeChannel] = mapped_column(enum_text(NoticeChannel), default=NoticeChannel.INBOX)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    role: Mapped[Role | None] = mapped_column(enum_text(Role))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    sent_out_at: Mapped[datetime | None]
