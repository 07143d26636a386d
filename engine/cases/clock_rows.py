"""The clocks of a task with their ladders, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import parameters
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.definitions import repository

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.calendars.lengths import Clock
    from engine.cases.models import UserTask
    from engine.parameters import Titles
    from engine.terms import Nature


@dataclass(frozen=True, slots=True)
class RungRow:
    """A step of a ladder as a page shows it."""

    step: RungStep
    targets: tuple[str, ...]
    actions: tuple[str, ...]
    due_at: datetime
    state: RungStatus
    fired_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A clock of a task as a page shows it, with its ladder.

    `happened_at` is when the act was done that stopped it, `stopped_at` when that was recorded; `recorded_late` when it
    was done in time and recorded after it.
    """

    clock: DeadlineClock
    parameter: str
    title_it: str
    title_en: str
    nature: Nature
    consequence_it: str
    consequence_en: str
    counts: Clock
    starts_at: datetime
    due_at: datetime
    state: DeadlineStatus
    happened_at: datetime | None
    stopped_at: datetime | None
    kept: bool | None
    recorded_late: bool
    rungs: tuple[RungRow, ...]

    @property
    def stoppable(self) -> bool:
        """Whether its ladder has told somebody and goes on: who sees to it can say so."""
        states = {rung.state for rung in self.rungs}
        return self.state is DeadlineStatus.ARMED and {RungStatus.FIRED, RungStatus.WAITING} <= states


def of_task(session: Session, found: UserTask) -> tuple[DeadlineRow, ...]:
    """Give the clocks of a task with their ladders, the earlier first: those of the agency that has it.

    What ran while another one had it, before it was handed over, is that one's own.
    """
    own = (Deadline.task_id == found.id, Deadline.agency_id == found.agency_id)
    rows = session.scalars(select(Deadline).where(*own).order_by(Deadline.due_at)).all()
    if not rows:
        return ()
    query = select(Rung).where(Rung.deadline_id.in_([row.id for row in rows])).order_by(Rung.position)
    rungs = session.scalars(query).all()
    named = parameters.named(session, found.network_id)
    node = repository.load(session, found.definition_id).node(found.element_id)
    return tuple(_clock(row, [rung for rung in rungs if rung.deadline_id == row.id], named, node) for row in rows)


def _clock(row: Deadline, rungs: list[Rung], named: Mapping[str, Titles], node: model.Node) -> DeadlineRow:
    title_it, title_en = parameters.titles(named, row.parameter)
    consequence_it, consequence_en = _consequence(row, node)
    return DeadlineRow(
        clock=row.clock,
        parameter=row.parameter,
        title_it=title_it,
        title_en=title_en,
        nature=row.nature,
        consequence_it=consequence_it,
        consequence_en=consequence_en,
        counts=row.counts,
        starts_at=row.starts_at,
        due_at=row.due_at,
        state=row.state,
        happened_at=row.happened_at,
        stopped_at=row.stopped_at,
        kept=row.kept,
        recorded_late=row.recorded_late,
        rungs=tuple(
            RungRow(one.step, tuple(one.targets), tuple(one.actions), one.due_at, one.state, one.fired_at)
            for one in rungs
        ),
    )


def _consequence(row: Deadline, node: model.Node) -> tuple[str, str]:
    """Say what follows if a clock passes, in both languages; all that is possible where the name tells no more."""
    alike = [each for each in node.deadlines if (each.clock, each.nature) == (row.clock, row.nature)]
    meant = [deadline for deadline in alike if deadline.parameter.startswith(row.parameter)]
    italian = dict.fromkeys(deadline.consequence[0] for deadline in meant if deadline.consequence[0])
    english = dict.fromkeys(deadline.consequence[1] or deadline.consequence[0] for deadline in meant)
    return "; ".join(italian), "; ".join(text for text in english if text)
