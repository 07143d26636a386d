"""Fiscal codes, in a store of their own: no form asks for one, no process, history or export knows one.

Off for every agency until the network's administrator says why it needs them. Who works with her writes hers down; the
agency's lead opens it for a purpose and finds cases by it; nobody else. Taken away by her wish, its key is destroyed:
that is an erasure like any other, with its tombstone, but for what is erased and for that one person does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, select

from engine import audit, blind, clock, crypto, db, errors, fiscal_code
from engine.cases import agreements, erasure, execution, lifecycle, lookup, trail
from engine.cases.erasure_models import Erasure, ErasureState, Ground
from engine.cases.fiscal_code_models import FiscalCode, FiscalCodeUse
from engine.participants import access, administration
from engine.participants.access import Action
from engine.participants.models import Agency

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.models import Case
    from engine.participants.access import Actor

KIND = "codice_fiscale"


class Purpose(StrEnum):
    """What a fiscal code is opened for."""

    PRESTAZIONE = "prestazione"
    ATTO = "atto"
    CONTROLLO = "controllo"


@dataclass(frozen=True, slots=True)
class Kept:
    """An agency of the actor's that may keep her fiscal code; `recorded_at` is None where it keeps none."""

    agency_id: UUID
    agency_name: str
    recorded_at: datetime | None
    may_record: bool
    may_open: bool


def switch_on(session: Session, actor: Actor, agency_id: UUID, *, reason: str) -> FiscalCodeUse:
    """Let an agency keep fiscal codes in the network, for a reason. Raises Forbidden, NotFound, InvalidValue."""
    administration.agency(session, actor, agency_id)
    text = lifecycle.require_reason(reason)
    db.exclusive(session, f"fiscal_codes:{agency_id}")
    found = use(session, actor, agency_id)
    if found is not None or actor.user_id is None:
        raise errors.InvalidValue("reason", "in_use")
    row = FiscalCodeUse(network_id=actor.network_id, agency_id=agency_id, reason=text, set_by_id=actor.user_id)
    session.add(row)
    session.flush()
    audit.record(session, actor, "fiscal_codes.switched_on", "agency", agency_id, use=str(row.id))
    return row


def switch_off(session: Session, actor: Actor, agency_id: UUID) -> None:
    """End that; what was kept can be opened and found no more, and is erased with its cases. Raises as `switch_on`."""
    administration.agency(session, actor, agency_id)
    row = use(session, actor, agency_id)
    if row is None:
        raise errors.NotFound(agency=agency_id)
    row.until, row.ended_by_id = clock.now(), actor.user_id
    audit.record(session, actor, "fiscal_codes.switched_off", "agency", agency_id, use=str(row.id))


def use(session: Session, actor: Actor, agency_id: UUID) -> FiscalCodeUse | None:
    """Give why an agency may keep fiscal codes in the actor's network; None where it may not."""
    return session.scalars(_uses(actor, [agency_id])).one_or_none()


def able(session: Session, actor: Actor, agencies: Collection[UUID]) -> frozenset[UUID]:
    """Give those of some agencies that may keep fiscal codes, and for which the actor records or opens them."""
    mine = [one for one in agencies if _may(actor, one)]
    return frozenset(row.agency_id for row in session.scalars(_uses(actor, mine))) if mine else frozenset()


def show(session: Session, actor: Actor, case_id: UUID) -> tuple[Case, tuple[Kept, ...]]:
    """Say for which agencies the actor keeps her fiscal code, without opening it. Raises NotFound."""
    case, agencies = _found(session, actor, case_id)
    trail.note(session, actor, "fiscal_code.read", case_id)
    query = (
        select(Agency.id, Agency.name, FiscalCode.recorded_at)
        .outerjoin(FiscalCode, (FiscalCode.agency_id == Agency.id) & (FiscalCode.case_id == case_id))
        .where(Agency.id.in_(agencies))
        .order_by(Agency.name)
    )
    return case, tuple(
        Kept(
            *row,
            may_record=access.may(actor, Action.RECORD_FISCAL_CODE, row[0]),
            may_open=access.may(actor, Action.OPEN_FISCAL_CODE, row[0]),
        )
        for row in session.execute(query)
    )


def record(session: Session, actor: Actor, case_id: UUID, agency_id: UUID, text: str) -> None:
    """Write her fiscal code down for an agency, in place of one that it has.

    Raises NotFound, Forbidden, InvalidValue for `fiscal_code`: `required`, `fiscal_code_form`, `fiscal_code_check`.
    """
    _require(session, actor, case_id, agency_id, Action.RECORD_FISCAL_CODE)
    if not text.strip():
        raise errors.InvalidValue("fiscal_code", "required")
    try:
        code = fiscal_code.parse(text)
    except ValueError as wrong:
        raise errors.InvalidValue("fiscal_code", str(wrong)) from None
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.RECORD_FISCAL_CODE)
    case = execution.lock(session, case_id)
    _take_away(session, actor, case_id, agency_id, Ground.ERRORE)
    row = FiscalCode(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case_id,
        agency_id=agency_id,
        recorded_by_id=actor.user_id,
        digest=_digest(actor, code),
    )
    own = crypto.seal(session, code.encode(), **_where(row, row.id))
    both = crypto.seal(session, own.blob, **_where(row, agency_id))
    row.own_key_version, row.key_version, row.sealed = own.key_version, both.key_version, both.blob
    session.add(row)
    session.flush()
    _note(session, actor, "fiscal_code.recorded", row)


