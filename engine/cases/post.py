"""Messages and signals between cases: addressed by a worker, delivered as due work of the case that takes them.

Exactly once: a row is deleted in the transaction that changes its receiver, under the lock of the receiver's case.
Nobody ever holds the locks of two cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, update

from engine import clock, db
from engine.cases import confidential, history, routing, withheld
from engine.cases.models import Case, MessageSubscription
from engine.cases.post_models import Outgoing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground

BATCH = 500


def sort() -> None:
    """Give each message that somebody waits for to a case, make that case due, and let what is too old lapse."""
    with db.transaction() as session:
        if session.scalar(select(exists().where(Outgoing.network_id.is_not(None)))):
            _address(session)
            _lapse(session)
            _make_due(session)


def arrived(session: Session, case: Case) -> list[Outgoing]:
    """Give what is on its way to a case, oldest first."""
    query = select(Outgoing).where(Outgoing.to_case_id == case.id).order_by(Outgoing.sent_at, Outgoing.id)
    return list(session.scalars(query).all())


def take(running: Ground, parcels: list[Outgoing], before: datetime | None = None) -> list[Outgoing]:
    """Deliver what has arrived; only what was sent `before` an instant, if one is given. Gives what is left."""
    later = [row for row in parcels if before is not None and row.sent_at > before]
    for row in parcels:
        if row in later:
            continue
        if row.correlation_key is None:
            routing.hear(running, row.name, network=True)
            running.session.delete(row)
        else:
            _deliver(running, row, row.correlation_key)
    return later


def _deliver(running: Ground, row: Outgoing, key: str) -> None:
    if withheld.stranger(running.session, row, running.case.id) is not None:
        row.to_case_id = None  # what allowed it has ended on the way: the worker lets it wait
        return
    values = confidential.open_outgoing(running.session, row)
    if routing.deliver(running, row.name, key, values, thrown=True):
        received = {"message": row.name}
        history.record(running.session, running.case, history.EventKind.MESSAGE_RECEIVED, values=received)
        running.session.delete(row)
    else:
        row.to_case_id = None  # whoever waited for it waits no more; somebody else may, until it lapses


def _address(session: Session) -> None:
    """Give each message to one case in which somebody waits for it: its own first, else the one that waits longest.

    Or let it wait, where nothing allows that an agency be told which would read it there.
    """
    query = (
        select(Outgoing, MessageSubscription.case_id)
        .join(
            MessageSubscription,
            (MessageSubscription.network_id == Outgoing.network_id)
            & (MessageSubscription.name == Outgoing.name)
            & (MessageSubscription.correlation_key == Outgoing.correlation_key),
        )
        .where(Outgoing.to_case_id.is_(None), Outgoing.asks_agency_id.is_(None), Outgoing.until > clock.now())
        .order_by(
            Outgoing.sent_at,
            Outgoing.id,
            (MessageSubscription.case_id == Outgoing.from_case_id).desc(),
            MessageSubscription.id,
        )
        .limit(BATCH)
        .with_for_update(of=Outgoing, skip_locked=True)
    )
    seen = set[UUID]()
    for row, case_id in session.execute(query).all():
        if row.id in seen:
            continue
        seen.add(row.id)
        found = withheld.stranger(session, row, case_id)
        if found is None:
            row.to_case_id = case_id
        else:
            withheld.hold(session, row, found)
    session.flush()


def _lapse(session: Session) -> None:
    """Forget the messages that nobody took in time, and say so in the history of the case that they come from."""
    old = select(Outgoing.id).where(Outgoing.to_case_id.is_(None), Outgoing.until <= clock.now()).limit(BATCH)
    gone = delete(Outgoing).where(Outgoing.id.in_(old.with_for_update(skip_locked=True)))
    lapsed = session.execute(gone.returning(Outgoing.from_case_id, Outgoing.name, Outgoing.id)).all()
    for case_id, name, _id in lapsed:
        case = session.get_one(Case, case_id)
        history.record(session, case, history.EventKind.MESSAGE_LAPSED, values={"message": name})
    if lapsed:
        withheld.settle(session, [row.id for row in lapsed])


def _make_due(session: Session) -> None:
    """Make the cases due to which something is on its way. One that moves at this moment is found the next time."""
    now = clock.now()
    receiving = select(Outgoing.to_case_id).where(Outgoing.to_case_id.is_not(None))
    idle = (
        select(Case.id)
        .where(Case.id.in_(receiving), or_(Case.next_due_at.is_(None), Case.next_due_at > now))
        .with_for_update(key_share=True, skip_locked=True)
    )
    session.execute(update(Case).where(Case.id.in_(idle)).values(next_due_at=now))
