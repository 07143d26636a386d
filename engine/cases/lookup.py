"""Finding a case or a task for somebody: what is not his is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, any_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import aliased

import forms
from engine import clock, db, errors
from engine.cases import codes
from engine.cases.models import Baton, Case, TaskStatus, UserTask
from engine.participants import access
from engine.participants.models import Agency, CaseParticipation, Channel, Exclusion

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import BindParameter
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from engine.participants.access import Actor


_LOCK_CASE = (
    select(Case, db.held(Case.id))
    .join(UserTask, UserTask.case_id == Case.id)
    .where(UserTask.id == bindparam("task_id"))
    .with_for_update(key_share=True, of=Case)
    .execution_options(populate_existing=True)
)


def unlapsed(case_id: InstrumentedAttribute[UUID], now: BindParameter[Any] | datetime) -> ColumnElement[bool]:
    """Say of each row that in its case no vital interest has lapsed whose end is still to be noted.

    Until then nobody is shown what he is only asked to take on: it may rest on that.
    """
    of_case = aliased(Case)
    goes_on = select(of_case.basis_until > now).where(of_case.id == case_id)
    return func.coalesce(goes_on.correlate_except(of_case).scalar_subquery(), true())


def _pending(now: BindParameter[Any] | datetime) -> ColumnElement[bool]:
    """Say of steps that they are in hand without a part in the case: to be handed over, or asked to be taken on."""
    here = or_(UserTask.handover == Baton.PREPARE, unlapsed(UserTask.case_id, now))
    return and_(UserTask.handover.in_([Baton.PREPARE, Baton.SENT]), UserTask.state == TaskStatus.OPEN, here)


SEEN = or_(
    access.has(access.IN_CASES, UserTask.case_id),
    and_(_pending(bindparam("scope_now")), access.admits_reader(UserTask.case_id)),
)
_SEEN_TASK = select(UserTask).where(UserTask.id == bindparam("task_id"), SEEN)
_LOCK_OWN_CASE = _LOCK_CASE.where(
    SEEN,
    or_(
        UserTask.agency_id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid()))),
        UserTask.proxy_id == any_(bindparam("scope_agencies", type_=ARRAY(Uuid()))),
    ),
)


def case_named(session: Session, actor: Actor, code: str) -> Case | None:
    """Find a case by its code, however typed, open or closed; None when there is none, or it is not the actor's."""
    query = select(Case).where(
        Case.network_id == actor.network_id,
        Case.code == (codes.parse(code) or ""),
        Case.id.in_(access.scope(actor).case_ids),
    )
    return session.scalars(query).one_or_none()


def sees_case(session: Session, actor: Actor, case_id: UUID) -> bool:
    """Tell whether one of the actor's agencies takes part in a case."""
    query = select(Case.id).where(Case.id == case_id, Case.id.in_(access.scope(actor).case_ids))
    return session.scalar(query) is not None


def case(session: Session, actor: Actor, case_id: UUID, *, to_read: bool = False) -> Case:
    """Find a case that one of the actor's agencies takes part in, `to_read` one open in an emergency too.

    Raises NotFound.
    """
    scope = access.scope(actor)
    seen = scope.reads(Case.id) if to_read else Case.id.in_(scope.case_ids)
    query = select(Case).where(Case.id == case_id, seen)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.NotFound(case=case_id)
    return found


def task(session: Session, actor: Actor, task_id: UUID, *, to_read: bool = False) -> UserTask:
    """Find a task that the actor's agency owes, or records for an agency without computers.

    `to_read` any task of a case that is open to him in an emergency too. Raises NotFound: the steps of other agencies
    are not his to open, though he sees that they exist.
    """
    if actor.is_system or (to_read and actor.emergencies):
        found = session.scalars(
            select(UserTask).where(UserTask.id == task_id, seen(actor, to_read=to_read))
        ).one_or_none()
    else:
        found = session.scalars(_SEEN_TASK, {"task_id": task_id, **access.scope(actor).values}).one_or_none()
    if found is None or not (visible(actor, found) or (to_read and whole(actor, found.case_id))):
        raise errors.NotFound(task=task_id)
    return found


def lock_case_of(session: Session, actor: Actor, task_id: UUID) -> Case:
    """Lock the case of a task that is the actor's to open, as `task` has it. Raises NotFound, and then locks nothing.

    Of the case alone this gives the latest state. All other rows have to be read after it, by a new statement.
    """
    if actor.is_system:
        query, values = _LOCK_CASE.where(Case.network_id == actor.network_id), {}
    else:
        query, values = _LOCK_OWN_CASE, access.scope(actor).values
    found: Case | None = session.scalars(query, {"task_id": task_id, **values}).one_or_none()
    if found is None:
        raise errors.NotFound(task=task_id)
    return found


