"""Rows of bases, of the texts that agreements are asked with, and of pauses."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, enum_text, new_id


class BasisKind(enum.StrEnum):
    """What allows an agency to be told. A duty and a task of the network come from the step: they have no rows here."""

    ADESIONE = "adesione"
    OBBLIGO = "obbligo"
    COMPITO = "compito"
    INTERESSE_VITALE = "interesse_vitale"


class LegalBasis(enum.StrEnum):
    """The ground in law (GDPR art. 6 and 9), which for a public body is mostly not consent."""

    CONSENSO = "consenso"
    INTERESSE_PUBBLICO = "interesse_pubblico"
    OBBLIGO_LEGALE = "obbligo_legale"
    INTERESSE_VITALE = "interesse_vitale"


class Manner(enum.StrEnum):
    """How she said it."""

    A_VOCE = "a_voce"
    PER_ISCRITTO = "per_iscritto"
    PER_TELEFONO = "per_telefono"


class BasisEnd(enum.StrEnum):
    """Why a basis counts no more: she took it back, was asked again, ended the path; or its time is over."""

    WITHDRAWN = "withdrawn"
    ANSWERED_AGAIN = "answered_again"
    PATH_ENDED = "path_ended"
    LAPSED = "lapsed"


class PauseKind(enum.StrEnum):
    """A pause goes by itself at its date; an ended path is taken up again only when she asks."""

    PAUSE = "pause"
    END = "end"


class ConsentText(Base):
    """One version of the text with which an agreement for a purpose is asked, in one language. Only ever inserted."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("network_id", "purpose", "language", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    purpose: Mapped[Key]
    language: Mapped[Key]
    version: Mapped[int]
    text: Mapped[str]
    legal_basis: Mapped[LegalBasis] = mapped_column(enum_text(LegalBasis))
    approved_by: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(default=clock.now)


class RecordedBasis(Base):
    """Her answer for an agency and a purpose, yes (`given`) or no; or a vital interest that somebody has invoked.

    `agency_id` is None for a purpose that is no agency's. `asked_for_id` is the agency whose person asked. Sealed under
    the network's key of the case: text and languages, the interpreter's number or role, or the reason; a language in
    clear would tell whose case it is where few speak it. `until` limits a vital interest. `happened_at` and `ended_at`
    are when she said it, `recorded_at` and `ended_recorded_at` when that was typed.
    """

    __tablename__ = "basis"
    __table_args__ = (
        Index(
            "uq_basis_answer",
            "case_id",
            "purpose",
            "agency_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("kind = 'adesione' AND ended_recorded_at IS NULL"),
        ),
        Index(
            "ix_basis_unreviewed",
            "network_id",
            "recorded_at",
            postgresql_where=text("kind = 'interesse_vitale' AND reviewed_at IS NULL"),
        ),
        CheckConstraint("kind = 'adesione' OR (kind = 'interesse_vitale' AND until IS NOT NULL)", name="kind_recorded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[BasisKind] = mapped_column(enum_text(BasisKind))
    purpose: Mapped[Key]
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    given: Mapped[bool]
    legal_basis: Mapped[LegalBasis] = mapped_column(enum_text(LegalBasis))
    manner: Mapped[Manner | None] = mapped_column(enum_text(Manner))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_for_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_recorded_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    ended_manner: Mapped[Key | None]
    ended_why: Mapped[BasisEnd | None] = mapped_column(enum_text(BasisEnd))
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class CasePause(Base):
    """Since when a path stands still by her wish, until when, and when it was taken up again.

    Without `resumed_by_id` a pause that is over went by itself, at its date.
    """

    __tablename__ = "case_pause"
    __table_args__ = (
        Index("uq_case_pause_running", "case_id", unique=True, postgresql_where=text("resumed_recorded_at IS NULL")),
        CheckConstraint("(kind = 'pause') = (until IS NOT NULL)", name="a_pause_has_a_date"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[PauseKind] = mapped_column(enum_text(PauseKind))
    manner: Mapped[Manner] = mapped_column(enum_text(Manner))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    recorded_for_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    until: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    resumed_recorded_at: Mapped[datetime | None]
    resumed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
