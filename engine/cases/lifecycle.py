"""Opening, starting in, and cancelling cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine import audit, clock, crypto, db, errors
from engine.bpmn import structure
from engine.bpmn.runtime import Instance
from engine.cases import acts, codes, confidential, execution, history, lookup, submissions, telling
from engine.cases.models import Case, CaseStatus, InstanceStatus, ProcessInstance
from engine.definitions import queries, repository
from engine.participants import access, directory
from engine.participants.models import CaseParticipation

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.building import Definition
    from engine.participants.access import Actor

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, Decimal),
    "boolean": bool,
    "date": date,
    "date-time": datetime,
    "list": list,
}

# How JSON writes what it has no type for; an instant without zone is none.
_WRITTEN: dict[str, tuple[re.Pattern[str], Callable[[str], date | datetime]]] = {
    "date": (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), date.fromisoformat),
    "date-time": (
        re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII),
        datetime.fromisoformat,
    ),
}

# As in forms: nothing that a case is about lies outside, and arithmetic with zones would leave the calendar.
_YEARS = range(1900, 2101)

MAX_REASON = 2_000
"""Characters of a reason in free text."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """With what a process is started: its variables, the answer to its start form if it has one, for which agency."""

    values: Mapping[str, Any]
    answer: confidential.Answer | None = None
    agency_id: UUID | None = None


def start(
    session: Session,
    actor: Actor,
    key: str,
    *,
    lanes: Mapping[str, UUID],
    variables: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    agency: UUID | None = None,
) -> Case:
    """Open a case and start the newest version of a process in it.

    `lanes` binds each lane to the agency that plays it; a lane that one agency alone can play may be left out.
    `variables` are the answers to the start form, or the declared variables of the process. `agency` is the one for
    which it is opened: to be said by whoever works for several. Raises Forbidden, NotFound, LaneWithoutAgency,
    InvalidAnswer, InvalidValue.
    """
    access.require(actor, access.Action.START_CASE)
    agency_id = _opening_agency(opening_agencies(actor), agency)
    definition = _startable(session, actor, key)
    beginning = _beginning(session, definition, variables or {}, agency_id)
    moment = acts.moment(happened_at)
    # Nothing that is read on the way stands in the new rows, so they are written together at the end.
    with session.no_autoflush:
        case = _open_case(session, actor, agency_id)
        running = execution.opened(session, case, _bind(session, case, definition, lanes))
        running.acted_at = moment
        start_instance(running, actor, definition, beginning, happened_at=moment)
        running.save()
    return case


def start_in(
    session: Session,
    actor: Actor,
    case_id: UUID,
    key: str,
    *,
    lanes: Mapping[str, UUID] | None = None,
    variables: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    agency: UUID | None = None,
) -> ProcessInstance:
    """Start the newest version of a further process in an open case; everything else is as in `start`.

    `lanes` may name only those that the case has no agency for yet, `agency` one that takes part in it. Raises
    CaseClosed too.
    """
    lookup.case(session, actor, case_id)
    access.require(actor, access.Action.START_CASE)
    agency_id = _opening_agency(opening_agencies(actor) & lookup.participating(session, case_id), agency)
    definition = _startable(session, actor, key)
    beginning = _beginning(session, definition, variables or {}, agency_id)
    moment = acts.moment(happened_at)
    with execution.locked(session, case_id) as running:
        execution.require_open(running.case)
        bind_missing(running, definition, lanes)
        running.acted_at = moment
        row = start_instance(running, actor, definition, beginning, happened_at=moment)
        audit.record(session, actor, "instance.started", "case", case_id, instance=str(row.id))
    return row


def start_instance(
    running: execution.Running,
    actor: Actor,
    definition: Definition,
    beginning: Beginning,
    *,
    start_event: str = "",
    happened_at: datetime | None = None,
) -> ProcessInstance:
    """Start an instance of a version in an open case, with its variables besides the case code."""
    case = running.case
    agency_id = beginning.agency_id or case.opened_by_agency_id
    row = ProcessInstance(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case.id,
        definition_id=definition.id,
        state=InstanceStatus.RUNNING,
        opened_by_agency_id=agency_id,
    )
    running.session.add(row)
    all_values = {**beginning.values, "case_code": case.code}
    instance = Instance.start(definition, all_values, running.host, start_event=start_event)
    running.add(row, instance)
    if beginning.answer is not None and agency_id is not None:
        submissions.keep(
            running.session,
            actor,
            beginning.answer,
            instance=row,
            controller_id=agency_id,
            happened_at=happened_at or clock.now(),
        )
    history.record(
        running.session,
        case,
        history.EventKind.INSTANCE_STARTED,
        actor=actor,
        instance_id=row.id,
        agency_id=agency_id,
        element_id=definition.process.id,
        happened_at=happened_at,
        values=beginning.values,
    )
    return row


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
    with execution.locked(session, case_id) as running:
        execution.require_open(running.case)
        telling.cancelled(running, actor)
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
        audit.record(session, actor, "case.cancelled", "case", case_id)


def bind_missing(running: execution.Running, definition: Definition, chosen: Mapping[str, UUID] | None = None) -> None:
    """Bind the lanes of a further process in a case, where its case has no agency for them yet."""
    bound = set(running.participations)
    new = _bind(running.session, running.case, definition, chosen or {}, bound)
    running.session.flush()
    running.participations.update(new)


def require_reason(reason: str) -> str:
    """Give a reason without spaces around it. Raises InvalidValue when it is empty or too long."""
    return require_text("reason", reason)


def require_text(field: str, given: str) -> str:
    """Give a free text without spaces around it. Raises InvalidValue for `field` when it is empty or too long."""
    text = given.strip()
    if not text:
        raise errors.InvalidValue(field, "required")
    if len(text) > MAX_REASON:
        raise errors.InvalidValue(field, "too_long")
    return text


def declared_values(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give every declared variable of a process, unset ones as null. Raises InvalidAnswer for what is not declared.

    Dates and instants may come as ISO 8601 texts, as JSON has them.
    """
    declared = {variable.name: variable.type for variable in definition.process.variables}
    wrong = {name: "undeclared" for name in values if name not in declared}
    typed = {name: _typed(values.get(name), kind) for name, kind in declared.items()}
    wrong |= {name: "wrong_type" for name in values if name in declared and not _fits(typed[name], declared[name])}
    if wrong:
        raise errors.InvalidAnswer(wrong)
    return typed


