"""What the page of a step's terms shows: its clocks, and the dates that they wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from engine.cases import lookup, stating, task_page, trail
from engine.cases.models import Case, TaskStatus, UserTask
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.stating import UnknownDate
    from engine.cases.task_page import DeadlineRow
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class TermsPage:
    """A step with its clocks; `may_state`: the actor may state the dates that they wait for."""

    task: UserTask
    case_code: str
    deadlines: tuple[DeadlineRow, ...]
    unknown_dates: tuple[UnknownDate, ...]
    may_state: bool


def page(session: Session, actor: Actor, task_id: UUID) -> TermsPage:
    """Give the terms of a step of one's own. Raises NotFound, Conflict `handover_under_way`."""
    task = lookup.task(session, actor, task_id)
    trail.note_task(session, actor, "task.read", task)
    lookup.require_here(task)
    is_open = task.state in {TaskStatus.OPEN, TaskStatus.CLAIMED}
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    may = access.may_step(actor, Action.STATE_DATE, agency_id=task.agency_id, channel=channel, proxies=proxies)
    return TermsPage(
        task=task,
        case_code=session.get_one(Case, task.case_id).code,
        deadlines=task_page.deadlines(session, task),
        unknown_dates=stating.of_task(session, task),
        may_state=is_open and may,
    )
