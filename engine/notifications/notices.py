"""Notices: written in the transaction of what they tell about, read by whom they are addressed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    column,
    false,
    func,
    or_,
    select,
    table,
    true,
    update,
)
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import NotFound
from engine.notifications.models import Notice
from engine.participants import access
from engine.participants.access import Actor
from engine.participants.models import Role

# A view of what a notice is about, as far as who is told needs it, also when the case is hers no more.
_about = table(
    "notice_about",
    column("id", Uuid()),
    column("code"),
    column("held_since"),
    column("agency_id", Uuid()),
    column("proxy_id", Uuid()),
    column("state"),
    column("handover"),
    column("clock"),
    column("clock_state"),
    column("happened_at", DateTime(timezone=True)),
)
_ARMED = "armed"
_OPEN = ("open", "claimed")

# What matters only while its step is to be done, though no clock told it. Of the others a step that is done is no end:
# that an answer was corrected, or a step taken over, is to be known all the same.
_WHILE_OPEN = (
    *("followed", "offered", "step_returned", "shift_note_asked"),
    *("offer_declined", "request_declined", "date_unknown"),
)

# How a path stands: what another word of hers has overtaken must not be read as if it still held ("do not call").
_WHILE_HELD = ("path_paused", "path_ended")
_WHILE_GOING_ON = ("path_resumed",)

# What is offered is offered as long as its sender has it.
_WHILE_OFFERED = ("handover_offered", "handover_unwanted")

_SETTLED = case(
    (_about.c.clock_state.is_not(None), _about.c.clock_state != _ARMED),
    (Notice.kind.in_(_WHILE_OPEN), _about.c.state.not_in(_OPEN)),
    (Notice.kind.in_(_WHILE_OFFERED), or_(_about.c.state != "open", _about.c.handover != "prepare")),
    (Notice.kind.in_(_WHILE_HELD), _about.c.held_since.is_(None)),
    (Notice.kind.in_(_WHILE_GOING_ON), _about.c.held_since.is_not(None)),
    else_=false(),
)

# Rows that are read for each notice that is shown: a step has two clocks, and each tells on its own.
_MERGED = 3


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a notice is for: a person, whoever has a role in an agency, or whoever has it in the network."""

    user_id: UUID | None = None
    agency_id: UUID | None = None
    role: Role | None = None

    def __post_init__(self) -> None:
        if (self.user_id is None) == (self.role is None) or (self.user_id and self.agency_id):
            raise ValueError("a notice is for one person, or for a role")

    @classmethod
    def person(cls, user_id: UUID) -> Receiver:
        """Return one person as receiver."""
        return cls(user_id=user_id)

    @classmethod
    def with_role(cls, role: Role, agency_id: UUID | None = None) -> Receiver:
        """Return whoever has a role in an agency, or in the whole network when none is named."""
        return cls(role=role, agency_id=agency_id)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as its receiver sees it; what several clocks of a step say at one rung of its ladder is one notice.

    `case_id` and `task_id` are None where they are not his to open; `late_step_id` is a step that he may follow from
    outside, `step_id` one of whose ladder it is. `settled`: none of its clocks runs any more, or its step is done; the
    act was done at `settled_at`, or nobody owes it now.
    """

    id: UUID
    kind: str
    case_code: str | None
    case_id: UUID | None
    task_id: UUID | None
    late_step_id: UUID | None
    step_id: UUID | None
    clocks: tuple[str, ...]
    created_at: datetime
    read_at: datetime | None
    settled: bool
    settled_at: datetime | None


def notify(
    session: Session,
    to: Receiver,
    kind: str,
    *,
    network_id: UUID,
    case_id: UUID | None,
    task_id: UUID | None = None,
    deadline_id: UUID | None = None,
) -> Notice:
    """Tell something about a case, or None; `kind` is a code that the pages have a neutral text for."""
    notice = Notice(
        network_id=network_id,
        case_id=case_id,
        kind=kind,
        user_id=to.user_id,
        agency_id=to.agency_id,
        role=to.role,
        task_id=task_id,
        deadline_id=deadline_id,
    )
    session.add(notice)
    return notice


def notify_people(
    session: Session,
    people: Iterable[UUID],
    kind: str,
    *,
    network_id: UUID,
    case_id: UUID | None,
    task_id: UUID | None = None,
) -> None:
    """Tell several people something about a case, each of them once and for herself, whatever another has read."""
    for user_id in sorted(set(people), key=str):
        notify(session, Receiver.person(user_id), kind, network_id=network_id, case_id=case_id, task_id=task_id)


def inbox(session: Session, actor: Actor, *, unread: bool = False, limit: int = 100) -> list[NoticeRow]:
    """Return the newest notices addressed to the actor, at most `limit`.

    With `unread` only those that nobody has read and that are not settled: what they tell about is still to be done.
    """
    oversees = access.scope(actor).oversees_network
    query = _readable(len(actor.memberships), oversees_network=oversees, unread=unread)
    given = _given(actor) | {"most": limit * _MERGED}
    merged: dict[object, list[Any]] = {}
    for row in session.execute(query, given).all():
        merged.setdefault(_rung(row.Notice), []).append(row)
    return [_merged(rows) for rows in list(merged.values())[:limit]]


def mark_read(session: Session, actor: Actor, notice_id: UUID) -> None:
    """Note that the actor has read a notice; the first reader stays. NotFound when it is not addressed to him."""
    query = select(Notice).where(Notice.id == notice_id, _addressed(len(actor.memberships)))
    notice = session.scalars(query, _given(actor)).one_or_none()
    if notice is None:
        raise NotFound("notice_not_found", notice_id=notice_id)
    same = _same_rung(notice) if notice.deadline_id is not None else Notice.id == notice_id
    session.execute(
        update(Notice)
        .where(same, Notice.read_at.is_(None))
        .values(read_at=clock.now(), read_by_id=actor.user_id)
        .execution_options(synchronize_session=False),
    )


def waiting() -> Select[Notice]:
    """Give the notices of whoever that nobody has read and that are not settled; to be narrowed by who asks."""
    return select(Notice).join(_about, _about.c.id == Notice.id).where(Notice.read_at.is_(None), ~_SETTLED)


def case_code() -> ColumnElement[str | None]:
    """Give the code of the case of each of them, as a column for `waiting`."""
    return _about.c.code


def code_of(notice_id: UUID) -> Select[str | None]:
    """Give the code of the case of a notice, settled or not."""
    return select(_about.c.code).where(_about.c.id == notice_id)


def about_step(actor: Actor, task_id: UUID) -> ColumnElement[bool]:
    """Say that a ladder has told the actor about a step."""
    addressed = _addressed(len(actor.memberships))
    told = select(Notice.id).where(Notice.task_id == task_id, Notice.deadline_id.is_not(None), addressed)
    return told.params(_given(actor)).exists()


# Built once for each shape: building it costs more than running it.
@lru_cache(maxsize=64)
def _readable(roles: int, *, oversees_network: bool, unread: bool) -> Select[Any]:
    """Give the notices addressed to an actor, the newest first, with what they lead to and how their clocks stand.

    `_given` and `most` fill its places.
    """
    visible, agencies = access.has(access.IN_CASES, Notice.case_id), bindparam("scope_agencies", type_=ARRAY(Uuid()))
    his = or_(_about.c.agency_id == any_(agencies), _about.c.proxy_id == any_(agencies))
    # A step that is being handed over is in somebody's hand who may have no part in the case.
    in_hand = and_(_about.c.handover.in_(["prepare", "sent"]), _about.c.state == "open")
    offered = and_(Notice.kind == "handover_offered", _about.c.handover == "prepare", _about.c.state == "open")
    opened = func.coalesce(or_(and_(or_(visible, in_hand), his), offered), false())
    from_outside = and_(true() if oversees_network else false(), Notice.deadline_id.is_not(None), ~opened)
    query = (
        select(
            Notice,
            _about.c.code.label("case_code"),
            case((visible, Notice.case_id)).label("case_id"),
            case((opened, Notice.task_id)).label("task_id"),
            case((from_outside, Notice.task_id)).label("late_step_id"),
            _about.c.clock,
            _about.c.happened_at,
            _SETTLED.label("settled"),
        )
        .join(_about, _about.c.id == Notice.id)
        .where(_addressed(roles))
        .order_by(Notice.created_at.desc(), Notice.id)
        .limit(bindparam("most"))
    )
    return query.where(Notice.read_at.is_(None), ~_SETTLED) if unread else query


def _rung(notice: Notice) -> object:
    """Say what a notice is one of: a rung of a step's ladder as one receiver is told of it, or only itself."""
    if notice.deadline_id is None:
        return notice.id
    return (notice.task_id, notice.kind, notice.user_id, notice.agency_id, notice.role)


