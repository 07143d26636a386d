"""Ho scritto nel caso sbagliato: an answer is taken out of a case that is another woman's, at once and by one person.

What was sealed of it is destroyed where it stands, with its files and what it was found by; the row stays and says so.
The step is open again where nothing has been built upon the answer; otherwise it stays done, without one. What was
written may go on as the draft of the right case's step: there it is looked at and sent in the ordinary way, so nothing
is decided in another woman's case by a mistake in this one.

Whoever answers for data protection has to judge whether it was a breach (art. 33 GDPR), and is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, delete, func, literal, or_, select

import forms
from engine import audit, blind, clock, db, errors, notifications, parameters
from engine.cases import erasure, execution, history, lookup, reopening, submissions, tasks
from engine.cases.breach_models import Breach
from engine.cases.file_models import Attachment
from engine.cases.models import Case, Draft, FormSubmission, TaskStatus, UserTask
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Role
from forms import secrecy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

PARAMETER, LENGTH = "D53", timedelta(hours=72)
"""The network's parameter for the assessment, and how long it has where there is none: art. 33 GDPR, from knowledge."""

FOUND = "breach_found"
"""Kind of the notice."""


@dataclass(frozen=True, slots=True)
class TakenOut:
    """An answer that was taken out, as it is written down outside the database: ids and an instant."""

    submission_id: UUID
    network_id: UUID
    case_id: UUID
    at: datetime


def take_out(session: Session, actor: Actor, submission_id: UUID, *, to_task: UUID | None = None) -> Breach:
    """Take an answer of one's own agency, with its corrections, out of the case in which it should not stand.

    Who gave it may, or her agency's lead. `to_task` is a step of the right case with the same form, free or one's own,
    without a draft: what was written becomes its draft, but for files. Raises NotFound, Forbidden; Conflict
    `misfiled_already`, `erasure_held`, `another_form`, `draft_in_the_way`; what claiming and drafting raise.
    """
    first = submissions.first_of(session, submissions.find(session, actor, submission_id))
    _require_may(session, actor, first)
    target = lookup.task(session, actor, to_task) if to_task is not None else None
    # In the order of their ids: two who move answers between the same two cases at once would wait for each other.
    for case_id in sorted({first.case_id} | ({target.case_id} if target is not None else set())):
        execution.lock(session, case_id)
        execution.catch_up(session, case_id)
    # What was due in either stays done; of all that follows, everything or nothing.
    db.keep(session)
    session.refresh(first)
    if first.misfiled_at is not None:
        raise errors.Conflict("misfiled_already", submission=submission_id)
    erasure.require_not_held(session, first.case_id)
    written = _written(session, first) if target is not None else {}
    if target is not None:
        # First where it belongs: whatever keeps it from there, nothing is destroyed yet.
        _require_fits(session, first, target)
        _put_down(session, actor, target, written)
    try:
        return _taken_out(session, actor, first, back=True)
    except errors.AnotherStepFirst:
        return _taken_out(session, actor, first, back=False)


def targets(session: Session, actor: Actor, submission_id: UUID) -> list[tuple[UUID, str, str]]:
    """Give (id, case code, name) of the steps to whose draft an answer may be moved: those of the actor's own hands."""
    first = submissions.first_of(session, submissions.find(session, actor, submission_id))
    if first.task_id is None:
        return []
    form_id = session.get_one(UserTask, first.task_id).form_id
    query = (
        select(UserTask.id, Case.code, UserTask.name)
        .join(Case, Case.id == UserTask.case_id)
        .outerjoin(Draft, Draft.task_id == UserTask.id)
        .where(
            UserTask.form_id == form_id,
            UserTask.case_id != first.case_id,
            UserTask.agency_id == first.controller_id,
            UserTask.case_id.in_(access.scope(actor).case_ids),
            UserTask.handover.is_(None) | UserTask.handover.not_in(["prepare", "sent"]),
            or_(
                UserTask.state == TaskStatus.OPEN,
                (UserTask.state == TaskStatus.CLAIMED) & (UserTask.assignee_id == actor.user_id),
            ),
            Draft.task_id.is_(None),
        )
        .order_by(UserTask.state, UserTask.created_at.desc())
        .limit(20)
    )
    return [(task_id, code, name) for task_id, code, name in session.execute(query).all()]


