"""What is sealed in a case.

Answers and drafts are sealed under the agency that answers for them, state and history under the network. Of an answer
each kind of secret (`forms.secrecy`) is sealed apart, so that reading one opens no other.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import crypto, packing
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.cases.breach_models import Breach
    from engine.cases.decision_models import DecisionRecord
    from engine.cases.handover_models import Handover
    from engine.cases.models import CaseEvent, CaseState, Draft, FormSubmission
    from engine.cases.post_models import Outgoing
    from engine.cases.question_models import Question
    from engine.cases.referral_models import Referral
    from engine.crypto import Sealed
    from engine.participants.models import Exclusion


@dataclass(frozen=True, slots=True)
class Answer:
    """A submitted form: what was answered, and the variables that the form's conditions read at that moment.

    A correction later shows and demands the same fields, whatever the case has become since. `kinds` are the kinds of
    secret in which something was answered, be they among the values or not. Of what is `erased` nothing is left.
    """

    values: Mapping[str, Any]
    context: Mapping[str, Any]
    kinds: tuple[str, ...] = ()
    erased: bool = False


def seal_answer(session: Session, answer: Answer, form: forms.Form | None, row: FormSubmission) -> None:
    """Seal a submitted form into its row, each kind apart; it opens only as this very submission."""
    parts = secrecy.split(form, answer.values)
    content = {"values": parts.pop(secrecy.ORDINARY), "context": dict(answer.context)}
    where = (row.case_id, row.controller_id, "form_submission", f"values:{row.id}")
    sealed = _seal(session, content, *where)
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    row.sealed_kinds = {
        kind: base64.b64encode(_seal(session, part, *where[:-1], f"{where[-1]}:{kind}").blob).decode("ascii")
        for kind, part in parts.items()
    }


def open_answer(
    session: Session, row: FormSubmission, form: forms.Form | None, *, kinds: Collection[str] = ()
) -> Answer:
    """Open a submitted form: what is no secret, and these kinds of what is. Raises SealBroken."""
    if row.misfiled_at is not None or crypto.destroyed(session, row.case_id, row.controller_id):
        return Answer({}, {}, erased=True)
    where = (row.case_id, row.controller_id, row.key_version, "form_submission", f"values:{row.id}")
    content = _open(session, row.sealed, *where)
    # Rows from before the kinds hold all of them in one.
    parts = secrecy.split(form, content["values"])
    answered = {kind for kind in secrecy.KINDS if kind in parts or kind in row.sealed_kinds}
    for kind in row.sealed_kinds.keys() & set(kinds):
        parts[kind] = _open(session, base64.b64decode(row.sealed_kinds[kind]), *where[:-1], f"{where[-1]}:{kind}")
    values = secrecy.joined(form, [parts[kind] for kind in (secrecy.ORDINARY, *kinds) if kind in parts])
    return Answer(values, content["context"], tuple(kind for kind in secrecy.KINDS if kind in answered))


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
    """Open the values of a line of history; empty when it has none or they are erased. Raises SealBroken."""
    if row.sealed is None or row.key_version is None or crypto.destroyed(session, row.case_id, row.network_id):
        return {}
    return _open(session, row.sealed, row.case_id, row.network_id, row.key_version, "case_event", "values")


def seal_handover(session: Session, reason: str, row: Handover) -> Sealed:
    """Seal why a hand-over was declined, asked back or revoked, under the network's key of the case."""
    return _seal(session, {"reason": reason}, row.case_id, row.network_id, "handover", f"reason:{row.id}")


def open_handover(session: Session, row: Handover) -> str | None:
    """Open why a hand-over came back; None when it did not. Raises SealBroken."""
    if row.sealed is None or row.key_version is None:
        return None
    values = _open(session, row.sealed, row.case_id, row.network_id, row.key_version, "handover", f"reason:{row.id}")
    reason: str = values["reason"]
    return reason


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
    """Open what was decided by tables; empty when it is erased. Raises SealBroken."""
    if crypto.destroyed(session, row.case_id, row.network_id):
        return {}
    field = f"values:{row.id}"
    return _open(session, row.sealed, row.case_id, row.network_id, row.key_version, "decision_record", field)


def seal_exclusion(session: Session, values: Mapping[str, Any], row: Exclusion) -> Sealed:
    """Seal why somebody is kept out of a case, under the agency for which it was said."""
    return _seal(session, dict(values), row.case_id, row.controller_id, "exclusion", f"values:{row.id}")


def open_exclusion(session: Session, row: Exclusion) -> dict[str, Any]:
    """Open why somebody is kept out of a case; empty for who abstains. Raises SealBroken."""
    if row.sealed is None or row.key_version is None:
        return {}
    field = f"values:{row.id}"
    return _open(session, row.sealed, row.case_id, row.controller_id, row.key_version, "exclusion", field)


def seal_breach(session: Session, reason: str, row: Breach) -> Sealed:
    """Seal why the authority is told of a breach or not, under the network's key of the case."""
    return _seal(session, {"reason": reason}, row.case_id, row.network_id, "breach", f"reason:{row.id}")


def open_breach(session: Session, row: Breach) -> str | None:
    """Open why it was decided so; None while it is not decided, or when it is erased. Raises SealBroken."""
    return _open_reason(session, row, "breach")


def seal_text(session: Session, text: str, row: Question, controller_id: UUID, field: str) -> Sealed:
    """Seal a question, or its answer, under the agency that wrote it."""
    return _seal(session, {"text": text}, row.case_id, controller_id, "question", f"{field}:{row.id}")


def open_text(session: Session, row: Question, controller_id: UUID, field: str) -> str | None:
    """Open a question or its answer; None when there is none, or it is erased. Raises SealBroken."""
    answers = field == "answer"
    version, blob = (row.answer_key_version, row.sealed_answer) if answers else (row.key_version, row.sealed)
    if blob is None or version is None or crypto.destroyed(session, row.case_id, controller_id):
        return None
    values = _open(session, blob, row.case_id, controller_id, version, "question", f"{field}:{row.id}")
    text: str = values["text"]
    return text


def seal_package(session: Session, values: Mapping[str, Any], row: Referral) -> Sealed:
    """Seal what goes to another network, under a key of its own that is destroyed with it."""
    return _seal(session, dict(values), row.case_id, row.id, "received_referral", f"values:{row.id}")


def open_package(session: Session, row: Referral, package: Sealed) -> dict[str, Any]:
    """Open what has come from another network. Raises SealBroken."""
    field = f"values:{row.id}"
    return _open(session, package.blob, row.case_id, row.id, package.key_version, "received_referral", field)


def seal_declining(session: Session, reason: str, row: Referral) -> Sealed:
    """Seal why another network has declined a referral, under the sender's network's key of the case."""
    return _seal(session, {"reason": reason}, row.case_id, row.network_id, "referral", f"reason:{row.id}")


def open_declining(session: Session, row: Referral) -> str | None:
    """Open why a referral was declined; None where it was not, or it is erased. Raises SealBroken."""
    return _open_reason(session, row, "referral")


def _open_reason(session: Session, row: Breach | Referral, table: str) -> str | None:
    if row.sealed is None or row.key_version is None or crypto.destroyed(session, row.case_id, row.network_id):
        return None
    values = _open(session, row.sealed, row.case_id, row.network_id, row.key_version, table, f"reason:{row.id}")
    reason: str = values["reason"]
    return reason


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
