"""The page of what she has agreed to: to whom, for what, since when, how she was asked; and what the law demands.

For agencies that take part by more than a task of the network; opening it is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine import clock, errors
from engine.cases import agreements, holding, lookup, receptions, trail, withheld
from engine.cases.models import Case, CaseStatus, InstanceStatus, ProcessInstance, TaskStatus, UserTask
from engine.cases.withheld import WaitingMessage
from engine.consent import gate, sealing, texts
from engine.consent.models import BasisEnd, BasisKind, CasePause, LegalBasis, Manner, RecordedBasis
from engine.definitions import repository
from engine.participants import directory
from engine.participants.access import Action
from engine.participants.models import Agency, User
from engine.terms import Nature

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.referral_models import Reception
    from engine.consent.sealing import Said
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer of hers, or a vital interest; `counts` while it is the last word on its agency and purpose.

    `agency_name` is None for a purpose that is no agency's. `said` is how she was asked, or the reason.
    """

    id: UUID
    kind: BasisKind
    purpose: str
    agency_id: UUID | None
    agency_name: str | None
    given: bool
    legal_basis: LegalBasis
    manner: Manner | None
    asked_by_name: str
    asked_for_name: str
    happened_at: datetime
    recorded_at: datetime
    until: datetime | None
    ended_at: datetime | None
    ended_why: BasisEnd | None
    ended_manner: str | None
    said: Said
    counts: bool


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A step that the law demands, whatever she wishes: one that is open now, or that her protocols may still reach.

    `label` is None for an open step of another agency.
    """

    label: str | None
    agency_name: str | None
    open: bool


@dataclass(frozen=True, slots=True)
class AgreementsPage:
    """Everything that the page needs. `acting` are the agencies for which the actor may record, if anything may be."""

    case: Case
    pause: CasePause | None
    answers: tuple[AnswerRow, ...]
    duties: tuple[DutyRow, ...]
    waiting: tuple[WaitingMessage, ...]
    texts: tuple[texts.Text, ...]
    agencies: tuple[Agency, ...]
    acting: tuple[Agency, ...]
    vital_limit: timedelta
    open: bool
    elsewhere: tuple[Reception, ...]
    """The networks that receive referrals: she may agree that the agency of one be told."""


def agreements_of(session: Session, actor: Actor, case_id: UUID) -> AgreementsPage:
    """Give the page. Raises NotFound, Forbidden."""
    case = lookup.case(session, actor, case_id)
    acting = agreements.acting_agencies(session, actor, case_id)
    if not acting:
        raise errors.Forbidden(action=Action.RECORD_AGREEMENT, case=case_id)
    trail.note(session, actor, "agreements.read", case_id)
    agencies = directory.agencies(session, actor.network_id)
    return AgreementsPage(
        case=case,
        pause=gate.pause(session, case_id),
        answers=_answers(session, case_id),
        duties=(*_open_duties(session, actor, case_id), *_duties_ahead(session, case_id)),
        waiting=withheld.of_case(session, case_id),
        texts=tuple(texts.in_force(session, actor.network_id).values()),
        agencies=tuple(agencies),
        acting=tuple(agency for agency in agencies if agency.id in acting),
        vital_limit=agreements.vital_limit(session, actor.network_id),
        open=case.state is CaseStatus.OPEN,
        elsewhere=receptions.elsewhere(session, actor.network_id),
    )


def _answers(session: Session, case_id: UUID) -> tuple[AnswerRow, ...]:
    """Give all answers and vital interests, those that count first, then the newest first."""
    asking = aliased(Agency)
    query = (
        select(RecordedBasis, Agency.name, asking.name, User.display_name)
        .outerjoin(Agency, Agency.id == RecordedBasis.agency_id)
        .join(asking, asking.id == RecordedBasis.asked_for_id)
        .join(User, User.id == RecordedBasis.asked_by_id)
        .where(RecordedBasis.case_id == case_id)
        .order_by(RecordedBasis.recorded_at.desc(), RecordedBasis.id)
    )
    rows = [_answer(session, row) for row in session.execute(query).all()]
    return tuple(sorted(rows, key=lambda row: not row.counts))


def _answer(session: Session, row: Any) -> AnswerRow:
    basis, agency_name, asked_for_name, asked_by_name = row
    over = basis.ended_recorded_at is not None or (basis.until is not None and basis.until <= clock.now())
    return AnswerRow(
        id=basis.id,
        kind=basis.kind,
        purpose=basis.purpose,
        agency_id=basis.agency_id,
        agency_name=agency_name,
        given=basis.given,
        legal_basis=basis.legal_basis,
        manner=basis.manner,
        asked_by_name=asked_by_name,
        asked_for_name=asked_for_name,
        happened_at=basis.happened_at,
        recorded_at=basis.recorded_at,
        until=basis.until,
        ended_at=basis.ended_at,
        ended_why=basis.ended_why,
        ended_manner=basis.ended_manner,
        said=sealing.open_(session, basis),
        counts=not over,
    )


def _open_duties(session: Session, actor: Actor, case_id: UUID) -> list[DutyRow]:
    query = (
        select(UserTask, Agency.name)
        .join(Agency, Agency.id == UserTask.agency_id)
        .where(
            UserTask.case_id == case_id,
            UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
            holding.owed_by_law(),
        )
        .order_by(UserTask.created_at, UserTask.id)
    )
    return [
        DutyRow(task.name if lookup.visible(actor, task) else None, agency, open=True)
        for task, agency in session.execute(query).all()
    ]


def _duties_ahead(session: Session, case_id: UUID) -> list[DutyRow]:
    """Give the steps of the running protocols that have a term of law, by their names in the published diagrams."""
    query = (
        select(ProcessInstance.definition_id)
        .where(ProcessInstance.case_id == case_id, ProcessInstance.state == InstanceStatus.RUNNING)
        .distinct()
    )
    nodes = [
        node
        for definition_id in session.scalars(query).all()
        for node in repository.load(session, definition_id).process.all_nodes.values()
    ]
    legal = {node.name for node in nodes if any(each.nature == Nature.LEGGE for each in node.deadlines)}
    return [DutyRow(name, None, open=False) for name in sorted(legal)]