def _typed(value: Any, kind: str) -> Any:
    """Give the date or instant that a text stands for; what it does not stand for stays a text, which does not fit."""
    if not isinstance(value, str) or kind not in _WRITTEN:
        return value
    pattern, read = _WRITTEN[kind]
    try:
        found = read(value) if pattern.fullmatch(value) else None
    except ValueError:
        return value
    return found if found is not None and found.year in _YEARS else value


def _fits(value: object, kind: str) -> bool:
    if value is None:
        return True
    if kind == "date":
        return isinstance(value, _TYPES[kind]) and not isinstance(value, datetime)
    if kind == "number":
        return isinstance(value, _TYPES[kind]) and not isinstance(value, bool)
    return isinstance(value, _TYPES[kind])


def _startable(session: Session, actor: Actor, key: str) -> Definition:
    definition_id = repository.latest_id(session, actor.network_id, key)
    if definition_id is None:
        raise errors.NotFound(definition=key)
    definition = repository.load(session, definition_id)
    if structure.none_start(definition.process.scope) is None:
        raise errors.InvalidValue("definition", "starts_by_message_only")
    return definition


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
    session: Session, definition: Definition, values: Mapping[str, Any], agency_id: UUID | None
) -> Beginning:
    start_node = structure.none_start(definition.process.scope)
    if start_node is None or start_node.form_id is None:
        return Beginning(declared_values(definition, values), None, agency_id)
    form = repository.form(session, definition.id, start_node.form_id)
    answer = lookup.validated(form, values, {})
    declared = {variable.name: None for variable in definition.process.variables}
    return Beginning({**declared, **answer.routing}, confidential.Answer(answer.values, {}), agency_id)


def _open_case(session: Session, actor: Actor, agency_id: UUID | None) -> Case:
    case = Case(
        id=db.new_id(),
        network_id=actor.network_id,
        code=_new_code(session, actor.network_id),
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
        session.add(_participation(case, "apertura", agency_id, basis="apertura", since=clock.now()))
    history.record(session, case, history.EventKind.CASE_OPENED, actor=actor, agency_id=agency_id)
    audit.record(session, actor, "case.opened", "case", case.id)
    return case


def _new_code(session: Session, network_id: UUID) -> str:
    while True:
        code = codes.new()
        if session.scalar(select(Case.id).where(Case.network_id == network_id, Case.code == code)) is None:
            return code


def _bind(
    session: Session,
    case: Case,
    definition: Definition,
    chosen: Mapping[str, UUID],
    bound_before: Collection[str] = (),
) -> dict[str, CaseParticipation]:
    bound: dict[str, CaseParticipation] = {}
    needed = {lane.id for lane in queries.lanes_of(session, definition.id)} - set(bound_before)
    for lane in sorted(set(chosen) - needed):
        raise errors.InvalidValue(f"lanes.{lane}", "no_such_lane")
    for lane in sorted(needed):
        able = {agency.id for agency in directory.agencies_for(session, case.network_id, lane)}
        agency_id = chosen.get(lane) or (next(iter(able)) if len(able) == 1 else None)
        if agency_id not in able or agency_id is None:
            raise errors.LaneWithoutAgency(lane)
        bound[lane] = _participation(case, lane, agency_id, basis="protocollo", since=None)
        session.add(bound[lane])
    return bound


def _participation(case: Case, lane: str, agency_id: UUID, *, basis: str, since: datetime | None) -> CaseParticipation:
    return CaseParticipation(
        network_id=case.network_id, case_id=case.id, lane=lane, agency_id=agency_id, basis=basis, since=since
    )
