"""Requests of people to know what is kept about them (art. 15 GDPR): recorded, watched over, extended, refused.

Whoever works with her may record one, the data-protection officer of the controller answers for it: within one month,
two more where he has told her why (art. 12.3). What is reviewed and handed over stands in `disclosure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from engine import audit, clock, crypto, db, errors, notifications, packing
from engine.calendars import lengths
from engine.calendars.lengths import Clock, Length
from engine.cases import acts, codes, execution, lifecycle
from engine.cases.models import Case
from engine.cases.request_models import AskedBy, Checked, RequestState, SubjectRequest
from engine.crypto import CaseKey
from engine.notifications import Receiver
from engine.oversight import terms
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Role, User
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 200
"""Rows of the list: what waits, the most urgent first, then the newest that is over."""

_TERM, _EXTENDED = (Length.read(text, Clock.GCL) for text in ("P1M", "P3M"))
_BEFORE = (timedelta(days=7), timedelta(days=2), timedelta())
"""How long before the end of its term each warning goes out; the last says that it is over."""

RECORDED, DUE, LATE = "request_recorded", "request_due", "request_late"
"""Kinds of the notices."""

_OVER = (RequestState.DELIVERED, RequestState.REFUSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was made: who, how that was made sure, when, through whom, and how she may be reached safely."""

    code: str
    controller_id: UUID | None
    asked_by: str
    checked: str
    received_at: datetime | None
    through: str
    reach: str


