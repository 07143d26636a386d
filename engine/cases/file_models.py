"""Files that belong to answers, as rows: what is known of each, and its content in sealed parts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, new_id


class Attachment(Base):
    """A file handed in with a task. Its name and kind are sealed; `kept_at` is when an answer first named it.

    What no answer names is deleted when the task is done, and never given out.
    """

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_not_kept", "handed_in_at", postgresql_where=text("kept_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), index=True)
    controller_id: Mapped[UUID]
    handed_in_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    handed_in_at: Mapped[datetime] = mapped_column(default=clock.now)
    kept_at: Mapped[datetime | None]
    size: Mapped[int]
    parts: Mapped[int]
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AttachmentPart(Base):
    """A part of a file's content, sealed: it opens only as this part of this file of so many parts."""

    __tablename__ = "attachment_part"

    attachment_id: Mapped[UUID] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
