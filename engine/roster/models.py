"""Rows of rosters and their shifts."""

from __future__ import annotations

import enum
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class Capability(enum.StrEnum):
    """What whoever is on call can do besides: has a car, may take care of children."""

    AUTO = "auto"
    MINORI = "minori"


class Roster(Base):
    """A service for which somebody is on call while its offices are closed: in one area, or in the whole network.

    `telephone` is the number of the service's own phone, nobody's private one. `needs` is what at least one of the two
    of each shift must be able to do.
    """

    __tablename__ = "roster"
    __table_args__ = (UniqueConstraint("network_id", "service", "area_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    service: Mapped[Key]
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    telephone: Mapped[str | None]
    needs: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")), default=list)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Shift(Base):
    """Who is on call from an instant to another one: a draft until it is published, gone when it is withdrawn.

    `replaces`: for as long as it lasts it goes before what the roster says, as when somebody has fallen ill. `reason`
    says why, of a replacement. `languages` are codes of ISO 639-1, `capabilities` those of `Capability`.
    `note_asked_at`, `passed_on_at`: what the end of a shift asks for was done (`cases.shift_changes`).
    """

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="some_time"),
        CheckConstraint("first_id <> second_id", name="two_people"),
        CheckConstraint("NOT replaces OR reason IS NOT NULL", name="with_a_reason"),
        Index(
            "ix_shift_ending",
            "ends_at",
            postgresql_where=text("passed_on_at IS NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_shift_standing", "roster_id", "ends_at", postgresql_where=text("withdrawn_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    first_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    second_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")), default=list)
    capabilities: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")), default=list)
    replaces: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
    note_asked_at: Mapped[datetime | None]
    passed_on_at: Mapped[datetime | None]


class ShiftSwap(Base):
    """That somebody on call has asked a colleague to take her shift, `in_return` for one of hers, and what she said."""

    __tablename__ = "shift_swap"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="two_people"),
        CheckConstraint("(answered_at IS NULL) = (accepted IS NULL)", name="answered"),
        Index("uq_shift_swap_waiting", "shift_id", unique=True, postgresql_where=text("answered_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id"))
    from_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    in_return_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]


class GapTold(Base):
    """That it was told that nobody is on call on a day; `near`: when that day was a day away."""

    __tablename__ = "roster_gap_told"

    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    day: Mapped[date] = mapped_column(primary_key=True)
    near: Mapped[bool] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
