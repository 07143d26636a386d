"""Rows of what people ask to know of the data about them (art. 15 GDPR), each with its term."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, enum_text, new_id


class RequestState(enum.StrEnum):
    """Where a request stands: reviewed by the officer, looked at by a second person, made, handed over; or refused."""

    OPEN = "open"
    PROPOSED = "proposed"
    APPROVED = "approved"
    MADE = "made"
    DELIVERED = "delivered"
    REFUSED = "refused"


class AskedBy(enum.StrEnum):
    """Who asked: the woman herself, somebody whom she has sent, or somebody else, who is given no package from here."""

    INTERESSATA = "interessata"
    DELEGATO = "delegato"
    ALTRI = "altri"


class Checked(enum.StrEnum):
    """How it was made sure that whoever asked is who she says."""

    DOCUMENTO = "documento"
    CONOSCIUTA = "conosciuta"
    DELEGA = "delega"


class Delivery(enum.StrEnum):
    """How a package is handed over: never by post or e-mail, which others at home open."""

    DI_PERSONA = "di_persona"
    DELEGATO = "delegato"
    PRESSO_ENTE = "presso_ente"


class SubjectRequest(Base):
    """A request to know what one controller keeps of a case: an agency, or the network for its history.

    `received_at` is when it was asked, and its term, until `due_at`, begins there; `warned` counts what its ladder has
    told. Sealed under the controller's key of the case: through whom, how she may be reached safely, every reason, and
    what the review withholds. Of the package itself nothing is kept.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        Index(
            "uq_subject_request_open",
            "case_id",
            "controller_id",
            unique=True,
            postgresql_where=text("state NOT IN ('delivered', 'refused')"),
        ),
        Index("ix_subject_request_due", "due_at", postgresql_where=text("state NOT IN ('delivered', 'refused')")),
        Index(None, "network_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    controller_id: Mapped[UUID]
    state: Mapped[RequestState] = mapped_column(enum_text(RequestState), default=RequestState.OPEN)
    asked_by: Mapped[AskedBy] = mapped_column(enum_text(AskedBy))
    checked: Mapped[Checked] = mapped_column(enum_text(Checked))
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    due_at: Mapped[datetime]
    extended_at: Mapped[datetime | None]
    warned: Mapped[int] = mapped_column(default=0)
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    delivery: Mapped[Delivery | None] = mapped_column(enum_text(Delivery))
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    @property
    def over(self) -> bool:
        """Whether nothing of it is to be done any more."""
        return self.state in {RequestState.DELIVERED, RequestState.REFUSED}
