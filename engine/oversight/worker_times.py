"""How long workers take: nowhere, unless a network has switched it on with its agreement on file (art. 4 L. 300/1970).

What it shows then is one thing, to the lead of an agency, of her own people, from the day on which it was switched on:
how long a step waited until somebody took it, where the protocol gives that a term. No other module asks for this.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from engine import audit, clock, db, errors
from engine.calendars.calendar import local_day
from engine.cases import lifecycle
from engine.cases.models import UserTask
from engine.deadlines.models import Deadline, DeadlineClock
from engine.oversight.timing_models import TimingAgreement
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import User
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

FEWEST = 3
"""Steps of which a figure is made; of fewer nothing is said."""
LONGEST = timedelta(days=90)
"""How far back steps count."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement that is to be put on file."""

    number: str
    signed_on: date | None
    signed_by: str
    document_sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How long steps under a parameter waited for a person to take them: the middle one of so many."""

    person: str
    parameter: str
    steps: int
    middle: timedelta


@dataclass(frozen=True, slots=True)
class Figures:
    """What a lead is shown, and under which agreement."""

    agreement: TimingAgreement
    since: datetime
    rows: tuple[Figure, ...]


def agreements(session: Session, actor: Actor) -> list[TimingAgreement]:
    """Give the agreements of the network, the newest first: the one in force has no end. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    query = select(TimingAgreement).where(TimingAgreement.network_id == actor.network_id)
    return list(session.scalars(query.order_by(TimingAgreement.since.desc())))


def switch_on(session: Session, actor: Actor, given: Agreement) -> TimingAgreement:
    """Let leads see the figures from now on, under an agreement. Raises Forbidden, InvalidValue, Conflict `timing_on`.

    InvalidValue for `number`, `signed_on` (a day to come, too), `signed_by`, `document_sha256`, `reason`.
    """
    access.require(actor, Action.ADMINISTER)
    if given.signed_on is None or given.signed_on > local_day(clock.now()):
        raise errors.InvalidValue("signed_on", "required" if given.signed_on is None else "in_the_future")
    digest = given.document_sha256.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise errors.InvalidValue("document_sha256", "no_digest")
    values = {
        "id": db.new_id(),
        "network_id": actor.network_id,
        "number": _line("number", given.number),
        "signed_on": given.signed_on,
        "signed_by": _line("signed_by", given.signed_by),
        "document_sha256": digest,
        "reason": lifecycle.require_reason(given.reason),
        "since": clock.now(),
        "switched_on_by_id": actor.user_id,
    }
    made = insert(TimingAgreement).values(values).on_conflict_do_nothing().returning(TimingAgreement)
    row = session.scalars(made).one_or_none()
    if row is None:
        raise errors.Conflict("timing_on", network=actor.network_id)
    said = "worker_times.switched_on"
    audit.record(session, actor, said, "network", actor.network_id, number=row.number, document_sha256=digest)
    return row


def switch_off(session: Session, actor: Actor, *, reason: str) -> None:
    """Show the figures no longer, from now on. Raises Forbidden, InvalidValue, Conflict `timing_off`."""
    access.require(actor, Action.ADMINISTER)
    text = lifecycle.require_reason(reason)
    row = session.scalars(_in_force(actor).with_for_update()).one_or_none()
    if row is None:
        raise errors.Conflict("timing_off", network=actor.network_id)
    row.ended_at, row.ended_by_id, row.ended_reason = clock.now(), actor.user_id, text
    audit.record(session, actor, "worker_times.switched_off", "network", actor.network_id)


def shown(session: Session, actor: Actor) -> bool:
    """Tell whether there is anything for the actor to see here."""
    return access.may(actor, Action.READ_WORKER_TIMES) and session.scalar(_in_force(actor)) is not None


@db.over(Reach.NETWORK)
def figures(session: Session, actor: Actor) -> Figures:
    """Give the figures of the people whom the actor leads; audited. Raises Forbidden, and NotFound while it is off."""
    access.require(actor, Action.READ_WORKER_TIMES)
    agreement = session.scalars(_in_force(actor)).one_or_none()
    if agreement is None:
        raise errors.NotFound(network=actor.network_id)
    audit.record(session, actor, "worker_times.read", "network", actor.network_id)
    since = max(agreement.since, clock.now() - LONGEST)
    scope = access.scope(actor)
    query = (
        select(User.id, User.display_name, Deadline.parameter, Deadline.starts_at, Deadline.happened_at)
        .select_from(UserTask)
        .join(Deadline, Deadline.task_id == UserTask.id)
        .join(User, User.id == UserTask.assignee_id)
        .where(
            UserTask.agency_id.in_(scope.led_agency_ids),
            UserTask.network_id == actor.network_id,
            UserTask.created_at >= since,
            # The clock that this very taking ended: a step that was given back has further ones.
            Deadline.happened_at == UserTask.claim_happened_at,
            UserTask.on_behalf_of_id.is_(None),
            Deadline.clock == DeadlineClock.RECEPTION,
            scope.admits(UserTask.case_id),
        )
    )
    waited: defaultdict[tuple[str, UUID, str], list[timedelta]] = defaultdict(list)
    for user_id, name, parameter, began_at, taken_at in session.execute(query).all():
        if taken_at is not None:
            waited[name, user_id, parameter].append(taken_at - began_at)
    rows = [
        Figure(name, parameter, len(found), median_low(found))
        for (name, _id, parameter), found in sorted(waited.items())
        if len(found) >= FEWEST
    ]
    return Figures(agreement, since, tuple(rows))


def _in_force(actor: Actor) -> Select[TimingAgreement]:
    return select(TimingAgreement).where(
        TimingAgreement.network_id == actor.network_id, TimingAgreement.ended_at.is_(None)
    )


def _line(field: str, given: str) -> str:
    text = lifecycle.require_text(field, given)
    if len(text) > _LONGEST_TEXT or "\n" in text:
        raise errors.InvalidValue(field, "too_long")
    return text
