"""Terms that are watched over: those who keep one are told that it is running out, and that it is over; each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select

from engine import clock
from engine.cases.breach_models import Breach
from engine.cases.request_models import SubjectRequest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_Row = TypeVar("_Row", Breach, SubjectRequest)


def running_out(
    session: Session, kind: type[_Row], waits: ColumnElement[bool], before: Sequence[timedelta]
) -> Iterator[tuple[_Row, bool]]:
    """Give the rows of which a warning is to be said now, and whether it is the last: that the term is over.

    `before` says how long before the end each goes out. What others are at work on comes next time.
    """
    now = clock.now()
    steps = [and_(kind.warned <= number, kind.due_at <= now + length) for number, length in enumerate(before)]
    query = select(kind).where(waits, or_(*steps)).with_for_update(skip_locked=True)
    for row in session.scalars(query).all():
        row.warned = sum(row.due_at - length <= now for length in before)
        yield row, row.warned == len(before)
