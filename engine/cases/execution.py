"""The only way to move a case: lock its row, do what is due, carry out one command, save, project.

    with execution.locked(session, case_id, actor) as running:
        running.instance(instance_id).complete(task_id, values)

What was due by the command's instant is done first and stays done, even when the command itself is then refused: a
savepoint stands between the two. All instances of a case move one command at a time, so a user's command and a deadline
that fires at the same moment cannot both have the task.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select

from engine import clock, crypto, db, errors, parameters
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from engine.calendars.timetables import Timetables
from engine.cases import (
    agenda,
    confidential,
    escalation,
    holding,
    participation,
    post,
    projection,
    resting,
    returning,
    routing,
    standing_still,
    trail,
    unknown_dates,
)
from engine.cases.ground import Ground, KeptOut
from engine.cases.models import Case, CaseState, CaseStatus, InstanceStatus, ProcessInstance
from engine.definitions import repository
from engine.participants.access import Actor
from engine.participants.models import Agency, CaseParticipation, Exclusion
from engine.sight import Reach

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.calendars.calendar import Calendar

# Built once: building a query costs as much as running it.
_LOCK = select(Case, db.held(Case.id)).where(Case.id == bindparam("case_id")).execution_options(populate_existing=True)
_LOCK, _LOCK_IF_FREE = (_LOCK.with_for_update(key_share=True, skip_locked=skip) for skip in (False, True))
_KEPT_OUT = (Exclusion.case_id == bindparam("case_id"), Exclusion.until.is_(None))
# Who takes part in a case, and who is kept out of it, as that stands under the lock. The agencies come along, so that
# what is asked of them needs no statement of its own; a case in which nobody takes part any more gives a row too.
_PARTICIPATIONS = (
    select(
        CaseParticipation,
        Agency,
        select(func.array_agg(Exclusion.user_id)).where(*_KEPT_OUT).scalar_subquery(),
        select(func.array_agg(Exclusion.agency_id)).where(*_KEPT_OUT).scalar_subquery(),
        crypto.OF_CASE,
        parameters.stamp(Case.network_id, bindparam("now", type_=Case.opened_at.type)),
    )
    .select_from(Case)
    .outerjoin(CaseParticipation, and_(CaseParticipation.case_id == Case.id, CaseParticipation.ended_why.is_(None)))
    .outerjoin(Agency, Agency.id == CaseParticipation.agency_id)
    .where(Case.id == bindparam("case_id"))
)
# The same where something is due: which of what may be due there is, so that no statement asks in vain.
_PARTICIPATIONS_DUE = _PARTICIPATIONS.add_columns(*agenda.waiting())
_INSTANCE = (
    select(ProcessInstance, CaseState)
    .join(CaseState, CaseState.instance_id == ProcessInstance.id)
    .where(ProcessInstance.id == bindparam("instance_id"), ProcessInstance.case_id == bindparam("case_id"))
)


class AlreadyLocked(errors.StaffettaError):
    """Somebody else is moving the case at this moment; only raised to a worker that does not wait."""


@dataclass(slots=True)
class Running(Ground):
    """A case during one command, with its instances as far as they are loaded."""

    instances: dict[UUID, projection.Loaded] = field(default_factory=dict)
    agencies: tuple[Agency, ...] = ()
    # What may be due besides timers; where it is not known, it is asked for.
    climbs: bool = True
    has_post: bool = True
    returns: bool = True
    _read: dict[UUID, tuple[ProcessInstance, CaseState]] = field(default_factory=dict)

    def has_read(self, row: ProcessInstance, stored: CaseState) -> None:
        """Take in the rows of an instance that were read, under the lock, together with something else."""
        self._read[row.id] = (row, stored)

    @property
    def loaded(self) -> Mapping[UUID, Instance]:
        return {key: loaded.instance for key, loaded in self.instances.items()}

    def instance(self, instance_id: UUID) -> Instance:
        loaded = self.instances.get(instance_id)
        if loaded is None:
            where = {"instance_id": instance_id, "case_id": self.case.id}
            found = self._read.get(instance_id) or self.session.execute(_INSTANCE, where).one_or_none()
            if found is None:
                raise errors.CaseClosed(case=self.case.id)
            row, stored = found
            instance = restored(self.session, row, stored, self.host)
            loaded = projection.Loaded.of(row, instance, stored)
            self.instances[instance_id] = loaded
        return loaded.instance

    def add(self, row: ProcessInstance, instance: Instance) -> None:
        self.instances[row.id] = projection.Loaded.fresh(row, instance)

    def running_ids(self) -> list[UUID]:
        """Give the ids of the case's instances that are still running, oldest first."""
        query = (
            select(ProcessInstance.id)
            .where(ProcessInstance.case_id == self.case.id, ProcessInstance.state == InstanceStatus.RUNNING)
            .order_by(ProcessInstance.started_at, ProcessInstance.id)
        )
        return list(self.session.scalars(query).all())

    def save(self) -> None:
        """Write what the instances have become: state, rows for people and clocks, and the case's next instant.

        What they have thrown reaches the others first.
        """
        routing.route(self)
        for loaded in self.instances.values():
            projection.write(self, loaded)
        if self.case.clocks_at is not None:
            looks = (unknown_dates.look(self), standing_still.look(self))
            self.case.clocks_at = min((at for at in looks if at is not None), default=None)
        if self.case.held_since is not None:
            holding.hold(self)
        if any(loaded.instance.completed for loaded in self.instances.values()):
            agenda.close_if_ended(self.session, self.case)
        participation.end_what_is_over(self)
        if self.case.basis_until is not None:
            resting.limit_parts(self)
        agenda.set_next_due(self.session, self.case)

    def do_due_work(self) -> None:
        """Do what is due by now: what was sent to the case, timers with all that follows, rungs of deadlines.

        What was sent before the oldest timer was due comes before the timers; first of all a pause ends that is over,
        and what nothing allows any more.
        """
        self._end_what_is_over()
        parcels = post.arrived(self.session, self.case) if self.has_post else []
        if parcels:
            first_due = agenda.first_due_timer(self.session, self.case)
            parcels = post.take(self, parcels, before=first_due)
        for row, stored in agenda.instances_with_due_timers(self.session, self.case):
            if stored is not None:
                self.has_read(row, stored)
            self.instance(row.id).advance()
        # What a timer takes away may have been late before that: its ladder says so before it falls away.
        post.take(self, parcels)
        for loaded in self.instances.values():
            for task_id, at in loaded.instance.taken_away.items():
                self._climb(until=at, task_id=task_id)
        agenda.note_success(self.session, self.case)
        trail.note(self.session, Actor.system(self.case.network_id), "case.due_work", self.case.id)
        routing.route(self)
        for loaded in self.instances.values():
            projection.write(self, loaded)
        if self.case.held_since is not None:
            holding.hold(self)
        if self.returns:
            returning.look(self)
        self._climb()
        self.save()
        if _is_due(self.case):  # a clock that was set by this work, and is over already
            escalation.climb(self)
            self.save()

    def _end_what_is_over(self) -> None:
        if self.case.held_until is not None and self.case.held_until <= clock.now():
            holding.let_go(self, self.case.held_until)
            self.climbs = True
        if self.case.basis_until is not None and self.case.basis_until <= clock.now():
            resting.end_vital_interests(self)
            self.climbs = True

    def _climb(self, *, until: datetime | None = None, task_id: UUID | None = None) -> None:
        if self.climbs:
            escalation.climb(self, until=until, task_id=task_id)


