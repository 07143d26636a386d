"""What the page of a hand-over shows, to whom it is prepared by and to whom is asked; and the hand-overs of a case.

Whoever is asked sees for what, from whom, by when and the names of the fields; no value, and nothing else of the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine import clock, errors
from engine.cases import clock_rows, confidential, handed, handovers, lookup, offers, separation, trail
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case, CaseStatus, TaskStatus, UserTask
from engine.consent import gate
from engine.consent.models import BasisKind
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, CaseParticipation, Channel, Exclusion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.clock_rows import DeadlineRow
    from engine.participants.access import Actor

LIMIT = 200
"""Hand-overs of a case that a page shows, the newest ones."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An agency that the case can be handed over to: what allows it, whether she said no, when it declined and why."""

    id: UUID
    name: str
    channel: Channel
    basis: BasisKind | None
    refused: bool
    declined_at: datetime | None
    declined_why: str | None


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A hand-over in a list: who, for what, how it stands and since when; `id` where it is the reader's to open."""

    id: UUID
    step_name: str
    purpose: str
    state: HandoverState
    from_agency: str
    to_agency: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class HandoverPage:
    """Everything that the page of a hand-over needs; `may` says which verbs the actor may use on it now.

    `fields` are the names of what is handed over: language -> words; None: all that the process holds. `case_id` is
    None for who may not open the case.
    `paused`: the path stands still by her wish. `came_back`: why the one before it did.
    `must_be_another`: the actor did a step that this one is kept apart from, so a colleague has to accept it.
    """

    handover: Handover
    revision: int
    step_name: str
    task_id: UUID | None
    case_id: UUID | None
    case_code: str
    documentation: str
    sender: Agency
    receiver: Agency | None
    fields: tuple[Mapping[str, str], ...] | None
    deadlines: tuple[DeadlineRow, ...]
    recipients: tuple[Recipient, ...]
    paused: bool
    came_back: str | None
    needs_on_behalf_of: bool
    must_be_another: bool
    sends: bool
    may: frozenset[Action]
    colleagues_act: bool
    by_offer: bool
    offered: tuple[str, ...]
    """To whom it stands offered, for the sender; `by_offer`: it may be. `colleagues_act`: others of the agency send."""


def show(session: Session, actor: Actor, handover_id: UUID) -> HandoverPage:
    """Give the page of a hand-over; the reading is audited. Raises NotFound."""
    row, task, case = _found(session, actor, handover_id)
    trail.note(session, actor, "handover.read", row.case_id, subject=("handover", row.id))
    sender, may = session.get_one(Agency, row.from_agency_id), _may(session, actor, row, task, case)
    preparing = row.state is HandoverState.PREPARE and Action.HAND_OVER in may
    receiver = session.get_one(Agency, row.to_agency_id) if row.to_agency_id is not None else None
    in_case = lookup.sees_case(session, actor, case.id)
    owner = session.get_one(Agency, task.agency_id)
    return HandoverPage(
        handover=row,
        revision=task.revision,
        step_name=task.name,
        task_id=task.id if in_case and lookup.visible(actor, task) and lookup.pending(task) is None else None,
        case_id=case.id if in_case else None,
        case_code=case.code,
        documentation=handed.node(session, task).documentation,
        sender=sender,
        receiver=receiver,
        fields=handed.labels(session, task, row.fields),
        deadlines=clock_rows.of_task(session, task) if lookup.pending(task) is not None else (),
        recipients=_recipients(session, row) if preparing else (),
        paused=preparing and gate.pause(session, case.id) is not None,
        came_back=_came_back(session, row) if preparing else None,
        needs_on_behalf_of=owner.channel is not Channel.PORTALE and offers.to(actor, row) is None,
        must_be_another=Action.ANSWER_HANDOVER in may and bool(separation.excluded(session, actor, [task])),
        sends=row.from_agency_id in access.scope(actor).agency_ids,
        may=may,
        colleagues_act=_is_with(actor, row) and case.state is CaseStatus.OPEN and Action.HAND_OVER not in may,
        by_offer=offers.is_offered(handed.node(session, task).handover),
        offered=_names(session, row) if preparing else (),
    )


def listed(session: Session, actor: Actor, case_id: UUID) -> tuple[HandoverRow, ...]:
    """List them by themselves; the reading is audited. Raises NotFound."""
    lookup.case(session, actor, case_id)
    trail.note(session, actor, "case.read", case_id)
    return of_case(session, actor, case_id)


def of_case(session: Session, actor: Actor, case_id: UUID) -> tuple[HandoverRow, ...]:
    """List the hand-overs of a case that one's own agencies sent or received, the newest first. No contents."""
    sender, receiver = aliased(Agency), aliased(Agency)
    query = (
        select(Handover, UserTask.name, sender.name, receiver.name)
        .join(UserTask, UserTask.id == Handover.task_id)
        .join(sender, sender.id == Handover.from_agency_id)
        .outerjoin(receiver, receiver.id == Handover.to_agency_id)
        .where(Handover.case_id == case_id, handovers.visible(actor))
        .order_by(Handover.prepared_at.desc(), Handover.id)
        .limit(LIMIT)
    )
    return tuple(
        HandoverRow(row.id, name, row.purpose, row.state, from_name, to_name, _since(row))
        for row, name, from_name, to_name in session.execute(query).all()
    )