def may(session: Session, actor: Actor, first: FormSubmission) -> bool:
    """Tell whether the actor may take an answer out of its case: she gave it, or leads the agency that did."""
    task = session.get_one(UserTask, first.task_id) if first.task_id is not None else None
    proxies = lookup.proxies(task) if task is not None else frozenset()
    gave_it = first.submitted_by_id == actor.user_id
    if not gave_it and access.scope(actor).led_agency_ids.isdisjoint({first.controller_id, *proxies}):
        return False
    channel = lookup.channel(session, first.controller_id)
    return access.may_step(actor, Action.TAKE_OUT, agency_id=first.controller_id, channel=channel, proxies=proxies)


def empty(session: Session, rows: Sequence[FormSubmission], *, at: datetime) -> None:
    """Destroy what is sealed of answers to one form, and the files that only they name; the rows stay as tombstones."""
    ids = [row.id for row in rows]
    others = select(FormSubmission).where(
        FormSubmission.task_id == rows[0].task_id, FormSubmission.id.not_in(ids), FormSubmission.misfiled_at.is_(None)
    )
    kept = {file for row in session.scalars(others) for file in _files(session, row)}
    gone = {file for row in rows for file in _files(session, row)} - kept
    session.execute(delete(Attachment).where(Attachment.id.in_(gone), Attachment.task_id == rows[0].task_id))
    # The application may not change answers: the database itself empties them, and can do nothing else with them.
    session.execute(select(func.take_answers_out(literal(ids, ARRAY(Uuid())), literal(at, db.Instant()))))
    for row in rows:
        session.refresh(row)


def readable_again(session: Session, stones: Sequence[TakenOut]) -> list[TakenOut]:
    """Give those that a restore brought back."""
    back = select(FormSubmission.id).where(
        FormSubmission.id.in_([one.submission_id for one in stones]), FormSubmission.misfiled_at.is_(None)
    )
    found = set(session.scalars(back))
    return [one for one in stones if one.submission_id in found]


def replay(session: Session, stones: Sequence[TakenOut]) -> int:
    """Destroy again what a restore brought back; give how many. What the restored database does not know is skipped."""
    again = readable_again(session, stones)
    for one in again:
        execution.lock(session, one.case_id)
        first = session.get_one(FormSubmission, one.submission_id)
        empty(session, _chain(session, first), at=one.at)
        _index_anew(session, first)
        subject = ("form_submission", one.submission_id)
        audit.record(session, None, "erasure.repeated", *subject, network_id=one.network_id)
    return len(again)


def _require_may(session: Session, actor: Actor, first: FormSubmission) -> None:
    if may(session, actor, first) and actor.user_id is not None:
        return
    # What one only reads, in an emergency or as asked for, is not there to be taken out.
    if first.controller_id not in access.scope(actor).agency_ids:
        raise errors.NotFound(submission=first.id)
    raise errors.Forbidden(action=Action.TAKE_OUT, submission=first.id)


def _require_fits(session: Session, first: FormSubmission, target: UserTask) -> None:
    """Raise Conflict unless the step asks the same, and nobody has begun to answer it."""
    asked = session.get_one(UserTask, first.task_id).form_id if first.task_id is not None else None
    if asked is None or target.form_id != asked or target.case_id == first.case_id:
        raise errors.Conflict("another_form", task=target.id)
    if session.get(Draft, target.id) is not None:
        raise errors.Conflict("draft_in_the_way", task=target.id)


def _written(session: Session, first: FormSubmission) -> Mapping[str, Any]:
    """Give what was last written, but for files: those are handed in anew."""
    newest = _chain(session, first)[-1]
    form = submissions.form_of(session, newest)
    values = submissions.opened(session, newest, kinds=secrecy.KINDS).values
    with_files = {name.partition(".")[0].partition("[")[0] for name, _ in forms.files(form, values)} if form else set()
    return {key: value for key, value in values.items() if key not in with_files}