def seen(actor: Actor, *, to_read: bool = False) -> ColumnElement[bool]:
    """Say of tasks what `SEEN` does, in queries that are not built in advance; `to_read` as `case` has it."""
    scope = access.scope(actor)
    beyond = scope.in_emergency(UserTask.case_id) if to_read else false()
    return or_(scope.sees(UserTask.case_id), beyond, and_(_pending(clock.now()), scope.admits(UserTask.case_id)))


def visible(actor: Actor, found: UserTask) -> bool:
    """Tell whether a task of a case in the actor's scope is his to open."""
    return actor.is_system or not {found.agency_id, found.proxy_id}.isdisjoint(access.scope(actor).agency_ids)


def whole(actor: Actor, case_id: UUID) -> bool:
    """Tell whether all of a case that the actor has found is his to read, whosever it is."""
    return actor.is_system or case_id in actor.emergencies


def require_here(found: UserTask) -> None:
    """Raise Conflict `handover_under_way` for a step that the agency which has it has not accepted, or has to send."""
    if pending(found) is not None:
        raise errors.Conflict("handover_under_way", task=found.id)


def pending(found: UserTask) -> Baton | None:
    """Say whether a case is still to be handed over for a step: None once it is there."""
    return found.handover if found.handover in {Baton.PREPARE, Baton.SENT} else None


def proxies(found: UserTask) -> frozenset[UUID]:
    """Give the agencies that record a task for the one that owes it."""
    return frozenset() if found.proxy_id is None else frozenset({found.proxy_id})


def ones_own(agency_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Say of tasks that one of these agencies owes them, or records them for one without computers."""
    return or_(UserTask.agency_id.in_(agency_ids), UserTask.proxy_id.in_(agency_ids))


def channel(session: Session, agency_id: UUID) -> Channel:
    """Give the way in which an agency receives its steps."""
    return session.get_one(Agency, agency_id).channel


def participating(session: Session, case_id: UUID) -> frozenset[UUID]:
    """Give the agencies that take part in a case now."""
    now = clock.now()
    query = select(CaseParticipation.agency_id).where(
        CaseParticipation.case_id == case_id,
        access.going_on(now),
    )
    return frozenset(session.scalars(query).all())


def holder(session: Session, case: Case) -> UUID | None:
    """Give the agency that holds a case: who opened it, or who has taken part in it longest of those that do now.

    One that the case keeps out is none; None when no other is left.
    """
    now, kept_out = clock.now(), kept_out_agencies(session, case.id)
    query = (
        select(CaseParticipation.agency_id)
        .where(
            CaseParticipation.case_id == case.id,
            access.going_on(now),
        )
        .order_by(CaseParticipation.since, CaseParticipation.id)
    )
    playing = [agency_id for agency_id in session.scalars(query).all() if agency_id not in kept_out]
    return case.opened_by_agency_id if case.opened_by_agency_id in playing else next(iter(playing), None)


def kept_out_agencies(session: Session, case_id: UUID) -> frozenset[UUID]:
    """Give the agencies that a case keeps out now, for what is proposed; under the lock `Running.kept_out` has them."""
    query = select(Exclusion.agency_id).where(Exclusion.case_id == case_id, Exclusion.until.is_(None))
    return frozenset(agency_id for agency_id in session.scalars(query).all() if agency_id is not None)


def plays_in(
    actor: Actor, instance_id: ColumnElement[UUID] | InstrumentedAttribute[UUID], *, whole: bool = False
) -> ColumnElement[bool]:
    """Say whether one of the actor's agencies has a part in a process now: a step came to it in a lane that it plays.

    Who only opened the case, is only foreseen in it, or gave its lane away, has none. `whole`: a part in all that the
    process holds, not only in the fields with which the case was handed over.
    """
    now = clock.now()
    in_lane = and_(
        CaseParticipation.case_id == UserTask.case_id,
        CaseParticipation.lane == UserTask.lane,
        CaseParticipation.agency_id == UserTask.agency_id,
    )
    query = (
        select(UserTask.id)
        .join(CaseParticipation, in_lane)
        .where(
            UserTask.instance_id == instance_id,
            UserTask.agency_id.in_(access.scope(actor).agency_ids),
            access.going_on(now),
            CaseParticipation.fields.is_(None) if whole else true(),
        )
    )
    return query.exists()


def validated(form: forms.Form, values: Mapping[str, Any], context: Mapping[str, Any]) -> forms.Validated:
    """Check an answer against its form. Raises InvalidAnswer with the code of each field's error."""
    try:
        return forms.validate(form, values, context=context, now=clock.now())
    except forms.InvalidAnswer as refused:
        raise errors.InvalidAnswer({key: error.code for key, error in refused.errors.items()}) from None
