"""What one controller keeps of a case, opened whole: for whoever answers a request to know it, and for nobody else.

An agency gives what it wrote: answers with their files, what is half written, questions and replies, whom it keeps out
and why, her fiscal code, to whom it has handed the case over (art. 15.1.c GDPR) and when its own people have opened it.
The network gives what is its own: reasons and notes in the history, what she agreed to, what tables decided, which
answers of others stood in her case by mistake, and which agencies have opened the case. Nobody gives what is another's:
she asks each of them, and each answers for itself. Of who has read it says the agency and never a person.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, literal, or_, select

import forms
from engine import db
from engine.audit import AuditEntry
from engine.cases import confidential, files, fiscal_codes, submissions
from engine.cases.breach_models import Breach
from engine.cases.decision_models import DecisionRecord
from engine.cases.handover_models import Handover
from engine.cases.models import CaseEvent, Draft, FormSubmission, UserTask
from engine.cases.question_models import Question
from engine.consent import sealing
from engine.consent.models import RecordedBasis
from engine.oversight import register
from engine.participants.models import Agency, Exclusion, User
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.files import File
    from engine.cases.request_models import SubjectRequest


class Kind(enum.StrEnum):
    """What an entry is."""

    ANSWER = "answer"
    QUESTION = "question"
    EXCLUSION = "exclusion"
    HANDOVER = "handover"
    HISTORY = "history"
    AGREEMENT = "agreement"
    DECISION = "decision"
    DRAFT = "draft"
    FISCAL_CODE = "fiscal_code"
    BREACH = "breach"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is kept; each of its `values` is given or withheld. `name` is that of a step, line or purpose.

    Of an answer `form` says what its values are, and `files` which files they name.
    """

    kind: Kind
    id: str
    at: datetime
    name: str | None
    values: Mapping[str, Any]
    form: forms.Form | None = None
    files: Mapping[str, File] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How a review names it."""
        return f"{self.kind}:{self.id}"


def gather(session: Session, request: SubjectRequest) -> tuple[Entry, ...]:
    """Open all that the controller of a request keeps of its case, oldest first. Raises SealBroken."""
    # The second wall shows some of it (a fiscal code) only to her agency, and to who has this case in hand.
    session.execute(select(db.held(literal(request.case_id))))
    of_network = request.controller_id == request.network_id
    sources = _OF_NETWORK if of_network else _OF_AGENCY
    found = [entry for source in sources for entry in source(session, request.case_id, request.controller_id)]
    found += _accesses(session, request)
    return tuple(sorted((entry for entry in found if entry.values), key=lambda entry: (entry.at, entry.key)))


def _answers(session: Session, case_id: UUID, controller_id: UUID) -> Iterator[Entry]:
    query = (
        select(FormSubmission, UserTask.name)
        .outerjoin(UserTask, UserTask.id == FormSubmission.task_id)
        .where(
            FormSubmission.case_id == case_id,
            FormSubmission.controller_id == controller_id,
            FormSubmission.misfiled_at.is_(None),
        )
    )
    for row, name in session.execute(query).all():
        form = submissions.form_of(session, row)
        values = submissions.opened(session, row, kinds=secrecy.KINDS).values
        named = [file_id for _, ids in forms.files(form, values) for file_id in ids] if form is not None else []
        known = files.known(session, row.task_id, named) if row.task_id is not None else {}
        yield Entry(Kind.ANSWER, str(row.id), row.happened_at, name, values, form, known)


def _drafts(session: Session, case_id: UUID, controller_id: UUID) -> Iterator[Entry]:
    query = select(Draft).where(Draft.case_id == case_id, Draft.controller_id == controller_id)
    for row in session.scalars(query).all():
        form, task = submissions.form_of_draft(session, row)
        values = confidential.open_draft(session, row)
        named = [file_id for _, ids in forms.files(form, values) for file_id in ids] if form is not None else []
        known = files.known(session, task.id, named)
        yield Entry(Kind.DRAFT, str(task.id), row.saved_at, task.name, values, form, known)


def _fiscal_codes(session: Session, case_id: UUID, controller_id: UUID) -> Iterator[Entry]:
    found = fiscal_codes.kept(session, case_id, controller_id)
    if found is not None:
        row, code = found
        yield Entry(Kind.FISCAL_CODE, str(row.id), row.recorded_at, None, {"code": code})


def _questions(session: Session, case_id: UUID, controller_id: UUID) -> Iterator[Entry]:
    mine = or_(Question.from_agency_id == controller_id, Question.to_agency_id == controller_id)
    for row in session.scalars(select(Question).where(Question.case_id == case_id, mine)):
        values = {
            name: confidential.open_text(session, row, controller_id, name)
            for name, writer in (("question", row.from_agency_id), ("answer", row.to_agency_id))
            if writer == controller_id
        }
        yield Entry(Kind.QUESTION, str(row.id), row.asked_at, None, _said(values))


def _exclusions(session: Session, case_id: UUID, controller_id: UUID) -> Iterator[Entry]:
    query = (
        select(Exclusion, User.display_name, Agency.name)
        .outerjoin(User, User.id == Exclusion.user_id)
        .outerjoin(Agency, Agency.id == Exclusion.agency_id)
        .where(Exclusion.case_id == case_id, Exclusion.controller_id == controller_id, Exclusion.sealed.is_not(None))
    )
    for row, person, agency in session.execute(query).all():
        values = {"excluded": person or agency, **confidential.open_exclusion(session, row)}
        yield Entry(Kind.EXCLUSION, str(row.id), row.since, None, _said(values))


def _handovers(session: Session, case_id: UUID, controller_id: UUID) -> Iterator[Entry]:
    query = (
        select(Handover, Agency.name)
        .join(Agency, Agency.id == Handover.to_agency_id)
        .where(Handover.case_id == case_id, Handover.from_agency_id == controller_id, Handover.sent_at.is_not(None))
    )
    for row, agency in session.execute(query).all():
        yield Entry(Kind.HANDOVER, str(row.id), row.sent_at or row.prepared_at, row.purpose, {"agency": agency})


def _history(session: Session, case_id: UUID, _network_id: UUID) -> Iterator[Entry]:
    for row in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.sealed.is_not(None))):
        values = confidential.open_history(session, row)
        written = {name: values.get(name) for name in ("reason", "note")}
        yield Entry(Kind.HISTORY, str(row.id), row.happened_at, row.kind, _said(written))


def _agreements(session: Session, case_id: UUID, _network_id: UUID) -> Iterator[Entry]:
    query = (
        select(RecordedBasis, Agency.name)
        .outerjoin(Agency, Agency.id == RecordedBasis.agency_id)
        .where(RecordedBasis.case_id == case_id)
    )
    for row, agency in session.execute(query).all():
        said = sealing.open_(session, row)
        values = {
            "agency": agency,
            "given": "si" if row.given else "no",
            "language": said.language,
            "interpreter": said.interpreter,
            "reason": said.reason,
        }
        yield Entry(Kind.AGREEMENT, str(row.id), row.happened_at, row.purpose, _said(values))


def _decisions(session: Session, case_id: UUID, _network_id: UUID) -> Iterator[Entry]:
    for row in session.scalars(select(DecisionRecord).where(DecisionRecord.case_id == case_id)):
        values = confidential.open_decision(session, row)
        inputs = "; ".join(f"{name}: {value}" for name, value in values.get("inputs", {}).items())
        found = {"inputs": inputs, "result": values.get("result")}
        yield Entry(Kind.DECISION, str(row.id), row.happened_at, values.get("decision"), _said(found))


def _breaches(session: Session, case_id: UUID, _network_id: UUID) -> Iterator[Entry]:
    """Give what is known of answers that were another case's and stood in hers: not whose they were."""
    query = (
        select(Breach, FormSubmission.recorded_at, Agency.name)
        .join(FormSubmission, FormSubmission.id == Breach.submission_id)
        .join(Agency, Agency.id == Breach.controller_id)
        .where(Breach.case_id == case_id)
    )
    for row, since, agency in session.execute(query).all():
        told = None if row.to_notify is None else "si" if row.to_notify else "no"
        values = {"agency": agency, "since": since, "authority": told, "reason": confidential.open_breach(session, row)}
        yield Entry(Kind.BREACH, str(row.id), row.known_at, None, {name: one for name, one in values.items() if one})


