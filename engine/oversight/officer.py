"""What waits for the data-protection officer: how much of each kind, and when the first of it is due.

It counts; the page of each kind shows it, by that page's own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select

from engine.cases.erasure_models import Erasure, ErasureState
from engine.cases.models import Case
from engine.oversight import breaches, data_requests, vital_interests
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import EmergencyAccess

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of a kind waits; `due_at` is when the first of it is due, where the kind has a term."""

    kind: str
    count: int
    due_at: datetime | None


def waiting(session: Session, actor: Actor) -> tuple[Waiting, ...]:
    """Count what waits for the officer, kind by kind, also where it is nothing. Raises Forbidden."""
    access.require(actor, Action.PROTECT_DATA)
    counted = [
        ("requests", *data_requests.waiting(session, actor)),
        ("breaches", *breaches.waiting(session, actor)),
        ("emergencies", *session.execute(_emergencies(actor)).one()),
        ("vital_interests", vital_interests.waiting(session, actor)[0], None),
        ("erasures", session.scalar(_erasures(actor)) or 0, None),
    ]
    return tuple(Waiting(*each) for each in counted)


def total(session: Session, actor: Actor) -> int | None:
    """Count all that waits for the officer; None for anybody else."""
    if not access.may(actor, Action.PROTECT_DATA):
        return None
    return sum(one.count for one in waiting(session, actor))


def _emergencies(actor: Actor) -> Select[int, datetime]:
    """Give those that the lead of the agency which holds the case has still to judge."""
    return select(func.count(), func.min(EmergencyAccess.review_until)).where(
        EmergencyAccess.network_id == actor.network_id,
        EmergencyAccess.reviewed_at.is_(None),
        access.scope(actor).admits(EmergencyAccess.case_id),
    )


def _erasures(actor: Actor) -> Select[int]:
    """Give those that were asked for the bodies whose officer this is."""
    return (
        select(func.count())
        .select_from(Erasure)
        .join(Case, Case.id == Erasure.case_id)
        .where(
            Erasure.network_id == actor.network_id,
            Erasure.state == ErasureState.ASKED,
            Erasure.controller_id.in_(access.controllers(actor, Action.DECIDE_ERASURE)),
            access.scope(actor).admits(Case.id),
        )
    )
