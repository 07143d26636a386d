"""What becomes of questions between agencies while the step on which they were asked stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine.calendars.lengths import Clock, Length
from engine.cases import answer_times
from engine.cases.models import UserTask
from engine.cases.question_models import Question

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.models import Case

TIME = ("D40", Length.read("P2D", Clock.GL))
"""The network's parameter for the answer, and the time where it has none: two working days of the asked."""


def run_on(session: Session, case: Case, at: datetime) -> None:
    """Give back to what waits the time for which its step stood still; what was late by then stays as late."""
    query = (
        select(Question, func.greatest(UserTask.held_since, Question.asked_at))
        .join(UserTask, UserTask.id == Question.task_id)
        .where(Question.case_id == case.id, Question.answered_at.is_(None), UserTask.held_since.is_not(None))
    )
    for row, since in session.execute(query.execution_options(populate_existing=True)).all():
        counted = answer_times.counting(
            session, row.network_id, *TIME, asked=row.network_id, agency_id=row.to_agency_id
        )
        row.climbs_at = row.climbs_at and answer_times.moved(counted, row.climbs_at, since, at)
        due_at = answer_times.moved(counted, row.due_at, since, at)
        row.counts_from, row.due_at = row.counts_from + (due_at - row.due_at), due_at