def restored(session: Session, row: ProcessInstance, stored: CaseState, host: Host | None = None) -> Instance:
    """Give an instance as it is stored; to be changed only under the lock of its case."""
    definition = repository.load(session, row.definition_id)
    content = confidential.open_state(session, stored)
    return Instance.restore(definition, content, stored.format, host or host_of(session, row.network_id, row.case_id))


@contextmanager
def locked(session: Session, case_id: UUID, actor: Actor | None) -> Iterator[Running]:
    """Lock a case, do its due work, then let one command act on it; everything is saved at the end.

    Without an actor nobody in particular acts. Raises NotFound, also when the case keeps the actor out.
    """
    with moving(session, lock(session, case_id), actor) as running:
        yield running


@contextmanager
def moving(session: Session, case: Case, actor: Actor | None) -> Iterator[Running]:
    """Go on as `locked` does with a case whose row this command has just locked."""
    running = _running(session, case)
    # Whoever was let in a moment ago may have been shut out while this waited for the lock.
    if actor is not None and running.kept_out.keeps(actor):
        raise errors.NotFound(case=case.id)
    if _is_due(running.case):
        # Nobody's own work, whoever's command it is done in: what arrives by the post is of another case, too.
        with db.reaching(session, Reach.EVERYTHING):
            running.do_due_work()
            session.flush()
        db.keep(session)
    with session.begin_nested():
        yield running
        running.save()


