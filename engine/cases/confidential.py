"""What is sealed in a case.

Answers and drafts are sealed under the agency that answers for them, state and history under the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import crypto, packing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.decision_models import DecisionRecord
    from engine.cases.models import CaseEvent, CaseState, Draft, FormSubmission
    from engine.cases.post_models import Outgoing
    from engine.crypto import Sealed


@dataclass(frozen=True, slots=True)
class Answer:
    """A submitted form: what was answered, and the variables that the form's conditions read at that moment.

    A correction later shows and demands the same fields, whatever the case has become since.
    """

    values: Mapping[str, Any]
    context: Mapping[str, Any]


def seal_answer(session: Session, answer: Answer, *, submission_id: UUID, case_id: UUID, controller_id: UUID) -> Sealed:
    """Seal a submitted form; it opens only as this very submission."""
    content = {"values": dict(answer.values), "context": dict(answer.context)}
    return _seal(session, content, case_id, controller_id, "form_submission", f"values:{submission_id}")


def open_answer(session: Session, row: FormSubmission) -> Answer:
    """Open a submitted form. Raises SealBroken."""
    field = f"values:{row.id}"
    content = _open(session, row.sealed, row.case_id, row.controller_id, row.key_version, "form_submission", field)
    return Answer(content["values"], content["context"])


def seal_draft(
    session: Session, values: Mapping[str, Any], *, task_id: UUID, case_id: UUID, controller_id: UUID
) -> Sealed:
    """Seal a half-filled form; it opens only as the draft of this task."""
    return _seal(session, dict(values), case_id, controller_id, "draft", f"values:{task_id}")


def open_draft(session: Session, row: Draft) -> dict[str, Any]:
    """Open a half-filled form. Raises SealBroken."""
    field = f"values:{row.task_id}"
    return _open(session, row.sealed, row.case_id, row.controller_id, row.key_version, "draft", field)


def seal_state(session: Session, content: bytes, *, instance_id: UUID, case_id: UUID, network_id: UUID) -> Sealed:
    """Seal the stored form of an instance."""
    return crypto.seal(
        session, content, case_id=case_id, controller_id=network_id, table="case_state", field=f"state:{instance_id}"
    )


def open_state(session: Session, row: CaseState) -> bytes:
    """Open the stored form of an instance. Raises SealBroken."""
    return crypto.open_(
        session,
        row.sealed,
        case_id=row.case_id,
        controller_id=row.network_id,
        key_version=row.key_version,
        table="case_state",
        field=f"state:{row.instance_id}",
    )


def seal_history(session: Session, values: Mapping[str, Any], *, case_id: UUID, network_id: UUID) -> Sealed:
    """Seal the values of a line of history."""
    return _seal(session, dict(values), case_id, network_id, "case_event", "values")


def open_history(session: Session, row: CaseEvent) -> dict[str, Any]:
    """Open the values of a line of history; empty when it has none. Raises SealBroken."""
    if row.sealed is None or row.key_version is None:
        return {}
    return _open(session, row.sealed, row.case_id, row.network_id, row.key_version, "case_event", "values")


def seal_outgoing(session: Session, values: Mapping[str, Any], row: Outgoing) -> Sealed:
    """Seal what a message carries, under the network's key of the case that it comes from."""
    return _seal(session, dict(values), row.from_case_id, row.network_id, "outgoing", f"values:{row.id}")


def open_outgoing(session: Session, row: Outgoing) -> dict[str, Any]:
    """Open what a message carries. Raises SealBroken."""
    if row.sealed is None or row.key_version is None:
        return {}
    field = f"values:{row.id}"
    return _open(session, row.sealed, row.from_case_id, row.network_id, row.key_version, "outgoing", field)


def seal_decision(
    session: Session, values: Mapping[str, Any], *, decision_id: UUID, case_id: UUID, network_id: UUID
) -> Sealed:
    """Seal what was decided by tables, and why; it opens only as this very decision."""
    return _seal(session, dict(values), case_id, network_id, "decision_record", f"values:{decision_id}")


def open_decision(session: Session, row: DecisionRecord) -> dict[str, Any]:
    """Open what was decided by tables. Raises SealBroken."""
    field = f"values:{row.id}"
    return _open(session, row.sealed, row.case_id, row.network_id, row.key_version, "decision_record", field)


def _seal(
    session: Session, values: dict[str, Any], case_id: UUID, controller_id: UUID, table: str, field: str
) -> Sealed:
    content = packing.dumps(values)
    return crypto.seal(session, content, case_id=case_id, controller_id=controller_id, table=table, field=field)


def _open(
    session: Session, sealed: bytes, case_id: UUID, controller_id: UUID, key_version: int, table: str, field: str
) -> dict[str, Any]:
    content = crypto.open_(
        session,
        sealed,
        case_id=case_id,
        controller_id=controller_id,
        key_version=key_version,
        table=table,
        field=field,
    )
    values: dict[str, Any] = packing.loads(content)
    return values
