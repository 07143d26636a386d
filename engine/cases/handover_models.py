"""Rows of hand-overs."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.consent.models import BasisKind
from engine.db import Base, Key, enum_text, new_id
from engine.participants.models import PartEnd


class HandoverState(enum.StrEnum):
    """Where a hand-over stands; what is declined, asked back or revoked is prepared anew as another one."""

    PREPARE = "prepare"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ASKED_BACK = "asked_back"
    REVOKED = "revoked"
    DONE = "done"
    LAPSED = "lapsed"


UNDER_WAY = (HandoverState.PREPARE, HandoverState.SENT, HandoverState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a case is handed over: for which purpose, what that needs, what is told, and with what the part ends.

    Where `fields` is None all that the process holds is told; without `ends_with` the part stays, as that of whoever
    began the process does.
    """

    purpose: str
    needs: BasisKind
    duty: str | None = None
    fields: tuple[str, ...] | None = None
    ends_with: PartEnd | None = None


class Handover(Base):
    """One sending of a case to another agency, for one step of it.

    `needs`, `duty`, `fields` and `ends_with` are its terms, as the diagram said them. `to_agency_id` is None until one
    is chosen; `offered_to` are the agencies to which it was offered and that have not declined: the first to accept has
    it. `basis_id` is the row that allowed it, where one was needed. `reason` (why it was declined, asked back or
    revoked) is sealed under the network's key of the case. One hand-over of a step is under way at a time.
    """

    __tablename__ = "handover"
    __table_args__ = (
        Index(
            "uq_handover_under_way",
            "task_id",
            unique=True,
            postgresql_where=text("state IN ('prepare', 'sent', 'accepted')"),
        ),
        Index("ix_handover_offered", "task_id", postgresql_where=text("state = 'prepare' AND offered_to <> '{}'")),
        Index("ix_handover_lane", "case_id", "lane"),
        CheckConstraint("state = 'prepare' OR state = 'lapsed' OR to_agency_id IS NOT NULL", name="sent_to_somebody"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), index=True)
    lane: Mapped[Key]
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    to_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    purpose: Mapped[Key]
    needs: Mapped[BasisKind] = mapped_column(enum_text(BasisKind))
    duty: Mapped[str | None]
    fields: Mapped[list[str] | None] = mapped_column(ARRAY(Text(collation="C")))
    offered_to: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list, server_default=text("'{}'"))
    ends_with: Mapped[PartEnd | None] = mapped_column(enum_text(PartEnd))
    state: Mapped[HandoverState] = mapped_column(enum_text(HandoverState), default=HandoverState.PREPARE)
    basis_id: Mapped[UUID | None] = mapped_column(ForeignKey("basis.id"))
    prepared_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def terms(self) -> Terms:
        """On what it is: another one of the same step, or lane, has the same."""
        fields = tuple(self.fields) if self.fields is not None else None
        return Terms(self.purpose, self.needs, self.duty, fields, self.ends_with)
