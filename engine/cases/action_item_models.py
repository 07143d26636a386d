"""Rows of what a ladder leaves to somebody that no diagram draws."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, enum_text, new_id


class ItemKind(enum.StrEnum):
    """What is to be done: remind who owes a step (sollecito), report an incident, speak of it at the table."""

    SOLICITATION = "solicitation"
    INCIDENT = "incident"
    AGENDA = "agenda"


class ItemOutcome(enum.StrEnum):
    """How it ended: it was done, or somebody has said why it need not be."""

    DONE = "done"
    NOT_NEEDED = "not_needed"


class ActionItem(Base):
    """Something to be done about a late step, in its case and in no diagram.

    `agency_id` is whose it is, that holds the case; without one the coordination's. Of each kind a step has at most one
    that is open.
    """

    __tablename__ = "action_item"
    __table_args__ = (
        Index("uq_action_item_open", "task_id", "kind", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_action_item_open", "network_id", "agency_id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"))
    kind: Mapped[ItemKind] = mapped_column(enum_text(ItemKind))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    outcome: Mapped[ItemOutcome | None] = mapped_column(enum_text(ItemOutcome))
