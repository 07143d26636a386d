"""Rows of recounts: running deadlines that follow opening hours or lengths that have changed since."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class Recount(Base):
    """An order to recount running deadlines: on the opening hours of now, or with the present length of `parameter`.

    `expected` is how many would move when it was ordered. A worker goes through the cases in the order of their ids:
    `reached` is the last that is done, so that it goes on there whatever happens to it.
    """

    __tablename__ = "recount"
    __table_args__ = (Index("ix_recount_undone", "asked_at", postgresql_where=text("done_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), index=True)
    parameter: Mapped[Key | None]
    reason: Mapped[str]
    expected: Mapped[int]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    reached: Mapped[UUID | None]
    moved: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]


class DeadlineMove(Base):
    """That a recount has moved a deadline: from which instant, to which."""

    __tablename__ = "deadline_move"
    __table_args__ = (UniqueConstraint("recount_id", "deadline_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"), index=True)
    recount_id: Mapped[UUID] = mapped_column(ForeignKey("recount.id"))
    from_due_at: Mapped[datetime]
    to_due_at: Mapped[datetime]
    moved_at: Mapped[datetime] = mapped_column(default=clock.now)
