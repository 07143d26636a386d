"""Process instances of a case: what they begin with, and which agencies play their lanes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import clock, db, errors
from engine.bpmn.runtime import Instance
from engine.cases import confidential, history, submissions
from engine.cases.models import Case, InstanceStatus, ProcessInstance
from engine.definitions import queries
from engine.participants import directory
from engine.participants.models import CaseParticipation

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.building import Definition
    from engine.cases.ground import Ground
    from engine.participants.access import Actor

OPENING = "apertura"
"""What stands in the place of a lane for the agency that opened a case."""

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


@dataclass(frozen=True, slots=True)
class Beginning:
    """With what a process is started: its variables, the answer to its start form if it has one, for which agency."""

    values: Mapping[str, Any]
    answer: confidential.Answer | None = None
    agency_id: UUID | None = None


def start(
    running: Ground,
    actor: Actor | None,
    definition: Definition,
    beginning: Beginning,
    *,
    start_event: str,
    happened_at: datetime | None = None,
) -> ProcessInstance:
    """Start an instance of a version in an open case; without an actor it was another process, or the time."""
    case = running.case
    agency_id = beginning.agency_id or case.opened_by_agency_id
    row = ProcessInstance(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case.id,
        definition_id=definition.id,
        start_event=start_event,
        state=InstanceStatus.RUNNING,
        opened_by_agency_id=agency_id,
    )
    running.session.add(row)
    all_values = {**beginning.values, "case_code": case.code}
    instance = Instance.start(definition, all_values, running.host, start_event=start_event)
    running.add(row, instance)
    if beginning.answer is not None and agency_id is not None and actor is not None:
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


def bind_missing(running: Ground, definition: Definition, chosen: Mapping[str, UUID] | None = None) -> None:
    """Bind the lanes of a further process in a case, where its case has no agency for them yet."""
    bound = set(running.participations)
    new = bind(running.session, running.case, definition, chosen or {}, bound, running.kept_out.agencies)
    running.session.flush()
    running.participations.update(new)


def bind(
    session: Session,
    case: Case,
    definition: Definition,
    chosen: Mapping[str, UUID],
    bound_before: Collection[str] = (),
    kept_out: frozenset[UUID] = frozenset(),
) -> dict[str, CaseParticipation]:
    """Bind the lanes of a process to the agencies that play them. Raises InvalidValue, LaneWithoutAgency.

    A lane that the case is handed over to may wait for whoever hands it over to choose; one with a rule waits for that.
    """
    bound: dict[str, CaseParticipation] = {}
    needed = {lane.id for lane in queries.lanes_of(session, definition.id) if lane.rule is None} - set(bound_before)
    handed = queries.handed_lanes(session, definition.id)
    for lane in sorted(set(chosen) - needed):
        raise errors.InvalidValue(f"lanes.{lane}", "no_such_lane")
    for lane in sorted(needed):
        able = {agency.id for agency in directory.agencies_for(session, case.network_id, lane)} - kept_out
        agency_id = chosen.get(lane) or (next(iter(able)) if len(able) == 1 else None)
        if agency_id is None and lane in handed:
            continue
        if agency_id not in able or agency_id is None:
            raise errors.LaneWithoutAgency(lane)
        bound[lane] = participation(case, lane, agency_id, basis="protocollo", since=None)
        session.add(bound[lane])
    return bound


def participation(case: Case, lane: str, agency_id: UUID, *, basis: str, since: datetime | None) -> CaseParticipation:
    """Give the row by which an agency takes part in a case."""
    return CaseParticipation(
        network_id=case.network_id, case_id=case.id, lane=lane, agency_id=agency_id, basis=basis, since=since
    )


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
