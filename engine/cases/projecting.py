"""What running deadlines would come to on the opening hours of now, or with the present length of a parameter.

Looks only; `recounting` moves. A deadline that is over stays as late as it is: a breach is not moved away. What is
urgent (E0, E1) is never moved to later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import or_, select

from engine import clock, parameters
from engine.calendars.lengths import Clock, Length
from engine.cases.models import UserTask
from engine.deadlines import arming, budgets, climbing
from engine.deadlines.models import Deadline, DeadlinePause, DeadlineStatus, Rung, RungStep
from engine.definitions import repository
from engine.errors import NeverOpen
from engine.ladders.steps import EscalationClass

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.calendars.timetables import Timetables

_AT_A_TIME = 2_000
_URGENT = (EscalationClass.E0, EscalationClass.E1)
_ON_CALENDARS = or_(
    Deadline.counts == Clock.GL,
    select(Rung.id)
    .where(Rung.deadline_id == Deadline.id, Rung.counts == Clock.GL, Rung.state.in_(arming.STANDING))
    .exists(),
)


@dataclass(frozen=True, slots=True)
class Projected:
    """A running deadline, and what it comes to: its length, when it is due, when its rungs are that have not fired.

    `unknown` where it cannot be said: the agency never opens, or more than one length could be meant. `held_back`: it
    would come later, and is too urgent for that.
    """

    deadline: Deadline
    rungs: Sequence[Rung]
    length: str
    due_at: datetime
    rungs_at: tuple[datetime, ...]
    unknown: bool = False
    held_back: bool = False

    @property
    def moves(self) -> bool:
        """Whether anything of it comes to another instant."""
        if self.unknown or self.held_back:
            return False
        return self.due_at != self.deadline.due_at or self.rungs_at != tuple(rung.due_at for rung in self.rungs)


def candidates(network_id: UUID, parameter: str | None) -> list[ColumnElement[bool]]:
    """Say of deadlines that they run, and could come to another instant."""
    # What two people have extended ends when they have said.
    running = [Deadline.network_id == network_id, Deadline.state.in_(arming.RUNNING), Deadline.extends_id.is_(None)]
    if parameter is None:
        return [*running, _ON_CALENDARS]
    parts = parameter.split(".")
    return [*running, Deadline.parameter.in_([".".join(parts[:number]) for number in range(1, len(parts) + 1)])]


def all_of(
    session: Session, timetables: Timetables, where: Sequence[ColumnElement[bool]], parameter: str | None
) -> Iterator[Projected]:
    """Give what deadlines come to, however many, as `project` does; only some at a time are in memory."""
    after: list[ColumnElement[bool]] = []
    while True:
        some = select(Deadline.id).where(*where, *after).order_by(Deadline.id).limit(_AT_A_TIME)
        ids = session.scalars(some).all()
        if not ids:
            return
        yield from project(session, timetables, [Deadline.id.in_(ids)], parameter)
        after = [Deadline.id > ids[-1]]


def project(
    session: Session, timetables: Timetables, where: Sequence[ColumnElement[bool]], parameter: str | None
) -> list[Projected]:
    """Give what deadlines come to; with a parameter those alone that began with another length of it than today's."""
    rows = session.scalars(select(Deadline).where(*where).order_by(Deadline.due_at, Deadline.id)).all()
    ids = [row.id for row in rows]
    rungs: dict[UUID, list[Rung]] = {}
    standing = select(Rung).where(Rung.deadline_id.in_(ids), Rung.state.in_(arming.STANDING)).order_by(Rung.position)
    for rung in session.scalars(standing):
        rungs.setdefault(rung.deadline_id, []).append(rung)
    pauses: dict[UUID, list[DeadlinePause]] = {}
    ledger = select(DeadlinePause).where(DeadlinePause.deadline_id.in_(ids)).order_by(DeadlinePause.since)
    for pause in session.scalars(ledger):
        pauses.setdefault(pause.deadline_id, []).append(pause)
    asked = _Asked(session, parameter) if parameter is not None and rows else None
    found = []
    for row in rows:
        length = asked.length_of(row) if asked is not None else row.length
        standing_rungs = rungs.get(row.id, [])
        if length is None:
            unclear = tuple(rung.due_at for rung in standing_rungs)
            found.append(Projected(row, standing_rungs, row.length, row.due_at, unclear, unknown=True))
        elif asked is None or length != row.length:
            found.append(_projected(row, length, standing_rungs, pauses.get(row.id, []), timetables))
    return found


class _Asked:
    """Which deadlines began with another length of a parameter than today's."""

    def __init__(self, session: Session, name: str) -> None:
        self._session, self._name = session, name
        self._current: Mapping[str, parameters.Parameter] | None = None
        self._lengths: dict[str, set[str]] = {}

    def length_of(self, row: Deadline) -> str | None:
        """Give today's length of a deadline; its own if it is not of this parameter, None if that cannot be told."""
        if self._current is None:
            self._current = parameters.current(self._session, row.network_id)
            for version in parameters.versions(self._session, row.network_id):
                if version.length is not None:
                    self._lengths.setdefault(version.name, set()).add(_kept(version))
        task = self._session.get_one(UserTask, row.task_id)
        node = repository.load(self._session, task.definition_id).node(task.element_id)
        named = {each.parameter for each in node.deadlines if each.clock == row.clock}
        meant = {name for name in named if row.length in self._lengths.get(name, ())}
        if self._name not in meant:
            return row.length
        # A deadline keeps the name that its lengths have in common: which one was chosen would tell what is sealed.
        today = {_kept(self._current[name]) for name in meant}
        return today.pop() if len(today) == 1 else None


def _kept(version: parameters.Parameter) -> str:
    """Give a length as deadlines keep it: elapsed time in its shortest form."""
    length = version.duration
    return Length.of(length.time).text if length.clock is Clock.H else length.text


def _projected(
    row: Deadline, length: str, rungs: list[Rung], pauses: list[DeadlinePause], timetables: Timetables
) -> Projected:
    stands_since = next((pause.since for pause in pauses if pause.until is None), None)
    steps = [arming.planned(rung) for rung in rungs]
    try:
        calendar = timetables.of(row.agency_id) if climbing.need_calendar(row.counts, steps) else None
        due_at = row.due_at
        if row.due_at > (stands_since or clock.now()):
            stood_still = [(pause.since, pause.until) for pause in pauses if pause.until is not None]
            due_at = budgets.due(Length.read(length, row.counts), row.starts_at, stood_still, calendar)
        if row.escalation_class in _URGENT and due_at > row.due_at:
            return Projected(row, rungs, row.length, row.due_at, (), held_back=True)
        climbs = [climbing.at(step, row.starts_at, due_at, calendar) for step in steps]
    except (NeverOpen, OverflowError):
        return Projected(row, rungs, row.length, row.due_at, (), unknown=True)
    stays = due_at == row.due_at
    rungs_at = tuple(
        # A reminder stands where the end of its term put it, also if that stood still meanwhile. And while it does,
        # what is left of the ladder is counted when it goes on.
        rung.due_at if row.state is DeadlineStatus.PAUSED or (stays and rung.step is RungStep.REMINDER) else climb_at
        for rung, climb_at in zip(rungs, climbs, strict=True)
    )
    return Projected(row, rungs, length, due_at, rungs_at)