def catch_up(session: Session, case_id: UUID) -> None:
    """Do the due work of a case and nothing else. Raises NotFound, or AlreadyLocked when somebody else has it."""
    case = lock(session, case_id, wait=False)
    if _is_due(case):
        _running(session, case).do_due_work()


def lock(session: Session, case_id: UUID, *, wait: bool = True) -> Case:
    """Lock the row of a case and do nothing else: for what must not do its due work.

    Raises NotFound for an unknown case and AlreadyLocked when `wait` is false and somebody else has it.
    """
    case: Case | None = session.scalars(_LOCK if wait else _LOCK_IF_FREE, {"case_id": case_id}).one_or_none()
    if case is None:
        raise errors.NotFound(case=case_id) if wait else AlreadyLocked
    return case


def opened(session: Session, case: Case, participations: Mapping[str, CaseParticipation]) -> Running:
    """Give a case that this very command has created; nobody else can see it yet, so there is nothing to lock."""
    return Running(session, case, host_of(session, case.network_id, case.id), dict(participations), KeptOut())


def require_open(case: Case) -> None:
    """Raise CaseClosed unless the case is open."""
    if case.state is not CaseStatus.OPEN:
        raise errors.CaseClosed(case=case.id)


def host_of(session: Session, network_id: UUID, case_id: UUID, stamp: str | None = None) -> Host:
    """Give what expressions may ask for in a command of this network, in this case; nothing is read until they do."""
    timetables = Timetables(session, network_id)

    def calendar_of(lane: str) -> Calendar | None:
        query = select(CaseParticipation.agency_id).where(
            CaseParticipation.case_id == case_id, CaseParticipation.lane == lane, CaseParticipation.ended_why.is_(None)
        )
        agency_id = session.scalar(query)
        return None if agency_id is None else timetables.of(agency_id)

    return Host(clock.now(), parameters.values(session, network_id, stamp), calendar_of)


def _is_due(case: Case) -> bool:
    return case.next_due_at is not None and case.next_due_at <= clock.now()


def _running(session: Session, case: Case) -> Running:
    due = _is_due(case)
    of_case = {"case_id": case.id, "now": clock.now()}
    rows = session.execute(_PARTICIPATIONS_DUE if due else _PARTICIPATIONS, of_case).all()
    played = {row.lane: row for row, *_rest in rows if row is not None}
    kept_out = KeptOut(frozenset(rows[0][2] or ()) - {None}, frozenset(rows[0][3] or ()) - {None})
    # Held here, for the session forgets what nobody holds.
    agencies = tuple(agency for _participation, agency, *_rest in rows if agency is not None)
    trail.has_read(session, case.id, played.values())
    crypto.has_read(session, case.id, rows[0][4])
    host = host_of(session, case.network_id, case.id, rows[0][5])
    running = Running(session, case, host, played, kept_out, agencies=agencies)
    if due:
        first_rung, running.has_post, first_return = rows[0][6:]
        running.climbs = first_rung is not None and first_rung <= clock.now()
        running.returns = first_return is not None and first_return <= clock.now()
    return running
