"""Opening what is secret in an answer: one kind at a time, for a purpose, by who may, and always audited.

A kind is what serves one purpose together (who she is and how to reach her; health; courts): to open it field by field
would be fifty clicks, and to open all at once would show a whole life to whoever looks up a telephone number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from engine import errors
from engine.cases import lookup, submissions, trail
from engine.participants import access
from engine.participants.access import Action
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.confidential import Answer
    from engine.cases.models import FormSubmission
    from engine.participants.access import Actor


class Purpose(StrEnum):
    """What a secret is opened for; whoever opens it says so."""

    CONTATTO = "contatto"
    COLLOQUIO = "colloquio"
    PROTEZIONE = "protezione"
    ATTI = "atti"
    RETTIFICA = "rettifica"


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody wants to open, and what for."""

    purpose: Purpose
    kinds: tuple[str, ...]


def opening(purpose: str, kinds: Iterable[str]) -> Opening:
    """Take what somebody asks to open. Raises InvalidValue for `purpose` or `kinds`."""
    wanted = set(kinds)
    if purpose not in set(Purpose):
        raise errors.InvalidValue("purpose", "unknown" if purpose else "required")
    if not wanted or not wanted <= set(secrecy.KINDS):
        raise errors.InvalidValue("kinds", "unknown" if wanted else "required")
    return Opening(Purpose(purpose), tuple(kind for kind in secrecy.KINDS if kind in wanted))


def may(session: Session, actor: Actor, row: FormSubmission) -> bool:
    """Tell whether the actor may open what is secret in an answer that he may read."""
    return bool(_agencies(session, actor, row))


def opened(session: Session, actor: Actor, row: FormSubmission, wanted: Opening) -> Answer:
    """Open an answer with the kinds that are wanted. Raises Forbidden, SealBroken."""
    answer = submissions.opened(session, row, kinds=wanted.kinds)
    record(session, actor, row, wanted.purpose, [kind for kind in answer.kinds if kind in wanted.kinds])
    return answer


def record(
    session: Session,
    actor: Actor,
    row: FormSubmission,
    purpose: Purpose,
    kinds: Sequence[str],
    *,
    file: UUID | None = None,
) -> None:
    """Record that kinds of an answer, or a file that it names, are opened now, for which agency and what for.

    Raises Forbidden.
    """
    agencies = _agencies(session, actor, row)
    if not agencies:
        raise errors.Forbidden(action=Action.OPEN_SEALED, submission=row.id)
    subject = ("form_submission", row.id) if file is None else ("attachment", file)
    for kind in kinds:
        said = {"answer": str(row.id), "purpose": purpose.value, "kind": kind}
        trail.note(session, actor, "answer.opened", row.case_id, subject=subject, agency_id=min(agencies), details=said)


def _agencies(session: Session, actor: Actor, row: FormSubmission) -> frozenset[UUID]:
    """Give the actor's agencies for which he may: the one that gave the answer; of a request, those that take part.

    In an emergency any in which his role may.
    """
    if access.may(actor, Action.OPEN_SEALED, row.controller_id):
        return frozenset({row.controller_id})
    if lookup.whole(actor, row.case_id):
        return frozenset(agency for agency, _ in actor.memberships if access.may(actor, Action.OPEN_SEALED, agency))
    if row.task_id is not None:
        return frozenset()
    taking_part = lookup.participating(session, row.case_id)
    return frozenset(agency for agency in taking_part if access.may(actor, Action.OPEN_SEALED, agency))