@dataclass(frozen=True, slots=True)
class Row:
    """A request with what a list says of it; `controller` is None for the network itself."""

    request: SubjectRequest
    case_code: str
    controller: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with what was said of it, and who did what. `officer`: the reader answers for it.

    `second`: the reader may be the second person who looks at what the first has reviewed.
    """

    row: Row
    said: dict[str, str]
    recorded_by: str
    reviewed_by: str | None
    approved_by: str | None
    officer: bool
    second: bool


def controllers(session: Session, actor: Actor) -> list[tuple[UUID, str | None]]:
    """Give the bodies for which the actor may record a request, by name; None is the network itself."""
    mine = access.controllers(actor, Action.RECORD_REQUEST)
    named = session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(mine)).order_by(Agency.name)).all()
    found: list[tuple[UUID, str | None]] = [(agency_id, name) for agency_id, name in named]
    return [*found, (actor.network_id, None)] if actor.network_id in mine else found


@db.over(Reach.NETWORK)
def record(session: Session, actor: Actor, asked: Asked) -> SubjectRequest:
    """Keep a request, and begin its term when it was made. The officers and the agency's leads are told.

    Raises Forbidden, InvalidAnswer with all that is wrong (as `wrong` gives it), and Conflict `request_open`.
    """
    found, case_id = wrong(session, actor, asked), _case(session, actor, asked)
    if found or case_id is None:
        raise errors.InvalidAnswer(found)
    said = {name: text.strip() for name, text in (("reach", asked.reach), ("through", asked.through)) if text.strip()}
    received = asked.received_at or clock.now()
    case = execution.lock(session, case_id)
    waiting = select(SubjectRequest.id).where(
        SubjectRequest.case_id == case.id,
        SubjectRequest.controller_id == asked.controller_id,
        SubjectRequest.state.not_in(_OVER),
    )
    if session.scalar(waiting) is not None:
        raise errors.Conflict("request_open", case=case.id)
    row = SubjectRequest(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case.id,
        controller_id=asked.controller_id,
        asked_by=AskedBy(asked.asked_by),
        checked=Checked(asked.checked),
        received_at=received,
        recorded_by_id=actor.user_id,
        due_at=lengths.due(_TERM, received),
    )
    keep(session, row, said)
    session.add(row)
    session.flush()
    note(session, actor, "request.recorded", row, happened_at=received)
    _tell(session, row, RECORDED)
    return row


@db.over(Reach.NETWORK)
def wrong(session: Session, actor: Actor, asked: Asked) -> dict[str, str]:
    """Say all that is wrong with what was asked: by field (`happened_at` is when it was) the code. Raises Forbidden."""
    access.require(actor, Action.RECORD_REQUEST)
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.RECORD_REQUEST)
    found, bodies = {}, access.controllers(actor, Action.RECORD_REQUEST)
    if asked.controller_id not in bodies:
        found["controller"] = "required" if asked.controller_id is None else "not_yours"
    if not asked.code.strip():
        found["code"] = "required"
    elif not found and _case(session, actor, asked) is None:
        found["code"] = "nothing_kept"
    if asked.asked_by not in set(AskedBy):
        found["asked_by"] = "required"
    if asked.checked not in set(Checked):
        found["checked"] = "required"
    if not asked.reach.strip():
        found["reach"] = "required"
    texts = {"reach": asked.reach, "through": asked.through}
    found |= {name: "too_long" for name, text in texts.items() if len(text.strip()) > acts.LONGEST_REASON}
    if asked.received_at is not None and asked.received_at > clock.now():
        found["happened_at"] = "in_the_future"
    return found


@db.over(Reach.NETWORK)
def listing(session: Session, actor: Actor) -> list[Row]:
    """List the requests that the actor answers for or may look at, what is due first. Raises Forbidden."""
    access.require(actor, Action.SECOND_LOOK)
    over = SubjectRequest.state.in_(_OVER)
    query = (
        select(SubjectRequest, Case.code, Agency.name)
        .join(Case, Case.id == SubjectRequest.case_id)
        .outerjoin(Agency, Agency.id == SubjectRequest.controller_id)
        .where(_visible(actor, Action.SECOND_LOOK))
        .order_by(over, SubjectRequest.due_at, SubjectRequest.id)
        .limit(LIMIT)
    )
    return [Row(*found) for found in session.execute(query).all()]


def waiting(session: Session, actor: Actor) -> tuple[int, datetime | None]:
    """Count the requests that wait for the officer, and say when the first of them is due."""
    query = select(func.count(), func.min(SubjectRequest.due_at)).where(
        SubjectRequest.state.not_in(_OVER), _visible(actor, Action.PROTECT_DATA)
    )
    count, due_at = session.execute(query).one()
    return count, due_at


@db.over(Reach.NETWORK)
def show(session: Session, actor: Actor, request_id: UUID) -> Shown:
    """Give a request, not what is kept of her; the reading is audited. Raises NotFound."""
    row = find(session, actor, request_id, Action.SECOND_LOOK)
    note(session, actor, "request.read", row)
    people = {one.id: one.display_name for one in session.scalars(select(User).where(User.id.in_(_people(row))))}
    agency = session.get(Agency, row.controller_id)
    officer = row.controller_id in access.controllers(actor, Action.PROTECT_DATA)
    return Shown(
        Row(row, session.get_one(Case, row.case_id).code, agency.name if agency is not None else None),
        {name: text for name, text in said_of(session, row).items() if name != "reviewed"},
        people[row.recorded_by_id],
        people.get(row.reviewed_by_id) if row.reviewed_by_id else None,
        people.get(row.approved_by_id) if row.approved_by_id else None,
        officer,
        second=row.reviewed_by_id != actor.user_id,
    )


def extend(session: Session, actor: Actor, request_id: UUID, *, reason: str) -> SubjectRequest:
    """Give a request two months more, once and within the first: she has been told, and why (art. 12.3 GDPR).

    Raises NotFound, InvalidValue, Conflict `request_moved_on`, `request_extended`.
    """
    text = lifecycle.require_reason(reason)
    row = locked(session, actor, request_id, Action.PROTECT_DATA)
    if row.over:
        raise errors.Conflict("request_moved_on", request=request_id)
    if row.extended_at is not None or clock.now() > row.due_at:
        raise errors.Conflict("request_extended", request=request_id)
    row.extended_at, row.due_at, row.warned = clock.now(), lengths.due(_EXTENDED, row.received_at), 0
    keep(session, row, said_of(session, row) | {"extension": text})
    note(session, actor, "request.extended", row)
    return row


def refuse(session: Session, actor: Actor, request_id: UUID, *, reason: str) -> SubjectRequest:
    """End a request without a package, with the reason that whoever asked is told. Raises as `extend`."""
    text = lifecycle.require_reason(reason)
    row = locked(session, actor, request_id, Action.PROTECT_DATA)
    if row.over or row.state is RequestState.MADE:
        raise errors.Conflict("request_moved_on", request=request_id)
    row.state, row.ended_at, row.ended_by_id = RequestState.REFUSED, clock.now(), actor.user_id
    keep(session, row, said_of(session, row) | {"refusal": text})
    note(session, actor, "request.refused", row)
    return row


def remind(session: Session) -> None:
    """Tell the officers that the term of a request is running out, and that it is over; each once."""
    for row, over in terms.running_out(session, SubjectRequest, SubjectRequest.state.not_in(_OVER), _BEFORE):
        _tell(session, row, LATE if over else DUE)


def find(session: Session, actor: Actor, request_id: UUID, action: Action) -> SubjectRequest:
    """Find a request of the bodies for which the actor may do this. Raises NotFound."""
    query = select(SubjectRequest).where(SubjectRequest.id == request_id, _visible(actor, action))
    row = session.scalars(query).one_or_none()
    if row is None:
        raise errors.NotFound(request=request_id)
    return row


def locked(session: Session, actor: Actor, request_id: UUID, action: Action) -> SubjectRequest:
    """Find a request, and lock its case. Raises NotFound."""
    row = find(session, actor, request_id, action)
    execution.lock(session, row.case_id)
    session.refresh(row)
    return row


def said_of(session: Session, row: SubjectRequest) -> dict[str, Any]:
    """Open what was said of a request, and what its review withholds; nothing where it is erased. Raises SealBroken."""
    if crypto.destroyed(session, row.case_id, row.controller_id):
        return {}
    content = crypto.open_(session, row.sealed, key_version=row.key_version, **_place(row))
    said: dict[str, Any] = packing.loads(content)
    return said


def keep(session: Session, row: SubjectRequest, said: dict[str, Any]) -> None:
    """Seal what was said of a request into its row."""
    sealed = crypto.seal(session, packing.dumps(said), **_place(row))
    row.key_version, row.sealed = sealed.key_version, sealed.blob


def note(
    session: Session, actor: Actor, action: str, row: SubjectRequest, *, happened_at: datetime | None = None
) -> None:
    """Record in the audit what is done with a request."""
    audit.record_in_case(
        session,
        actor,
        action,
        row.case_id,
        audit.Capacity(purpose="diritti_interessata", basis="obbligo"),
        subject=("subject_request", row.id),
        happened_at=happened_at,
        details={"controller": str(row.controller_id)},
    )


def _case(session: Session, actor: Actor, asked: Asked) -> UUID | None:
    """Find the case of a code of which a body keeps something, whether or not it still has a part in it."""
    keys = select(CaseKey.case_id).where(CaseKey.controller_id == asked.controller_id, CaseKey.destroyed_at.is_(None))
    query = select(Case.id).where(
        Case.network_id == actor.network_id,
        Case.code == (codes.parse(asked.code) or ""),
        Case.id.in_(keys),
        access.scope(actor).admits(Case.id),
    )
    return session.scalar(query)


def _visible(actor: Actor, action: Action) -> ColumnElement[bool]:
    return and_(
        SubjectRequest.network_id == actor.network_id,
        SubjectRequest.controller_id.in_(access.controllers(actor, action)),
        access.scope(actor).admits(SubjectRequest.case_id),
    )


def _people(row: SubjectRequest) -> list[UUID]:
    return [one for one in (row.recorded_by_id, row.reviewed_by_id, row.approved_by_id) if one is not None]


def _place(row: SubjectRequest) -> dict[str, Any]:
    where = {"case_id": row.case_id, "controller_id": row.controller_id}
    return {**where, "table": "subject_request", "field": f"said:{row.id}"}


def _tell(session: Session, row: SubjectRequest, kind: str) -> None:
    receivers = [Receiver.with_role(Role.DPO)]
    if row.controller_id != row.network_id:
        receivers.append(Receiver.with_role(Role.RESPONSABILE, row.controller_id))
    for receiver in receivers:
        notifications.notify(session, receiver, kind, network_id=row.network_id, case_id=row.case_id)
