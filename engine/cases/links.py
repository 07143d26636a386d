"""Two contacts of one woman: who may know of both is told that they could be hers, and links them by her wish.

Never a merge: each case keeps its steps, keys, clocks and agencies, and taking the link away leaves nothing behind.
What a link changes is what its readers are told: of the step that one agency owes in both, the shorter clock counts.
Each clock rings by itself, so the shorter one rings first whatever becomes of the link (docs/decisions/0031).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, case, delete, func, or_, select
from sqlalchemy.orm import aliased

from engine import clock, errors
from engine.blind import BlindEntry
from engine.cases import acts, agreements, execution, lookup, trail
from engine.cases.link_models import CaseLink
from engine.cases.models import Case, CaseStatus, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.definitions.models import ProcessDefinition
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.consent.models import Manner
    from engine.participants.access import Actor

LIMIT = 20
"""Contacts that are suggested: more than that is a common name, and no suggestion."""

_PAIR = (CaseLink.case_id, CaseLink.other_id)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another contact in which one's own agency has written the same, by the kinds of what is the same."""

    case_id: UUID
    code: str
    state: CaseStatus
    opened_at: datetime
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link, the other case of it, and how it came about."""

    id: UUID
    case_id: UUID
    code: str
    state: CaseStatus
    opened_at: datetime
    manner: Manner
    happened_at: datetime
    recorded_at: datetime
    asked_by: str | None


@dataclass(frozen=True, slots=True)
class LinksPage:
    """What is known of other contacts of a case, as far as the actor may know of those too."""

    case: Case
    links: tuple[LinkRow, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Shorter:
    """A clock of the same step in a linked contact that is due before the one of this step."""

    clock: DeadlineClock
    due_at: datetime
    case_code: str


def show(session: Session, actor: Actor, case_id: UUID) -> LinksPage:
    """Give the links of a case and what suggests others. Raises NotFound, Forbidden."""
    found = lookup.case(session, actor, case_id)
    agreements.acting_agency(session, actor, case_id, None, several=True)
    trail.note(session, actor, "links.read", case_id)
    links = _links(session, actor, case_id)
    known = {case_id, *(link.case_id for link in links)}
    return LinksPage(found, links, _suggestions(session, actor, case_id, known))


def link(
    session: Session,
    actor: Actor,
    case_id: UUID,
    code: str,
    *,
    manner: Manner,
    happened_at: datetime | None = None,
) -> CaseLink:
    """Link a case with the one of this code, by her wish; nothing else of either changes.

    Raises NotFound, Forbidden, InvalidValue for `code` (not one that the actor may work on, the same, linked already).
    """
    lookup.case(session, actor, case_id)
    agency_id = agreements.acting_agency(session, actor, case_id, None, several=True)
    moment = acts.moment(happened_at)
    other = lookup.case_named(session, actor, code)
    if other is None or not agreements.acting_agencies(session, actor, other.id):
        raise errors.InvalidValue("code", "unknown")
    if other.id == case_id:
        raise errors.InvalidValue("code", "the_same_case")
    first, second = _locked(session, actor, case_id, other.id)
    if session.scalar(select(CaseLink.id).where(_of_pair(first, second))) is not None:
        raise errors.InvalidValue("code", "linked_already")
    row = CaseLink(
        network_id=actor.network_id,
        case_id=first,
        other_id=second,
        agency_id=agency_id,
        asked_by_id=actor.user_id,
        manner=manner,
        happened_at=moment,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "case.linked", row, moment)
    return row


def unlink(session: Session, actor: Actor, case_id: UUID, link_id: UUID) -> CaseLink:
    """Take a link away again: the two are what they were. Raises NotFound, Forbidden."""
    lookup.case(session, actor, case_id)
    row = session.get(CaseLink, link_id)
    if row is None or case_id not in {row.case_id, row.other_id}:
        raise errors.NotFound(link=link_id)
    _locked(session, actor, row.case_id, row.other_id)
    session.refresh(row)
    if row.until is not None:
        raise errors.NotFound(link=link_id)
    row.until, row.ended_by_id = clock.now(), actor.user_id
    _note(session, actor, "case.unlinked", row, clock.now())
    return row


def shorter(session: Session, actor: Actor, task: UserTask) -> tuple[Shorter, ...]:
    """Give the clocks of the same step, owed by the same agency in a linked contact, that are due before this one's.

    Only where the actor may know of that contact too.
    """
    values = {
        **access.scope(actor).values,
        "linked": task.case_id,
        "definition": task.definition_id,
        "element": task.element_id,
        "agency": task.agency_id,
        "step": task.id,
    }
    return tuple(Shorter(*row) for row in session.execute(_SHORTER, values).all())


def _shorter_clocks() -> Select[DeadlineClock, datetime, str]:
    """Build what `shorter` asks, once: it is asked for each step that is shown, and nearly always finds nothing."""
    theirs, mine = aliased(UserTask), aliased(Deadline)
    processes, ours = aliased(ProcessDefinition), aliased(ProcessDefinition)
    return (
        select(Deadline.clock, func.min(Deadline.due_at), Case.code)
        .join(theirs, theirs.id == Deadline.task_id)
        .join(Case, Case.id == theirs.case_id)
        .join(processes, processes.id == theirs.definition_id)
        .join(ours, and_(ours.id == bindparam("definition", type_=Uuid()), ours.key == processes.key))
        .join(
            mine,
            and_(
                mine.task_id == bindparam("step", type_=Uuid()),
                mine.clock == Deadline.clock,
                mine.state == DeadlineStatus.ARMED,
            ),
        )
        .where(
            theirs.case_id.in_(_linked(bindparam("linked", type_=Uuid()))),
            access.has(access.IN_CASES, theirs.case_id),
            theirs.agency_id == bindparam("agency", type_=Uuid()),
            theirs.element_id == bindparam("element"),
            theirs.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
            Deadline.state == DeadlineStatus.ARMED,
            Deadline.due_at < mine.due_at,
        )
        .group_by(Deadline.clock, Case.code)
        .order_by(func.min(Deadline.due_at), Case.code)
    )


def forget(session: Session, case_id: UUID, controller_id: UUID) -> None:
    """Delete the links of a case that an agency has recorded, or all when the network's records of it are erased."""
    of_case = or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id)
    whose = or_(CaseLink.agency_id == controller_id, CaseLink.network_id == controller_id)
    session.execute(delete(CaseLink).where(of_case, whose))


