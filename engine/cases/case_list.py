"""The cases in which one's agencies take part, the newest first, and what they owe in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, any_, bindparam, func, select, true, tuple_

from engine.cases import lookup, trail
from engine.cases.models import Case, CaseStatus, TaskStatus, UserTask
from engine.db import Instant
from engine.participants import access

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of one page."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case; `steps` are the open ones of the reader's agencies, `due_at` when the first of their clocks is due."""

    id: UUID
    code: str
    state: CaseStatus
    opened_at: datetime
    closed_at: datetime | None
    steps: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseList:
    """One page, and whether another follows."""

    rows: tuple[CaseRow, ...]
    more: bool


def page(
    session: Session, actor: Actor, *, still_open: bool = True, after: tuple[datetime, UUID] | None = None
) -> CaseList:
    """Give the open cases or the ended ones, at most `LIMIT`, from behind a row's (`opened_at`, `id`) on."""
    query = _OPEN if still_open else _ENDED
    values: dict[str, Any] = access.scope(actor).values
    if after is not None:
        query = query.where(tuple_(Case.opened_at, Case.id) < tuple_(bindparam("at", type_=Instant()), bindparam("id")))
        values |= {"at": after[0], "id": after[1]}
    found = session.execute(query.limit(LIMIT + 1), values).all()
    return CaseList(tuple(CaseRow(*row) for row in found[:LIMIT]), more=len(found) > LIMIT)


def named(session: Session, actor: Actor, code: str) -> Case | None:
    """Find a case by its code for who looks for it; that it was found is audited. None as in `lookup.case_named`."""
    found = lookup.case_named(session, actor, code)
    if found is not None:
        trail.note(session, actor, "case.found", found.id)
    return found


def _query(*, still_open: bool) -> Select[Any]:
    own = and_(
        UserTask.case_id == Case.id,
        UserTask.agency_id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid()))),
        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
    )
    owed = select(func.count().label("steps"), func.min(UserTask.due_at).label("due_at")).where(own)
    mine = owed.correlate(Case).lateral("mine")
    return (
        select(Case.id, Case.code, Case.state, Case.opened_at, Case.closed_at, mine.c.steps, mine.c.due_at)
        .join_from(Case, mine, onclause=true())
        .where(
            Case.network_id == bindparam("scope_network"),
            Case.id.in_(access.IN_CASES),
            Case.state == CaseStatus.OPEN if still_open else Case.state != CaseStatus.OPEN,
        )
        .order_by(Case.opened_at.desc(), Case.id.desc())
    )


_OPEN, _ENDED = _query(still_open=True), _query(still_open=False)
