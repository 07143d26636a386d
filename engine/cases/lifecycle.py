"""Opening, starting in, and cancelling cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, literal, select

from engine import clock, crypto, db, errors
from engine.bpmn import structure
from engine.cases import (
    acts,
    codes,
    confidential,
    execution,
    history,
    instances,
    lookup,
    referring,
    reserving,
    telling,
    trail,
)
from engine.cases.models import Case, CaseStatus, InstanceStatus, ProcessInstance
from engine.cases.referral_models import ReferralState
from engine.definitions import repository
from engine.participants import access

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.building import Definition
    from engine.bpmn.model import Node
    from engine.participants.access import Actor


def start(  # noqa: PLR0913 - what can be said of a start
    session: Session,
    actor: Actor,
    key: str,
    *,
    lanes: Mapping[str, UUID],
    variables: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    late_reason: str | None = None,
    reserved_code: str | None = None,
    agency: UUID | None = None,
    start: str | None = None,
) -> Case:
    """Open a case and start the newest version of a process in it.

    `lanes` binds each lane to the agency that plays it; a lane that one agency alone can play may be left out.
    `variables` are the answers to the start form, or the declared variables of the process. `agency` is the one for
    which it is opened: to be said by whoever works for several; `start` the id of the start event, where there are
    several. A case that began on paper has the `reserved_code` under which it did, and `happened_at` says when; what is
    entered more than an hour later also has a `late_reason`. Raises Forbidden, NotFound, LaneWithoutAgency,
    InvalidAnswer, InvalidValue.
    """
    access.require(actor, access.Action.START_CASE)
    agency_id = _opening_agency(opening_agencies(actor), agency)
    definition, begins = _startable(session, actor, key, start)
    beginning = _beginning(session, definition, begins, variables or {}, agency_id)
    moment = acts.moment(happened_at)
    why = acts.explained(moment, late_reason)
    code = reserving.enter(session, actor, agency_id, reserved_code, happened_at) if reserved_code else None
    # Nothing that is read on the way stands in the new rows, so they are written together at the end.
    with session.no_autoflush:
        case = _open_case(session, actor, agency_id, code)
        opened = history.EventKind.CASE_OPENED
        history.record(
            session, case, opened, actor=actor, agency_id=agency_id, happened_at=happened_at and moment, values=why
        )
        running = execution.opened(session, case, instances.bind(session, case, definition, lanes))
        running.acted_at = moment
        instances.start(running, actor, definition, beginning, start_event=begins.id, happened_at=moment)
        running.save()
    return case


def start_by_itself(session: Session, network_id: UUID, definition: Definition, start_event: str) -> Case:
    """Open a case for a process whose time has come: nobody has opened it, no agency has asked for it.

    Its lanes are played as in every case; who owes the first step sees it. Raises LaneWithoutAgency.
    """
    actor = access.Actor.system(network_id)
    with session.no_autoflush:
        case = _open_case(session, actor, None)
        history.record(session, case, history.EventKind.CASE_OPENED, actor=actor)
        running = execution.opened(session, case, instances.bind(session, case, definition, {}))
        beginning = instances.Beginning(instances.declared_values(definition, {}))
        instances.start(running, actor, definition, beginning, start_event=start_event)
        running.save()
    return case


def start_in(  # noqa: PLR0913 - what can be said of a start
    session: Session,
    actor: Actor,
    case_id: UUID,
    key: str,
    *,
    lanes: Mapping[str, UUID] | None = None,
    variables: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    agency: UUID | None = None,
    start: str | None = None,
) -> ProcessInstance:
    """Start the newest version of a further process in an open case; everything else is as in `start`.

    `lanes` may name only those that the case has no agency for yet, `agency` one that takes part in it. Raises
    CaseClosed too.
    """
    lookup.case(session, actor, case_id)
    access.require(actor, access.Action.START_CASE)
    agency_id = _opening_agency(opening_agencies(actor) & lookup.participating(session, case_id), agency)
    definition, begins = _startable(session, actor, key, start)
    beginning = _beginning(session, definition, begins, variables or {}, agency_id)
    moment = acts.moment(happened_at)
    with execution.locked(session, case_id, actor) as running:
        execution.require_open(running.case)
        instances.bind_missing(running, definition, lanes)
        running.acted_at = moment
        return instances.start(running, actor, definition, beginning, start_event=begins.id, happened_at=moment)


def opening_agencies(actor: Actor) -> frozenset[UUID]:
    """Give the agencies for which somebody may open a case; whoever has several must say for which one."""
    return frozenset(
        agency_id for agency_id, _ in actor.memberships if access.may(actor, access.Action.START_CASE, agency_id)
    )


def cancel(session: Session, actor: Actor, case_id: UUID, *, reason: str) -> None:
    """Cancel a case with a reason: every open step ends, nobody owes anything any more. Raises NotFound, CaseClosed."""
    lookup.case(session, actor, case_id)
    access.require(actor, access.Action.CANCEL_CASE)
    text = require_reason(reason)
    with execution.locked(session, case_id, actor) as running:
        execution.require_open(running.case)
        telling.cancelled(running, actor)
        referring.end_of_case(session, running.case, actor, state=ReferralState.REVOKED)
        for instance_id in running.running_ids():
            running.instance(instance_id).cancel()
            running.instances[instance_id].row.state = InstanceStatus.CANCELLED
        running.case.state = CaseStatus.CANCELLED
        running.case.closed_at = clock.now()
        history.record(
            session,
            running.case,
            history.EventKind.CASE_CANCELLED,
            actor=actor,
            agency_id=_cancelling_agency(actor, lookup.participating(session, case_id)),
            values={"reason": text},
        )


def require_reason(reason: str) -> str:
    """Give a reason without spaces around it. Raises InvalidValue when it is empty or too long."""
    return require_text("reason", reason)


def require_text(field: str, given: str) -> str:
    """Give a free text without spaces around it. Raises InvalidValue for `field` when it is empty or too long."""
    text = given.strip()
    if not text:
        raise errors.InvalidValue(field, "required")
    if len(text) > acts.LONGEST_REASON:
        raise errors.InvalidValue(field, "too_long")
    return text


def _startable(session: Session, actor: Actor, key: str, start: str | None) -> tuple[Definition, Node]:
    """Give the newest version of a process and where it is begun."""
    definition_id = repository.latest_id(session, actor.network_id, key)
    if definition_id is None:
        raise errors.NotFound(definition=key)
    definition = repository.load(session, definition_id)
    starts = {node.id: node for node in structure.none_starts(definition.process.scope)}
    if not starts:
        raise errors.InvalidValue("definition", "starts_by_itself_only")
    if start is None and len(starts) > 1:
        raise errors.InvalidValue("start", "required")
    begins = next(iter(starts.values())) if start is None else starts.get(start)
    if begins is None:
        raise errors.InvalidValue("start", "no_such_start")
    return definition, begins


def _opening_agency(able: Collection[UUID], chosen: UUID | None) -> UUID | None:
    """Give the agency for which something is opened; None for the system, which has none. Raises InvalidValue."""
    if chosen is not None:
        if chosen not in able:
            raise errors.InvalidValue("agency", "not_yours")
        return chosen
    if len(able) > 1:
        raise errors.InvalidValue("agency", "required")
    return next(iter(able), None)


def _cancelling_agency(actor: Actor, participating: Collection[UUID]) -> UUID | None:
    """Give the agency for which somebody cancels a case; None when it could be several: it is not guessed."""
    able = {agency_id for agency_id in participating if access.may(actor, access.Action.CANCEL_CASE, agency_id)}
    return next(iter(able)) if len(able) == 1 else None


def _beginning(
    session: Session, definition: Definition, begins: Node, values: Mapping[str, Any], agency_id: UUID | None
) -> instances.Beginning:
    if begins.form_id is None:
        return instances.Beginning(instances.declared_values(definition, values), None, agency_id)
    form = repository.form(session, definition.id, begins.form_id)
    answer = lookup.validated(form, values, {})
    declared = {variable.name: None for variable in definition.process.variables}
    return instances.Beginning({**declared, **answer.routing}, confidential.Answer(answer.values, {}), agency_id)


def _open_case(session: Session, actor: Actor, agency_id: UUID | None, code: str | None = None) -> Case:
    """Give a case its row, its keys and, unless it has one from a sheet, its code."""
    case_id = db.new_id()
    case = Case(
        id=case_id,
        network_id=actor.network_id,
        code=_code(session, actor.network_id, case_id, code),
        state=CaseStatus.OPEN,
        opened_by_id=actor.user_id,
        opened_by_agency_id=agency_id,
        version=0,
        attempts=0,
    )
    session.add(case)
    crypto.new_case(session, case.id)
    if agency_id is not None:
        # Whoever opens a case sees it, also while no step is hers.
        part = instances.participation(case, instances.OPENING, agency_id, basis="apertura", since=clock.now())
        session.add(part)
        trail.has_read(session, case.id, [part])
    return case


def _code(session: Session, network_id: UUID, case_id: UUID, reserved: str | None) -> str:
    """Give a code that no case of the network has; from now on the command works in the case that gets it."""
    if reserved is not None:
        session.execute(select(db.held(literal(case_id))))
        return reserved
    while True:
        code = codes.new()
        taken, _held = session.execute(select(func.case_code_taken(network_id, code), db.held(literal(case_id)))).one()
        if not taken:
            return code
