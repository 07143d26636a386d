"""Finding a case by its code, or by an exact name or number that stands sealed in what one's own agency has written.

Each search is audited, without what was searched for, and so many an hour are let through: an index that can be asked
without end is a list of all women.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, func, select

from engine import audit, blind, clock, errors
from engine.audit import AuditEntry
from engine.blind import BlindEntry
from engine.cases import fiscal_codes, lookup, trail
from engine.cases.models import Case, CaseStatus
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

CODE = "codice"
MOST = 30
"""Searches of a person within `WINDOW`."""
WINDOW = timedelta(hours=1)
LONGEST = 200
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A case that was found."""

    case_id: UUID
    code: str
    state: CaseStatus
    opened_at: datetime


def kinds(session: Session, actor: Actor) -> tuple[str, ...]:
    """Give what the actor can search by."""
    fiscal = (fiscal_codes.KIND,) if fiscal_codes.searches(session, actor) else ()
    return (CODE, *blind.KINDS, *fiscal)


def find(session: Session, actor: Actor, kind: str, text: str) -> list[Found]:
    """Give the cases of the actor's own scope that have this code, or in which his agencies have written this value.

    Raises Forbidden, and InvalidValue for `kind` or `text`; for `text` also `too_many`, when he has searched too often.
    """
    if kind not in kinds(session, actor):
        raise errors.InvalidValue("kind", "required")
    wanted = text.strip()[:LONGEST]
    if not wanted:
        raise errors.InvalidValue("text", "required")
    access.require(actor, Action.SEARCH)
    _require_patience(session, actor)
    cases = _by_code(session, actor, wanted) if kind == CODE else _by_value(session, actor, kind, wanted)
    for case in cases:
        trail.note(session, actor, "case.found", case.id)
    audit.record(session, actor, "search.done", "network", actor.network_id, kind=kind, found=len(cases))
    return [Found(case.id, case.code, case.state, case.opened_at) for case in cases]


def _require_patience(session: Session, actor: Actor) -> None:
    query = select(func.count()).where(
        AuditEntry.network_id == actor.network_id,
        AuditEntry.at > clock.now() - WINDOW,
        AuditEntry.actor_id == actor.user_id,
        AuditEntry.action == "search.done",
    )
    if (session.scalar(query) or 0) >= MOST:
        raise errors.InvalidValue("text", "too_many")


def _by_code(session: Session, actor: Actor, text: str) -> list[Case]:
    case = lookup.case_named(session, actor, text)
    return [] if case is None else [case]


def _by_value(session: Session, actor: Actor, kind: str, text: str) -> list[Case]:
    is_fiscal = kind == fiscal_codes.KIND
    entries = fiscal_codes.cases_with(session, actor, text) if is_fiscal else _written(actor, kind, text)
    query = (
        select(Case)
        .where(Case.id.in_(entries), Case.id.in_(access.scope(actor).case_ids))
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(LIMIT)
    )
    return list(session.scalars(query))


def _written(actor: Actor, kind: str, text: str) -> Select[UUID]:
    return select(BlindEntry.case_id).where(
        BlindEntry.network_id == actor.network_id,
        BlindEntry.kind == kind,
        BlindEntry.digest.in_(blind.digests(actor.network_id, kind, text)),
        BlindEntry.controller_id.in_(access.controllers(actor, Action.SEARCH)),
    )
