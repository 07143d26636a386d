"""Rows of timetables: of a network, of an area in it, of an agency in it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class Timetable(Base):
    """The opening hours of an agency, of an area, or, with neither, of the network, all as one network sees them.

    `week` is seven texts as `opening` writes them, Monday first; NULL where the hours of the level above hold.
    `out_of_hours` says in words who answers when the agency is closed, for as long as no roster does.
    """

    __tablename__ = "timetable"
    __table_args__ = (
        UniqueConstraint("network_id", "agency_id", "area_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("agency_id IS NULL OR area_id IS NULL", "one_owner"),
        CheckConstraint("week IS NULL OR cardinality(week) = 7", "seven_days"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    week: Mapped[list[str] | None] = mapped_column(ARRAY(Text(collation="C")))
    open_on_holidays: Mapped[bool] = mapped_column(default=False)
    out_of_hours: Mapped[str | None]
    changed_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class TimetableDay(Base):
    """A day that differs from the week: closed when `hours` is empty. `every_year` means its month and day."""

    __tablename__ = "timetable_day"
    __table_args__ = (UniqueConstraint("timetable_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    timetable_id: Mapped[UUID] = mapped_column(ForeignKey("timetable.id"))
    day: Mapped[dt.date]
    every_year: Mapped[bool]
    hours: Mapped[Key]
    reason: Mapped[str]