def _same_rung(notice: Notice) -> ColumnElement[bool]:
    return and_(
        Notice.deadline_id.is_not(None),
        Notice.task_id == notice.task_id,
        Notice.kind == notice.kind,
        Notice.user_id.is_not_distinct_from(notice.user_id),
        Notice.agency_id.is_not_distinct_from(notice.agency_id),
        Notice.role.is_not_distinct_from(notice.role),
    )


def _merged(rows: list[Any]) -> NoticeRow:
    newest = rows[0]
    settled = all(row.settled for row in rows)
    read = [row.Notice.read_at for row in rows]
    done = [row.happened_at for row in rows if row.happened_at is not None]
    return NoticeRow(
        id=newest.Notice.id,
        kind=newest.Notice.kind,
        case_code=newest.case_code,
        case_id=newest.case_id,
        task_id=newest.task_id,
        late_step_id=newest.late_step_id,
        step_id=newest.Notice.task_id if newest.Notice.deadline_id is not None else None,
        # Taking a step in charge comes before concluding it.
        clocks=tuple(sorted({row.clock for row in rows if row.clock is not None}, reverse=True)),
        created_at=newest.Notice.created_at,
        read_at=max(read) if None not in read else None,
        settled=settled,
        settled_at=max(done, default=None) if settled else None,
    )


@lru_cache(maxsize=64)
def _addressed(roles: int) -> ColumnElement[bool]:
    """Say that a notice is for somebody with so many roles, or for her; `_given` fills its places."""
    to_person = Notice.user_id == bindparam("scope_person")
    to_role = [_to_role(bindparam(f"role_{n}"), bindparam(f"agency_{n}")) for n in range(roles)]
    of_network = Notice.network_id == bindparam("scope_network")
    return and_(of_network, or_(to_person, *to_role), access.admits_reader(Notice.case_id))


def _to_role(role: ColumnElement[Any], agency_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(Notice.role == role, or_(Notice.agency_id == agency_id, Notice.agency_id.is_(None)))


def _given(actor: Actor) -> dict[str, object]:
    given = access.scope(actor).values
    for number, (agency_id, role) in enumerate(actor.memberships):
        given |= {f"role_{number}": role, f"agency_{number}": agency_id}
    return given
