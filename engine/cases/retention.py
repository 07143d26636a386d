"""What is past its term: a list for who decides. Nothing here erases anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, exists, func, select

from engine import clock, db, parameters
from engine.cases.erasure_models import Erasure, ErasureState, LegalHold
from engine.cases.models import Case, CaseStatus
from engine.crypto import CaseKey
from engine.participants import access
from engine.participants.access import Action
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 200
"""Rows that a page shows, the oldest ones."""
CONTACT, PATH = "R01.contatto", "R02.percorso"
"""The terms (docs/decisions): of a contact without a path, and of a path, both from the end of the case."""


@dataclass(frozen=True, slots=True)
class DueRow:
    """A case that ended so long ago that something of it may have to be erased.

    `path_over`: the term of a path is over too; until then it is due only if it was a contact without a path, which a
    person knows and no machine. `asked`: an erasure waits for a decision.
    """

    case_id: UUID
    code: str
    closed_at: datetime
    path_over: bool
    held: bool
    asked: int


@db.over(Reach.NETWORK)
def due(session: Session, actor: Actor) -> list[DueRow]:
    """List the ended cases past a term of which the actor's controllers keep something, and those that were asked."""
    mine = access.controllers(actor, Action.DECIDE_ERASURE)
    terms = parameters.values(session, actor.network_id)
    contact, path = (clock.now() - _length(terms[name]) for name in (CONTACT, PATH))
    kept = exists().where(CaseKey.case_id == Case.id, CaseKey.controller_id.in_(mine), CaseKey.destroyed_at.is_(None))
    asked = (
        select(func.count())
        .where(Erasure.case_id == Case.id, Erasure.controller_id.in_(mine), Erasure.state == ErasureState.ASKED)
        .scalar_subquery()
    )
    held = exists().where(and_(LegalHold.case_id == Case.id, LegalHold.until.is_(None)))
    query = (
        select(Case.id, Case.code, Case.closed_at, Case.closed_at <= path, held, asked)
        .where(Case.network_id == actor.network_id, Case.state != CaseStatus.OPEN, kept)
        .where(access.scope(actor).admits(Case.id))
        .where((Case.closed_at <= contact) | (asked > 0))
        .order_by(Case.closed_at, Case.id)
        .limit(LIMIT)
    )
    return [DueRow(*row) for row in session.execute(query).all()]


def _length(value: object) -> timedelta:
    if not isinstance(value, timedelta):
        raise TypeError("a term of keeping is elapsed time")
    return value
