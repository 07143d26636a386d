"""The filters of the inbox that a person keeps for herself.

They have no names of their own: a name could tell of a woman.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, delete, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock, errors
from engine.cases.inbox import ASKED, Tab
from engine.cases.inbox import values as inbox_values
from engine.cases.narrowing import Due, Narrowing
from engine.db import Base, Key, enum_text, new_id
from engine.definitions.models import ProcessDefinition

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

MOST = 10
"""Filters that a person can keep in a network: each is counted whenever her inbox is shown."""


class SavedFilter(Base):
    """A filter that a person has kept: a tab, and what it is narrowed to."""

    __tablename__ = "saved_filter"
    __table_args__ = (Index(None, "user_id", "network_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    tab: Mapped[Tab] = mapped_column(enum_text(Tab))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    process: Mapped[Key | None]
    due: Mapped[Due | None] = mapped_column(enum_text(Due))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def narrowing(self) -> Narrowing:
        """What it leaves of the tab."""
        return Narrowing(agency_id=self.agency_id, process=self.process, due=self.due)


@dataclass(frozen=True, slots=True)
class Kept:
    """A filter as its owner sees it."""

    id: UUID
    tab: Tab
    narrowing: Narrowing


@dataclass(frozen=True, slots=True)
class Choices:
    """What an inbox can be narrowed to: agencies by id, protocols by key, with names, in alphabetical order."""

    agencies: dict[UUID, str]
    processes: dict[str, str]

    @property
    def names(self) -> dict[str, str]:
        """All names by id or key as texts."""
        return {str(agency_id): name for agency_id, name in self.agencies.items()} | self.processes


def choices(session: Session, actor: Actor) -> Choices:
    """Give what the actor's inbox can be narrowed to."""
    agencies = session.execute(select(ASKED.c.id, ASKED.c.name).order_by(ASKED.c.name), inbox_values(actor)).all()
    newest = (
        select(ProcessDefinition.key, ProcessDefinition.name)
        .where(ProcessDefinition.network_id == actor.network_id)
        .ext(distinct_on(ProcessDefinition.key))
        .order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    )
    processes = sorted(session.execute(newest).all(), key=lambda row: row.name)
    return Choices({row.id: row.name for row in agencies}, {row.key: row.name for row in processes})


def kept(session: Session, actor: Actor) -> tuple[Kept, ...]:
    """Give the actor's filters, the oldest first."""
    query = select(SavedFilter).where(*_of(actor)).order_by(SavedFilter.created_at, SavedFilter.id)
    return tuple(Kept(row.id, row.tab, row.narrowing) for row in session.scalars(query))


def keep(session: Session, actor: Actor, tab: Tab, narrowing: Narrowing) -> None:
    """Keep a filter; one that is kept already stays as it is.

    Raises InvalidValue when it narrows nothing, or to what is not among the `choices`, when it is about one case, and
    when there are `MOST` of them.
    """
    if actor.user_id is None or narrowing.code is not None or narrowing == Narrowing():
        raise errors.InvalidValue("filter", "narrows_nothing")
    known = choices(session, actor)
    if narrowing.agency_id not in {None, *known.agencies} or narrowing.process not in {None, *known.processes}:
        raise errors.InvalidValue("filter", "unknown")
    before = kept(session, actor)
    if any((one.tab, one.narrowing) == (tab, narrowing) for one in before):
        return
    if len(before) >= MOST:
        raise errors.InvalidValue("filter", "too_many")
    session.add(
        SavedFilter(
            network_id=actor.network_id,
            user_id=actor.user_id,
            tab=tab,
            agency_id=narrowing.agency_id,
            process=narrowing.process,
            due=narrowing.due,
        )
    )


def drop(session: Session, actor: Actor, filter_id: UUID) -> None:
    """Take a filter of the actor's away. Raises NotFound."""
    query = delete(SavedFilter).where(SavedFilter.id == filter_id, *_of(actor)).returning(SavedFilter.id)
    if session.execute(query).one_or_none() is None:
        raise errors.NotFound("filter_not_found", filter=filter_id)


def _of(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (SavedFilter.network_id == actor.network_id, SavedFilter.user_id == actor.user_id)
