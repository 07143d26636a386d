"""What is read and changed in a case, in the audit: who, for which agency, for which purpose, on which basis.

`history.record` leaves the entry of everything that somebody changes. Whatever is read, and what leaves no line of
history, is recorded here by the verb that does it. Lists that show of a case its code alone are no reading of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, select

from engine import audit, clock
from engine.audit import Capacity
from engine.participants import access
from engine.participants.models import CaseParticipation

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.models import UserTask
    from engine.participants.access import Actor

EMERGENCY = "accesso_emergenza"
"""Purpose and basis of what is read of a case that somebody has opened to herself in an emergency."""

_PARTS = "parts_of_cases"  # in session.info: case -> who takes part in it, read once per command

# Built once: building a query costs as much as running it.
_QUERY = select(CaseParticipation).where(
    CaseParticipation.case_id == bindparam("case_id"),
    access.going_on(bindparam("now")),
)


def note(  # noqa: PLR0913 - an entry has as many parts
    session: Session,
    actor: Actor,
    action: str,
    case_id: UUID,
    *,
    subject: tuple[str, object] | None = None,
    agency_id: UUID | None = None,
    on_behalf_of: UUID | None = None,
    happened_at: datetime | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Record what the actor reads or changes in a case; `subject` is a part of it, `agency_id` whose that part is."""
    audit.record_in_case(
        session,
        actor,
        action,
        case_id,
        _capacity(session, actor, case_id, agency_id, on_behalf_of),
        subject=subject or ("case", case_id),
        happened_at=happened_at,
        details=details or {},
    )


def note_task(
    session: Session, actor: Actor, action: str, task: UserTask, details: Mapping[str, object] | None = None
) -> None:
    """Record what the actor reads or changes of a task."""
    subject = ("user_task", task.id)
    note(session, actor, action, task.case_id, subject=subject, agency_id=task.agency_id, details=details)


def has_read(session: Session, case_id: UUID, parts: Iterable[CaseParticipation]) -> None:
    """Take in who takes part in a case, where the command has read that for itself."""
    session.info.setdefault(_PARTS, {})[case_id] = tuple(parts)


def outside(actor: Actor, case_id: UUID, agency_id: UUID | None = None, on_behalf_of: UUID | None = None) -> Capacity:
    """Say in which capacity somebody acts on a case in which none of her agencies takes part.

    In an emergency that she has declared, or by her role.
    """
    held = [(agency, role) for agency, role in actor.memberships if agency_id is None or agency == agency_id]
    agencies = {agency for agency, _role in held or actor.memberships}
    in_emergency = case_id in actor.emergencies
    return Capacity(
        agency_id=agencies.pop() if len(agencies) == 1 else None,
        purpose=EMERGENCY if in_emergency else _joined(role.value for _agency, role in held or actor.memberships),
        basis=EMERGENCY if in_emergency else "ruolo",
        on_behalf_of=on_behalf_of,
    )


def _capacity(
    session: Session, actor: Actor, case_id: UUID, agency_id: UUID | None, on_behalf_of: UUID | None
) -> Capacity:
    """Say for which of her agencies somebody acts. Where it could be several it is not guessed."""
    if actor.is_system:
        return Capacity(on_behalf_of=on_behalf_of)
    mine = access.scope(actor).agency_ids
    parts = _parts(session, case_id) if mine else ()
    own = [part for part in parts if part.agency_id in mine and part.since is not None]
    acting = {part.agency_id for part in own}
    if agency_id in acting:
        acting = {agency_id}
    if not acting:
        return outside(actor, case_id, agency_id, on_behalf_of)
    own = [part for part in own if part.agency_id in acting]
    return Capacity(
        agency_id=acting.pop() if len(acting) == 1 else None,
        purpose=_joined(part.purpose or part.lane for part in own),
        basis=_joined(part.basis for part in own),
        on_behalf_of=on_behalf_of,
    )


def _parts(session: Session, case_id: UUID) -> Any:
    known: dict[UUID, Any] = session.info.setdefault(_PARTS, {})
    if case_id not in known:
        known[case_id] = tuple(session.scalars(_QUERY, {"case_id": case_id, "now": clock.now()}).all())
    return known[case_id]


def _joined(names: Iterable[str]) -> str | None:
    return " ".join(sorted(set(names))) or None