def _files(session: Session, row: FormSubmission) -> set[UUID]:
    form = submissions.form_of(session, row)
    if form is None or not form.takes_files or row.task_id is None:
        return set()
    values = submissions.opened(session, row, kinds=secrecy.KINDS).values
    return {UUID(file) for _name, found in forms.files(form, values) for file in found}


def _chain(session: Session, first: FormSubmission) -> Sequence[FormSubmission]:
    """Give an answer and its corrections, the oldest first."""
    query = (
        select(FormSubmission)
        .where(or_(FormSubmission.id == first.id, FormSubmission.corrects_id == first.id))
        .order_by(FormSubmission.recorded_at, FormSubmission.id)
    )
    return session.scalars(query).all()


def _taken_out(session: Session, actor: Actor, first: FormSubmission, *, back: bool) -> Breach:
    with execution.locked(session, first.case_id, actor) as running:
        empty(session, _chain(session, first), at=clock.now())
        _index_anew(session, first)
        task = session.get_one(UserTask, first.task_id) if first.task_id is not None else None
        if task is not None:
            # A step that is open again has its former answer as a draft.
            session.execute(delete(Draft).where(Draft.task_id == task.id))
            if task.state in tasks.OPEN_STATES:
                # With the draft goes what a second person was to confirm.
                task.first_by_id = task.first_at = None
        reopened = back and task is not None and reopening.take_back(running, actor, task)
        history.record(
            session,
            running.case,
            history.EventKind.ANSWER_TAKEN_OUT,
            actor=actor,
            instance_id=first.instance_id,
            task_id=first.task_id,
            agency_id=first.controller_id,
            element_id=task.element_id if task is not None else None,
            values={"reopened": reopened},
        )
        return _open_breach(running, actor, first)


def _index_anew(session: Session, first: FormSubmission) -> None:
    """Let the case be found by what its controller's other answers say, and no more by what this one said."""
    blind.forget(session, first.case_id, first.controller_id)
    others = select(FormSubmission).where(
        FormSubmission.case_id == first.case_id,
        FormSubmission.controller_id == first.controller_id,
        FormSubmission.misfiled_at.is_(None),
    )
    for row in session.scalars(others):
        values = submissions.opened(session, row, kinds=secrecy.KINDS).values
        form, where = submissions.form_of(session, row), (row.network_id, row.case_id, row.controller_id)
        blind.keep(session, form, values, network_id=where[0], case_id=where[1], controller_id=where[2])


def _open_breach(running: Running, actor: Actor, first: FormSubmission) -> Breach:
    session, case = running.session, running.case
    found = parameters.values(session, case.network_id).get(PARAMETER, LENGTH)
    breach = Breach(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case.id,
        submission_id=first.id,
        controller_id=first.controller_id,
        found_by_id=actor.user_id,
        due_at=clock.now() + (found if isinstance(found, timedelta) else LENGTH),
    )
    session.add(breach)
    receivers = [Receiver.with_role(role) for role in (Role.DPO, Role.COORDINAMENTO)]
    for receiver in (*receivers, Receiver.with_role(Role.RESPONSABILE, first.controller_id)):
        notifications.notify(session, receiver, FOUND, network_id=case.network_id, case_id=case.id)
    return breach


def _put_down(session: Session, actor: Actor, target: UserTask, written: Mapping[str, Any]) -> None:
    """Keep what was written as the draft of the right case's step, which the actor takes if it is free."""
    task = tasks.claim(session, actor, target.id)
    tasks.save_draft(session, actor, task.id, written)
    case = session.get_one(Case, task.case_id)
    history.record(
        session,
        case,
        history.EventKind.ANSWER_PUT_DOWN,
        actor=actor,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=task.agency_id,
        element_id=task.element_id,
    )
