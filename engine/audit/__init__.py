"""Who did or read what: entries are only ever inserted, and hold ids and codes only.

`record` inserts, in the transaction of what it tells about. `sealing` numbers and chains the entries afterwards,
`chain` says how, `heads` signs how far it has come, `exporting` writes all of it into a file, and `verifying` checks
that file, without a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from engine import clock, rows
from engine.audit.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = ["AuditEntry", "Capacity", "Who", "record", "record_in_case"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """In which part somebody acts: for which agency and which other one, for which purpose, on which basis."""

    agency_id: UUID | None = None
    purpose: str | None = None
    basis: str | None = None
    on_behalf_of: UUID | None = None


class Who(Protocol):
    """Whoever acts, and in which network; nobody in particular when `user_id` is None."""

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def network_id(self) -> UUID: ...


def record(
    session: Session,
    actor: Who | None,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    network_id: UUID | None = None,
    **details: object,
) -> None:
    """Record an act or a reading in the command's transaction; `network_id` counts only where there is no actor.

    Details are ids and codes. A value of a case has no place here: entries are kept when the case's keys are destroyed.
    """
    rows.append(
        session,
        AuditEntry,
        network_id=actor.network_id if actor else network_id,
        actor_id=actor.user_id if actor else None,
        action=action,
        subject_type=subject_type,
        subject_id=str(subject_id),
        details=details,
    )


def record_in_case(
    session: Session,
    actor: Who,
    action: str,
    case_id: UUID | None,
    capacity: Capacity,
    *,
    subject: tuple[str, object],
    happened_at: datetime | None,
    details: Mapping[str, object],
) -> None:
    """Record as `record` does what concerns a case, or several, and in which capacity (`engine.cases.trail`)."""
    rows.append(
        session,
        AuditEntry,
        network_id=actor.network_id,
        actor_id=actor.user_id,
        agency_id=capacity.agency_id,
        on_behalf_of_id=capacity.on_behalf_of,
        purpose=capacity.purpose,
        basis=capacity.basis,
        action=action,
        subject_type=subject[0],
        subject_id=str(subject[1]),
        case_id=case_id,
        happened_at=None if happened_at == clock.now() else happened_at,
        details=dict(details),
    )
