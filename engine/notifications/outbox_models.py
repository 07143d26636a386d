"""Rows of how people are reached outside the pages, and of what was sent to whom."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, enum_text, new_id


class Medium(enum.StrEnum):
    """What somebody is told over, outside the pages."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    PUSH = "push"


ADDRESSED = (Medium.EMAIL, Medium.SMS, Medium.VOICE)
"""What has an address that a person writes down; her devices ask by themselves."""


class Purpose(enum.StrEnum):
    """What a message is for: to tell notices, to prove an address by a code, to try whether people on call answer."""

    NOTICES = "notices"
    CODE = "code"
    TEST = "test"


class MessageStatus(enum.StrEnum):
    """Where a message stands: to be sent (again), taken on by who carries it, given up, needed no more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    NEEDLESS = "needless"


class ContactPoint(Base):
    """An address or number of a person, sealed; it counts from when she has proved it by a code.

    `digest` finds a number that answers. `broken_at`: since then it is known that nothing arrives there.
    """

    __tablename__ = "contact_point"
    __table_args__ = (UniqueConstraint("user_id", "medium"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    medium: Mapped[Medium] = mapped_column(enum_text(Medium))
    key_id: Mapped[Key]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    set_at: Mapped[datetime] = mapped_column(default=clock.now)
    set_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    verified_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]


class QuietHours(Base):
    """When a person wants to hear of nothing but what is urgent, in minutes of the day in Rome."""

    __tablename__ = "quiet_hours"
    __table_args__ = (
        CheckConstraint("since BETWEEN 0 AND 1439 AND until BETWEEN 0 AND 1439 AND since <> until", name="of_a_day"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    since: Mapped[int]
    until: Mapped[int]


class Message(Base):
    """Something that is sent to one person over one medium; its id is the key by which a repetition is known.

    It holds nothing of what it says: that is put together when it is sent. `urgency` is the class of the most urgent
    clock that it tells of, `answer` the hash of the token that acknowledges it. `error` is a code.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_waiting", "medium", "next_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_message_user", "user_id", "created_at"),
        Index("ix_message_provider", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID | None] = mapped_column(ForeignKey("network.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    medium: Mapped[Medium] = mapped_column(enum_text(Medium))
    purpose: Mapped[Purpose] = mapped_column(enum_text(Purpose))
    urgency: Mapped[Key]
    state: Mapped[MessageStatus] = mapped_column(enum_text(MessageStatus), default=MessageStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    error: Mapped[Key | None]
    provider_id: Mapped[Key | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[Key | None]


class Delivery(Base):
    """That a notice goes to a person over a medium: not before `not_before`, and from then on by a message.

    `dropped_at`: it was settled, or read, before it was sent.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_waiting",
            "medium",
            "not_before",
            postgresql_where=text("message_id IS NULL AND dropped_at IS NULL"),
        ),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True, index=True)
    medium: Mapped[Medium] = mapped_column(enum_text(Medium), primary_key=True)
    urgency: Mapped[Key]
    not_before: Mapped[datetime]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"), index=True)
    dropped_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
