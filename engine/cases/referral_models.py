"""Rows of referrals to other networks: where one is received, and the two ends of each."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, enum_text, new_id


class ReferralState(enum.StrEnum):
    """How a referral stands. What came back (`CAME_BACK`) is the sender's to deal with until it is settled."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ASKED_BACK = "asked_back"
    REVOKED = "revoked"
    EXPIRED = "expired"


CAME_BACK = (ReferralState.DECLINED, ReferralState.EXPIRED)
"""What the other network has not wanted, or not answered."""


class Reception(Base):
    """That a network receives referrals: under which name, which agency answers them, with which process they begin.

    No row: it receives none.
    """

    __tablename__ = "reception"

    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), primary_key=True)
    name: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    process: Mapped[Key]
    since: Mapped[datetime] = mapped_column(default=clock.now)


class Referral(Base):
    """The sender's end: of its case, to which network, for what, on which basis, by when an answer is due.

    `counts_from` is when it was sent, moved with its end by the pauses of her path; `warned` counts what its ladder has
    told, `climbs_at` is when it goes on. The reason of a decline is sealed under the network's key of the case.
    `settled_at`: what came back was dealt with.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("uq_referral_under_way", "case_id", unique=True, postgresql_where=text("state = 'sent'")),
        Index(None, "case_id"),
        Index("ix_referral_climbs", "climbs_at", postgresql_where=text("climbs_at IS NOT NULL")),
        CheckConstraint("(state = 'sent') = (answered_at IS NULL)", name="answered"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    to_network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    to_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    to_name: Mapped[str]
    purpose: Mapped[Key]
    basis_id: Mapped[UUID | None] = mapped_column(ForeignKey("basis.id"))
    state: Mapped[ReferralState] = mapped_column(enum_text(ReferralState), default=ReferralState.SENT)
    sent_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)
    counts_from: Mapped[datetime]
    due_at: Mapped[datetime]
    warned: Mapped[int] = mapped_column(default=0)
    climbs_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def length(self) -> timedelta:
        """How long the asked have for their answer, or had."""
        return self.due_at - self.counts_from


class ReceivedReferral(Base):
    """The receiver's end, under the same id: from where, for what, the names of the fields, and the sealed package.

    The package is sealed under a key of its own, which is destroyed with it once it is not wanted any more.
    `new_case_id` is the receiver's case, which the sender never sees.
    """

    __tablename__ = "received_referral"
    __table_args__ = (
        Index("ix_received_referral_agency", "agency_id", "sent_at"),
        Index(None, "new_case_id"),
        CheckConstraint("(state = 'sent') = (sealed IS NOT NULL)", name="package"),
        CheckConstraint("(state = 'accepted') = (new_case_id IS NOT NULL)", name="taken_on"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    process: Mapped[Key]
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    from_name: Mapped[str]
    purpose: Mapped[Key]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    state: Mapped[ReferralState] = mapped_column(enum_text(ReferralState), default=ReferralState.SENT)
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    new_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
