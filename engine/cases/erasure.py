"""Erasing what a controller keeps of a case: one person asks, another decides, and the keys are destroyed.

Each agency answers for its answers, drafts and files, the network for state, history and decisions: each is erased by
itself, and the others' records stay. What was sealed can never be read again, wherever a copy of it lies; the row that
says so is the tombstone; `tombstones` keeps it in a file too, for backups still have the keys.

Nothing erases by itself: `due` proposes what is past its term (R01, R02), people decide, and a hold of a court stands
above all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, or_, select

from engine import blind, clock, crypto, db, errors
from engine.cases import execution, links, trail
from engine.cases.erasure_models import Authority, Erasure, ErasureState, Ground, LegalHold
from engine.cases.fiscal_code_models import FiscalCode
from engine.cases.models import Case, CaseStatus
from engine.cases.request_models import RequestState, SubjectRequest
from engine.crypto import CaseKey
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, CaseParticipation
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 200
"""Rows of the list of what is past its term."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one controller keeps of a case; `name` is None for the network itself. `erasure` as far as one was asked.

    `may_ask`: the actor may ask for one. `may_decide`: he may decide what was asked; not for what he has asked himself.
    """

    controller_id: UUID
    name: str | None
    erasure: Erasure | None
    may_ask: bool
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What the actor may erase of a case, and what holds it back; `may_hold`: he may put and lift that."""

    case: Case
    kept: tuple[Kept, ...]
    hold: LegalHold | None
    may_hold: bool


@db.over(Reach.NETWORK)
def standing(session: Session, actor: Actor, case_id: UUID) -> Standing:
    """Give what the actor's controllers keep of a case; the reading is audited. Raises NotFound where it is nothing."""
    case = session.get(Case, case_id)
    mine = _controllers(session, actor, case_id, Action.DECIDE_ERASURE)
    if case is None or not mine:
        raise errors.NotFound(case=case_id)
    trail.note(session, actor, "erasure.read", case_id)
    named = {row.id: row.name for row in session.scalars(select(Agency).where(Agency.id.in_(mine)))}
    asked = select(Erasure).where(Erasure.case_id == case_id, Erasure.state != ErasureState.REFUSED)
    erasures = {row.controller_id: row for row in session.scalars(asked)}
    kept = [_kept(actor, one, named.get(one), erasures.get(one)) for one in mine]
    in_order = tuple(sorted(kept, key=lambda one: one.name or ""))
    return Standing(case, in_order, _hold(session, case_id), may_hold=any(one.may_ask for one in kept))


@db.over(Reach.NETWORK)
def ask(session: Session, actor: Actor, case_id: UUID, controller_id: UUID, ground: str) -> Erasure:
    """Ask that what a controller keeps of a case be erased.

    Raises NotFound, InvalidValue, and Conflict: `erasure_held`, `erasure_asked`, `erasure_too_early`,
    `request_pending`.
    """
    if ground not in set(Ground):
        raise errors.InvalidValue("ground", "required")
    case = _locked(session, actor, case_id, controller_id)
    _require_over(session, case, controller_id)
    before = select(Erasure.id).where(
        Erasure.case_id == case_id, Erasure.controller_id == controller_id, Erasure.state != ErasureState.REFUSED
    )
    if session.scalar(before.limit(1)) is not None:
        raise errors.Conflict("erasure_asked", case=case_id)
    row = Erasure(
        network_id=case.network_id,
        case_id=case_id,
        controller_id=controller_id,
        state=ErasureState.ASKED,
        ground=Ground(ground),
        asked_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "erasure.asked", row)
    return row


@db.over(Reach.NETWORK)
def decide(session: Session, actor: Actor, case_id: UUID, erasure_id: UUID, *, approve: bool) -> None:
    """Do what somebody else has asked for, or refuse it. Raises NotFound, MustBeAnotherPerson, Conflict as `ask`."""
    row = session.get(Erasure, erasure_id)
    if row is None or row.case_id != case_id:
        raise errors.NotFound(erasure=erasure_id)
    case = _locked(session, actor, case_id, row.controller_id, action=Action.DECIDE_ERASURE)
    session.refresh(row)
    if row.state is not ErasureState.ASKED:
        raise errors.Conflict("erasure_asked", case=case_id)
    if row.asked_by_id == actor.user_id:
        raise errors.MustBeAnotherPerson(erasure=erasure_id)
    if approve:
        _require_over(session, case, row.controller_id)
        destroy(session, case_id, row.controller_id)
    row.state = ErasureState.DONE if approve else ErasureState.REFUSED
    row.decided_by_id, row.decided_at = actor.user_id, clock.now()
    session.flush()
    _note(session, actor, "erasure.done" if approve else "erasure.refused", row)


@db.over(Reach.NETWORK)
def hold(session: Session, actor: Actor, case_id: UUID, authority: str) -> LegalHold:
    """Keep anything of a case from being erased, for a court or another authority. Raises NotFound, Conflict."""
    if authority not in set(Authority):
        raise errors.InvalidValue("authority", "required")
    case = _locked(session, actor, case_id)
    if _hold(session, case_id) is not None:
        raise errors.Conflict("erasure_held", case=case_id)
    row = LegalHold(
        network_id=case.network_id, case_id=case_id, authority=Authority(authority), held_by_id=actor.user_id
    )
    session.add(row)
    session.flush()
    trail.note(session, actor, "hold.set", case_id, details={"authority": authority})
    return row