def _accesses(session: Session, request: SubjectRequest) -> Iterator[Entry]:
    """Give who had opened her data by when she asked: by agency, purpose and act, from when to when, how often."""
    columns = (AuditEntry.agency_id, Agency.name, AuditEntry.purpose, AuditEntry.action)
    query = (
        select(*columns, func.min(AuditEntry.at), func.max(AuditEntry.at), func.count())
        .outerjoin(Agency, Agency.id == AuditEntry.agency_id)
        .where(
            AuditEntry.network_id == request.network_id,
            AuditEntry.case_id == request.case_id,
            AuditEntry.at <= request.received_at,
            register.READING,
        )
        .group_by(*columns)
    )
    if request.controller_id != request.network_id:
        query = query.where(AuditEntry.agency_id == request.controller_id)
    for agency_id, agency, purpose, action, first, last, times in session.execute(query).all():
        values = {"agency": agency, "purpose": purpose, "last": last, "times": times}
        known = {name: value for name, value in values.items() if value is not None}
        yield Entry(Kind.ACCESS, f"{agency_id or ''}/{purpose or ''}/{action}", first, action, known)


def _said(values: Mapping[str, Any]) -> dict[str, str]:
    """Leave out what nobody said."""
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


_Source = Callable[["Session", UUID, UUID], Iterator[Entry]]
_OF_AGENCY: tuple[_Source, ...] = (_answers, _drafts, _questions, _exclusions, _fiscal_codes, _handovers)
_OF_NETWORK: tuple[_Source, ...] = (_history, _agreements, _decisions, _breaches)
