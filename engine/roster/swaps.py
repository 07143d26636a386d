"""Swaps: who is on call asks a colleague to take her shift, alone or for one of hers; it changes when she accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from engine import audit, clock, db, notifications
from engine.errors import Conflict, InvalidValue, NotFound
from engine.notifications import Receiver
from engine.participants.models import User
from engine.roster import coverage, on_call, planning
from engine.roster.models import Shift, ShiftSwap
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """A swap that waits for an answer: `mine` is what the reader is asked for, else she has asked for it."""

    id: UUID
    shift: Shift
    in_return: Shift | None
    from_name: str
    to_name: str
    mine: bool


def ask(session: Session, actor: Actor, shift_id: UUID, *, to: UUID | None, in_return: UUID | None = None) -> ShiftSwap:
    """Ask a colleague to take a shift of one's own that has not begun, `in_return` for one of hers if that is said.

    Raises NotFound; Conflict `shift_not_yours`, `shift_has_begun`, `swap_asked_already`; InvalidValue for `to`.
    """
    shift = _standing(session, actor, shift_id)
    if actor.user_id is None or actor.user_id not in coverage.people(shift):
        raise Conflict("shift_not_yours", shift=shift_id)
    other = _standing(session, actor, in_return) if in_return is not None else None
    to = to or (other.first_id if other is not None else None)
    _require_fit(session, actor, shift, other, to)
    db.exclusive(session, f"shift:{shift.id}")
    waiting = select(ShiftSwap.id).where(ShiftSwap.shift_id == shift.id, ShiftSwap.answered_at.is_(None))
    if session.scalar(waiting) is not None:
        raise Conflict("swap_asked_already", shift=shift_id)
    swap = ShiftSwap(
        network_id=actor.network_id, shift_id=shift.id, from_id=actor.user_id, to_id=to, in_return_id=in_return
    )
    session.add(swap)
    session.flush()
    audit.record(session, actor, "swap.asked", "shift", shift.id, to=str(to), in_return=str(in_return or ""))
    _tell(session, actor, swap.to_id, "shift_swap_asked")
    return swap


def answer(session: Session, actor: Actor, swap_id: UUID, *, accept: bool) -> Shift:
    """Accept or decline a swap that one is asked for; who asked is told. Gives the shift that was to be taken.

    Raises NotFound; Conflict `shift_has_begun`, `shift_changed` when a shift is no longer as it was asked.
    """
    query = select(ShiftSwap).where(
        ShiftSwap.id == swap_id, ShiftSwap.network_id == actor.network_id, ShiftSwap.to_id == actor.user_id
    )
    swap = session.scalars(query.where(ShiftSwap.answered_at.is_(None)).with_for_update()).one_or_none()
    if swap is None:
        raise NotFound("swap_not_found", swap=swap_id)
    shift = session.get_one(Shift, swap.shift_id)
    other = session.get_one(Shift, swap.in_return_id) if swap.in_return_id is not None else None
    swap.answered_at, swap.accepted = clock.now(), accept
    if accept:
        _exchange(session, actor, shift, swap.from_id, swap.to_id)
        if other is not None:
            _exchange(session, actor, other, swap.to_id, swap.from_id)
    audit.record(session, actor, "swap.answered", "shift", shift.id, accepted=accept)
    _tell(session, actor, swap.from_id, "shift_swap_accepted" if accept else "shift_swap_declined")
    return shift


def waiting(session: Session, actor: Actor, roster_id: UUID) -> tuple[Asked, ...]:
    """Give the swaps of a roster that the actor has asked for, or is asked for, and that have no answer yet."""
    asker, asked, returned = aliased(User), aliased(User), aliased(Shift)
    query = (
        select(ShiftSwap, Shift, returned, asker.display_name, asked.display_name)
        .join(Shift, Shift.id == ShiftSwap.shift_id)
        .outerjoin(returned, returned.id == ShiftSwap.in_return_id)
        .join(asker, asker.id == ShiftSwap.from_id)
        .join(asked, asked.id == ShiftSwap.to_id)
        .where(
            Shift.roster_id == roster_id,
            Shift.starts_at > clock.now(),
            ShiftSwap.answered_at.is_(None),
            or_(ShiftSwap.from_id == actor.user_id, ShiftSwap.to_id == actor.user_id),
        )
        .order_by(Shift.starts_at, ShiftSwap.id)
    )
    return tuple(
        Asked(swap.id, shift, other, from_name, to_name, swap.to_id == actor.user_id)
        for swap, shift, other, from_name, to_name in session.execute(query)
    )


def _standing(session: Session, actor: Actor, shift_id: UUID) -> Shift:
    """Give a published shift to come of a roster that the actor may read."""
    shift = session.get(Shift, shift_id, with_for_update=True)
    if (
        shift is None
        or shift.withdrawn_at is not None
        or shift.published_at is None
        or not planning.may_read_shift(session, actor, shift)
    ):
        raise NotFound("shift_not_found", shift=shift_id)
    if shift.starts_at <= clock.now():
        raise Conflict("shift_has_begun", shift=shift_id)
    return shift


def _require_fit(session: Session, actor: Actor, shift: Shift, other: Shift | None, to: UUID | None) -> None:
    roster = planning.find(session, actor, shift.roster_id)
    offices = on_call.offices(session, actor.network_id, roster.service)
    if not any(to in office.people for office in offices) or to in coverage.people(shift):
        raise InvalidValue("to", "not_of_the_service")
    if other is not None and (
        other.roster_id != shift.roster_id
        or to not in coverage.people(other)
        or actor.user_id in coverage.people(other)
    ):
        raise InvalidValue("to", "not_of_the_service")


def _exchange(session: Session, actor: Actor, shift: Shift, leaves: UUID, comes: UUID) -> None:
    """Withdraw a shift and write it anew with somebody else in it. Raises Conflict."""
    if shift.starts_at <= clock.now():
        raise Conflict("shift_has_begun", shift=shift.id)
    if shift.withdrawn_at is not None or leaves not in coverage.people(shift) or comes in coverage.people(shift):
        raise Conflict("shift_changed", shift=shift.id)
    shift.withdrawn_at, shift.withdrawn_by_id = clock.now(), actor.user_id
    first, second = (comes if person == leaves else person for person in (shift.first_id, shift.second_id))
    session.add(
        Shift(
            network_id=shift.network_id,
            roster_id=shift.roster_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            first_id=first,
            second_id=second,
            languages=shift.languages,
            capabilities=shift.capabilities,
            replaces=shift.replaces,
            reason=shift.reason,
            created_by_id=actor.user_id,
            published_by_id=actor.user_id,
            published_at=clock.now(),
        )
    )


def _tell(session: Session, actor: Actor, person: UUID, kind: str) -> None:
    # Of no case, and of another person: nobody's own sight has it.
    with db.reaching(session, Reach.NETWORK):
        notifications.notify(session, Receiver.person(person), kind, network_id=actor.network_id, case_id=None)
        session.flush()