def of_task(session: Session, actor: Actor, task_id: UUID) -> UUID | None:
    """Give the hand-over that stands before a step; None where the step is there, or read in an emergency only.

    Raises NotFound.
    """
    try:
        found = lookup.task(session, actor, task_id, to_read=True)
    except errors.NotFound:
        offered = offers.of_task(session, actor, task_id)
        if offered is None:
            raise
        return offered
    if lookup.pending(found) is None or not lookup.visible(actor, found):
        return None
    states = [HandoverState.PREPARE, HandoverState.SENT]
    return session.scalars(select(Handover.id).where(Handover.task_id == task_id, Handover.state.in_(states))).one()


def _found(session: Session, actor: Actor, handover_id: UUID) -> tuple[Handover, UserTask, Case]:
    query = (
        select(Handover, UserTask, Case)
        .join(UserTask, UserTask.id == Handover.task_id)
        .join(Case, Case.id == Handover.case_id)
        .where(Handover.id == handover_id, handovers.visible(actor))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        offers.require_here(session, actor, handover_id)
        raise errors.NotFound(handover=handover_id)
    return found[0], found[1], found[2]


def _may(session: Session, actor: Actor, row: Handover, task: UserTask, case: Case) -> frozenset[Action]:
    if case.state is not CaseStatus.OPEN:
        return frozenset()
    found = set[Action]()
    if access.may(actor, Action.REVOKE_HANDOVER, row.from_agency_id) and _goes_on(session, row):
        found.add(Action.REVOKE_HANDOVER)
    if task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED}:
        return frozenset(found)
    recorders = lookup.proxies(task)
    if row.state in {HandoverState.PREPARE, HandoverState.SENT}:
        senders = {row.from_agency_id, *(recorders if row.state is HandoverState.PREPARE else ())}
        found |= {Action.HAND_OVER} if any(access.may(actor, Action.HAND_OVER, one) for one in senders) else set()
    found |= {Action.ANSWER_HANDOVER} if offers.to(actor, row) is not None else set()
    if row.state is HandoverState.SENT:
        channel = lookup.channel(session, task.agency_id)
        answers = access.may_step(
            actor, Action.ANSWER_HANDOVER, agency_id=task.agency_id, channel=channel, proxies=recorders
        )
        found |= {Action.ANSWER_HANDOVER} if answers else set()
    return frozenset(found)


def _is_with(actor: Actor, row: Handover) -> bool:
    """Tell whether the actor's agency has it to send, or to ask back."""
    unanswered = row.state in {HandoverState.PREPARE, HandoverState.SENT}
    return unanswered and row.from_agency_id in access.scope(actor).agency_ids


def _goes_on(session: Session, row: Handover) -> bool:
    """Tell whether the part that began with a hand-over goes on."""
    if row.state not in handovers.BEGUN:
        return False
    query = select(CaseParticipation.id).where(
        CaseParticipation.case_id == row.case_id,
        CaseParticipation.lane == row.lane,
        CaseParticipation.agency_id == row.to_agency_id,
        CaseParticipation.handover_id.is_not(None),
        access.going_on(clock.now()),
    )
    return session.scalar(query) is not None


def _recipients(session: Session, row: Handover) -> tuple[Recipient, ...]:
    kept_out = select(Exclusion.agency_id).where(Exclusion.case_id == row.case_id, Exclusion.until.is_(None))
    barred = {row.from_agency_id, *session.scalars(kept_out).all()}
    query = select(Handover).where(Handover.task_id == row.task_id, Handover.state == HandoverState.DECLINED)
    declined = {one.to_agency_id: one for one in session.scalars(query.order_by(Handover.answered_at)).all()}
    return tuple(
        _recipient(session, row, agency, declined.get(agency.id))
        for agency in directory.agencies_for(session, row.network_id, row.lane)
        if agency.id not in barred
    )


def _recipient(session: Session, row: Handover, agency: Agency, declined: Handover | None) -> Recipient:
    standing = gate.standing(
        session,
        case_id=row.case_id,
        agency_id=agency.id,
        purpose=row.purpose,
        needs=gate.Needs(row.needs, row.duty),
        now=clock.now(),
    )
    return Recipient(
        agency.id,
        agency.name,
        agency.channel,
        standing.basis.kind if standing.basis is not None else None,
        standing.refused is not None,
        declined.answered_at if declined is not None else None,
        confidential.open_handover(session, declined) if declined is not None else None,
    )


def _names(session: Session, row: Handover) -> tuple[str, ...]:
    return tuple(session.scalars(select(Agency.name).where(Agency.id.in_(row.offered_to)).order_by(Agency.name)).all())


def _came_back(session: Session, row: Handover) -> str | None:
    query = (
        select(Handover)
        .where(Handover.task_id == row.task_id, Handover.id != row.id, Handover.sealed.is_not(None))
        .order_by(Handover.prepared_at.desc())
        .limit(1)
    )
    before = session.scalars(query).one_or_none()
    return confidential.open_handover(session, before) if before is not None else None


def _since(row: Handover) -> datetime:
    if row.state is HandoverState.SENT:
        return row.sent_at or row.prepared_at
    return row.answered_at or row.sent_at or row.prepared_at
