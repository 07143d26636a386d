"""What the page of a step's terms shows: its clocks, the dates that they wait for, extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from engine.cases import clock_rows, extending, ledgers, lookup, stating, trail
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import DeadlineClock, DeadlineStatus
from engine.participants import access
from engine.participants.access import Action
from engine.terms import Nature

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.clock_rows import DeadlineRow
    from engine.cases.extending import Asked
    from engine.cases.ledgers import Ledger
    from engine.cases.stating import UnknownDate
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class TermsPage:
    """A step with its clocks; `may_state`: the actor may state the dates that they wait for.

    `extensions` wait for another person; of the clocks that are `extendable` the actor may ask for one. `may_pause`:
    she may let a clock stand still, for the reasons that its ledger has, or run again.
    """

    task: UserTask
    case_code: str
    deadlines: tuple[DeadlineRow, ...]
    unknown_dates: tuple[UnknownDate, ...]
    may_state: bool
    extensions: tuple[Asked, ...]
    extendable: frozenset[DeadlineClock]
    ledgers: tuple[Ledger, ...]
    may_pause: bool


def page(session: Session, actor: Actor, task_id: UUID) -> TermsPage:
    """Give the terms of a step of one's own. Raises NotFound, Conflict `handover_under_way`."""
    task = lookup.task(session, actor, task_id)
    trail.note_task(session, actor, "task.read", task)
    lookup.require_here(task)
    is_open = task.state in {TaskStatus.OPEN, TaskStatus.CLAIMED}
    channel, proxies = lookup.channel(session, task.agency_id), lookup.proxies(task)
    may = access.may_step(actor, Action.STATE_DATE, agency_id=task.agency_id, channel=channel, proxies=proxies)
    deadlines, extensions = clock_rows.of_task(session, task), extending.of_task(session, actor, task)
    asked_for = {each.clock for each in extensions}
    extendable = {
        each.clock
        for each in deadlines
        if each.state is DeadlineStatus.ARMED and each.nature is not Nature.LEGGE and each.clock not in asked_for
    }
    free = is_open and may and task.held_since is None
    return TermsPage(
        task=task,
        case_code=session.get_one(Case, task.case_id).code,
        deadlines=deadlines,
        unknown_dates=stating.of_task(session, task),
        may_state=is_open and may,
        extensions=extensions,
        extendable=frozenset(extendable) if free else frozenset(),
        ledgers=ledgers.of_task(session, task),
        may_pause=free,
    )