@db.over(Reach.NETWORK)
def lift(session: Session, actor: Actor, case_id: UUID) -> None:
    """End the hold of a case; another person than who set it does. Raises NotFound, MustBeAnotherPerson."""
    _locked(session, actor, case_id)
    row = _hold(session, case_id)
    if row is None:
        raise errors.NotFound(case=case_id)
    if row.held_by_id == actor.user_id:
        raise errors.MustBeAnotherPerson(hold=row.id)
    row.until, row.lifted_by_id = clock.now(), actor.user_id
    session.flush()
    trail.note(session, actor, "hold.lifted", case_id, details={"authority": row.authority.value})


def destroy(session: Session, case_id: UUID, controller_id: UUID) -> None:
    """Destroy the keys of a case and controller, what its records are found by, and the links that it recorded.

    The fiscal code that an agency keeps goes with them, or alone where its own id is given.
    """
    whose = or_(FiscalCode.agency_id == controller_id, FiscalCode.id == controller_id)
    codes = delete(FiscalCode).where(FiscalCode.case_id == case_id, whose).returning(FiscalCode.id)
    for each in {controller_id, *session.scalars(codes)}:
        crypto.destroy(session, case_id, each)
    blind.forget(session, case_id, controller_id)
    links.forget(session, case_id, controller_id)


def require_not_held(session: Session, case_id: UUID) -> None:
    """Raise Conflict `erasure_held` while an authority keeps anything of a case from being destroyed."""
    if _hold(session, case_id) is not None:
        raise errors.Conflict("erasure_held", case=case_id)


def erased_names(session: Session, case_id: UUID) -> list[tuple[str | None, datetime | None]]:
    """Give whose records of a case are erased, and when; the name is None for the network's.

    Not that a single fiscal code was taken away.
    """
    query = (
        select(Agency.name, Erasure.decided_at)
        .select_from(Erasure)
        .outerjoin(Agency, Agency.id == Erasure.controller_id)
        .where(
            Erasure.case_id == case_id,
            Erasure.state == ErasureState.DONE,
            or_(Agency.id.is_not(None), Erasure.controller_id == Erasure.network_id),
        )
        .order_by(Erasure.decided_at)
    )
    return [(name, at) for name, at in session.execute(query).all()]


def _note(session: Session, actor: Actor, action: str, row: Erasure) -> None:
    said = {"controller": str(row.controller_id), "ground": row.ground.value}
    trail.note(session, actor, action, row.case_id, agency_id=row.controller_id, details=said)


def _locked(
    session: Session, actor: Actor, case_id: UUID, controller_id: UUID | None = None, *, action: Action = Action.ERASE
) -> Case:
    """Lock a case of which the actor's controllers (or the one that is meant) keep something. Raises NotFound."""
    mine = _controllers(session, actor, case_id, action)
    if not mine or (controller_id is not None and controller_id not in mine):
        raise errors.NotFound(case=case_id)
    return execution.lock(session, case_id)


def _controllers(session: Session, actor: Actor, case_id: UUID, action: Action) -> set[UUID]:
    """Give the controllers for which the actor may do this and that keep something of a case.

    That is so by the keys, not by who takes part: an agency answers for what it keeps after its part has ended, too.
    """
    keys = select(CaseKey.controller_id).where(
        CaseKey.case_id == case_id, CaseKey.controller_id.in_(access.controllers(actor, action))
    )
    admitted = access.scope(actor).admits(Case.id)
    in_network = select(Case.id).where(Case.id == case_id, Case.network_id == actor.network_id, admitted)
    return set(session.scalars(keys.where(in_network.exists())))


def _kept(actor: Actor, controller_id: UUID, name: str | None, erasure: Erasure | None) -> Kept:
    asked = erasure is not None and erasure.state is ErasureState.ASKED
    return Kept(
        controller_id,
        name,
        erasure,
        may_ask=controller_id in access.controllers(actor, Action.ERASE),
        may_decide=asked and erasure is not None and erasure.asked_by_id != actor.user_id,
    )


def _require_over(session: Session, case: Case, controller_id: UUID) -> None:
    """Refuse while the controller works on the case, an authority holds it, or she has asked to know what it keeps."""
    require_not_held(session, case.id)
    asked = select(SubjectRequest.id).where(
        SubjectRequest.case_id == case.id,
        SubjectRequest.controller_id == controller_id,
        SubjectRequest.state.not_in([RequestState.DELIVERED, RequestState.REFUSED]),
    )
    if session.scalar(asked.limit(1)) is not None:
        raise errors.Conflict("request_pending", case=case.id)
    now = clock.now()
    takes_part = select(CaseParticipation.id).where(
        CaseParticipation.case_id == case.id,
        CaseParticipation.agency_id == controller_id,
        or_(CaseParticipation.until.is_(None), CaseParticipation.until > now),
    )
    of_network = controller_id == case.network_id
    if case.state is CaseStatus.OPEN and (of_network or session.scalar(takes_part.limit(1)) is not None):
        raise errors.Conflict("erasure_too_early", case=case.id)


def _hold(session: Session, case_id: UUID) -> LegalHold | None:
    query = select(LegalHold).where(LegalHold.case_id == case_id, LegalHold.until.is_(None))
    return session.scalars(query).one_or_none()
