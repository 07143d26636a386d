"""New data keys for cases that are worked on: what one key has sealed stays little, and what it opens old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine import crypto
from engine.cases.models import Case, CaseStatus
from engine.crypto import CaseKey

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def rotate(session: Session, before: datetime, *, limit: int = 100) -> int:
    """Give up to `limit` cases and controllers a new data key whose newest one is from before; return how many.

    What was sealed stays readable by its own key. Ended cases keep theirs: nothing is sealed in them any more but a
    rare correction. Whoever seals at this moment may still use the key from before; that does no harm.
    """
    newest = (
        select(CaseKey.case_id, CaseKey.controller_id)
        .join(Case, Case.id == CaseKey.case_id)
        .where(Case.state == CaseStatus.OPEN)
        .group_by(CaseKey.case_id, CaseKey.controller_id)
        .having(func.max(CaseKey.created_at) < before, func.bool_and(CaseKey.destroyed_at.is_(None)))
        .limit(limit)
    )
    found = session.execute(newest).all()
    for case_id, controller_id in found:
        crypto.rotate(session, case_id, controller_id)
    return len(found)