def _locked(session: Session, actor: Actor, *case_ids: UUID) -> tuple[UUID, UUID]:
    """Lock both cases, the lower id first, and see that the actor (still) acts in both. Raises NotFound, Forbidden."""
    first, second = sorted(case_ids)
    for each in (first, second):
        execution.lock(session, each)
    for each in (first, second):
        lookup.case(session, actor, each)
        agreements.acting_agency(session, actor, each, None, several=True)
    return first, second


def _of_pair(first: UUID, second: UUID) -> ColumnElement[bool]:
    return and_(CaseLink.case_id == first, CaseLink.other_id == second, CaseLink.until.is_(None))


def _others(actor: Actor, case_id: UUID) -> Select[UUID]:
    """Give the cases that are linked with one, as far as the actor takes part in them."""
    named = _linked(case_id)
    return select(Case.id).where(Case.id.in_(named), Case.id.in_(access.scope(actor).case_ids))


def _linked(case_id: UUID | ColumnElement[UUID]) -> Select[UUID]:
    other = case((CaseLink.case_id == case_id, CaseLink.other_id), else_=CaseLink.case_id)
    return select(other).where(or_(*[column == case_id for column in _PAIR]), CaseLink.until.is_(None))


def _links(session: Session, actor: Actor, case_id: UUID) -> tuple[LinkRow, ...]:
    query = (
        select(CaseLink, Case, User.display_name)
        .join(Case, and_(Case.id.in_(_PAIR), Case.id != case_id))
        .outerjoin(User, User.id == CaseLink.asked_by_id)
        .where(
            or_(*[column == case_id for column in _PAIR]),
            CaseLink.until.is_(None),
            Case.id.in_(access.scope(actor).case_ids),
        )
        .order_by(CaseLink.recorded_at, CaseLink.id)
    )
    return tuple(
        LinkRow(
            id=row.id,
            case_id=other.id,
            code=other.code,
            state=other.state,
            opened_at=other.opened_at,
            manner=row.manner,
            happened_at=row.happened_at,
            recorded_at=row.recorded_at,
            asked_by=asked_by,
        )
        for row, other, asked_by in session.execute(query).all()
    )


def _suggestions(session: Session, actor: Actor, case_id: UUID, known: set[UUID]) -> tuple[Suggestion, ...]:
    """Give the cases in which the actor's agencies have written the same name, number or code as in this one."""
    own = access.controllers(actor, Action.SEARCH)
    here = aliased(BlindEntry)
    query = (
        select(Case, func.array_agg(BlindEntry.kind.distinct()))
        .join(BlindEntry, BlindEntry.case_id == Case.id)
        .join(here, and_(here.kind == BlindEntry.kind, here.digest == BlindEntry.digest))
        .where(
            here.case_id == case_id,
            here.network_id == actor.network_id,
            here.controller_id.in_(own),
            BlindEntry.network_id == actor.network_id,
            BlindEntry.controller_id.in_(own),
            Case.id.not_in(known),
            Case.id.in_(access.scope(actor).case_ids),
        )
        .group_by(Case.id)
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(LIMIT)
    )
    return tuple(
        Suggestion(found.id, found.code, found.state, found.opened_at, tuple(sorted(kinds)))
        for found, kinds in session.execute(query).all()
    )


def _note(session: Session, actor: Actor, action: str, row: CaseLink, at: datetime) -> None:
    for each, other in ((row.case_id, row.other_id), (row.other_id, row.case_id)):
        said = {"other": str(other), "manner": row.manner.value}
        trail.note(session, actor, action, each, subject=("case_link", row.id), happened_at=at, details=said)


_SHORTER = _shorter_clocks()
