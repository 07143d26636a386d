"""Rows of webhooks: where programs of a network are told, and what became of each event."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, enum_text, new_id


class EventStatus(enum.StrEnum):
    """Where an event stands: to be sent (again), taken, given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Webhook(Base):
    """An address that is told what happens in a network. Its secret is worked out from its id and `secret_version`.

    `rotated_at`: since then there is a new secret; the one before still signs too, for a while. `failing_since` while
    nothing is taken, and then nothing is sent before `retry_at`. `disabled_at`: nothing is sent any more.
    """

    __tablename__ = "webhook"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), index=True)
    url: Mapped[str]
    secret_version: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    failing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class WebhookEvent(Base):
    """One event for one address; its id is what a repetition is known by. Without a notice it is a test.

    It holds nothing of what it says: that is put together when it is sent. `error` is a code, `status` the answer's.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        UniqueConstraint("webhook_id", "notice_id"),
        Index("ix_webhook_event_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_webhook_event_webhook", "webhook_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"))
    state: Mapped[EventStatus] = mapped_column(enum_text(EventStatus), default=EventStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
    status: Mapped[int | None]
    error: Mapped[str | None]