def open_(session: Session, actor: Actor, case_id: UUID, agency_id: UUID, purpose: str) -> str:
    """Open what an agency keeps; it is audited. Raises NotFound, Forbidden, InvalidValue for `purpose`, SealBroken."""
    _require(session, actor, case_id, agency_id, Action.OPEN_FISCAL_CODE)
    if purpose not in set(Purpose):
        raise errors.InvalidValue("purpose", "unknown" if purpose else "required")
    row = _row(session, case_id, agency_id)
    if row is None:
        raise errors.NotFound(case=case_id)
    code = _opened(session, row)
    _note(session, actor, "fiscal_code.opened", row, purpose=purpose)
    return code


def kept(session: Session, case_id: UUID, agency_id: UUID) -> tuple[FiscalCode, str] | None:
    """Open what an agency keeps, for who answers her when she asks for it; he records that. Raises SealBroken."""
    row = _row(session, case_id, agency_id)
    return None if row is None else (row, _opened(session, row))


def take_away(session: Session, actor: Actor, case_id: UUID, agency_id: UUID) -> None:
    """Destroy what an agency keeps, by her wish. Raises NotFound, Forbidden, Conflict `erasure_held`."""
    _require(session, actor, case_id, agency_id, Action.RECORD_FISCAL_CODE)
    execution.lock(session, case_id)
    if not _take_away(session, actor, case_id, agency_id, Ground.RICHIESTA):
        raise errors.NotFound(case=case_id)


def cases_with(session: Session, actor: Actor, text: str) -> Select[UUID]:
    """Select the cases in which an agency that the actor leads keeps this code; none where it is no code."""
    led = able(session, actor, access.controllers(actor, Action.OPEN_FISCAL_CODE))
    try:
        digest = _digest(actor, fiscal_code.parse(text))
    except ValueError:
        digest = b""
    return select(FiscalCode.case_id).where(
        FiscalCode.network_id == actor.network_id, FiscalCode.digest == digest, FiscalCode.agency_id.in_(led)
    )


def searches(session: Session, actor: Actor) -> bool:
    """Tell whether the actor leads an agency that may keep fiscal codes."""
    return bool(able(session, actor, access.controllers(actor, Action.OPEN_FISCAL_CODE)))


def _found(session: Session, actor: Actor, case_id: UUID) -> tuple[Case, frozenset[UUID]]:
    """Find a case in which the actor's agencies work with her, and those of them that may keep her fiscal code."""
    case = lookup.case(session, actor, case_id)
    agencies = able(session, actor, agreements.acting_agencies(session, actor, case_id))
    if not agencies:
        raise errors.NotFound(case=case_id)
    return case, agencies


def _require(session: Session, actor: Actor, case_id: UUID, agency_id: UUID, action: Action) -> None:
    _case, agencies = _found(session, actor, case_id)
    if agency_id not in agencies:
        raise errors.NotFound(case=case_id)
    access.require(actor, action, agency_id)


def _take_away(session: Session, actor: Actor, case_id: UUID, agency_id: UUID, ground: Ground) -> bool:
    row = _row(session, case_id, agency_id)
    if row is None:
        return False
    erasure.require_not_held(session, case_id)
    _note(session, actor, "fiscal_code.taken_away", row, ground=ground.value)
    now = clock.now()
    stone = Erasure(
        network_id=row.network_id,
        case_id=case_id,
        controller_id=row.id,
        state=ErasureState.DONE,
        ground=ground,
        asked_by_id=actor.user_id,
        asked_at=now,
        decided_by_id=actor.user_id,
        decided_at=now,
    )
    erasure.destroy(session, case_id, row.id)
    session.add(stone)
    session.flush()
    return True


def _row(session: Session, case_id: UUID, agency_id: UUID) -> FiscalCode | None:
    query = select(FiscalCode).where(FiscalCode.case_id == case_id, FiscalCode.agency_id == agency_id)
    return session.scalars(query).one_or_none()


def _opened(session: Session, row: FiscalCode) -> str:
    own = crypto.open_(session, row.sealed, key_version=row.key_version, **_where(row, row.agency_id))
    return crypto.open_(session, own, key_version=row.own_key_version, **_where(row, row.id)).decode()


def _uses(actor: Actor, agencies: Collection[UUID]) -> Select[FiscalCodeUse]:
    return select(FiscalCodeUse).where(
        FiscalCodeUse.network_id == actor.network_id,
        FiscalCodeUse.agency_id.in_(agencies),
        FiscalCodeUse.until.is_(None),
    )


def _may(actor: Actor, agency_id: UUID) -> bool:
    return any(access.may(actor, one, agency_id) for one in (Action.RECORD_FISCAL_CODE, Action.OPEN_FISCAL_CODE))


def _digest(actor: Actor, code: str) -> bytes:
    (digest,) = blind.digests(actor.network_id, KIND, code)
    return digest


def _where(row: FiscalCode, controller_id: UUID) -> dict[str, Any]:
    """Say where a code is sealed: under the row's own key, or under the agency's."""
    return {
        "case_id": row.case_id,
        "controller_id": controller_id,
        "table": FiscalCode.__tablename__,
        "field": f"code:{row.id}",
    }


def _note(session: Session, actor: Actor, action: str, row: FiscalCode, **details: object) -> None:
    subject = ("fiscal_code", row.id)
    trail.note(session, actor, action, row.case_id, subject=subject, agency_id=row.agency_id, details=details)
