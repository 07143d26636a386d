"""Erasures and legal holds as rows. An erasure that was done is the tombstone: it is never changed or deleted."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, enum_text, new_id


class ErasureState(enum.StrEnum):
    """Where an erasure stands: one person asks, another decides."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


class Ground(enum.StrEnum):
    """Why something is erased: its term is over, she asked for it, or it should never have been there."""

    TERMINE = "termine"
    RICHIESTA = "richiesta"
    ERRORE = "errore"


class Authority(enum.StrEnum):
    """Who holds a case back from erasure (blocco_cancellazione)."""

    TRIBUNALE = "tribunale"
    PROCURA = "procura"
    GARANTE = "garante"
    ENTE = "ente"


class Erasure(Base):
    """What one controller keeps of a case, asked to be erased, erased or not.

    `controller_id` is an agency, or the network for state and history; or a fiscal code that was taken away. One that
    is repeated after a restore names nobody who asked: those are known where the file of tombstones comes from.
    `kept_at`: when it was written into that file.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        Index(
            "uq_erasure_one",
            "case_id",
            "controller_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'done')"),
        ),
        Index(None, "network_id", "state"),
        Index("ix_erasure_not_kept", "decided_at", postgresql_where=text("state = 'done' AND kept_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    controller_id: Mapped[UUID]
    state: Mapped[ErasureState] = mapped_column(enum_text(ErasureState), default=ErasureState.ASKED)
    ground: Mapped[Ground] = mapped_column(enum_text(Ground))
    asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]


class LegalHold(Base):
    """A case of which nothing may be erased, from when to when and for whom."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("uq_legal_hold_one", "case_id", unique=True, postgresql_where=text("until IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority: Mapped[Authority] = mapped_column(enum_text(Authority))
    since: Mapped[datetime] = mapped_column(default=clock.now)
    held_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    until: Mapped[datetime | None]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
