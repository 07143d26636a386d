"""Which agency the diagram chooses for a lane: the one of the case's area, or the one that an expression names.

Exactly one, or none: where several fit, or nobody, a person chooses, and an incident tells the coordination. The
expression is read with the values of the step that the case is handed over for. The case's area is that of the agency
that opened it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, update
from sqlalchemy.orm import aliased

from engine import clock
from engine.bpmn.expressions import ExpressionFailed, hosting
from engine.cases.models import Incident, UserTask
from engine.participants import directory
from engine.participants.models import Agency, Area, NetworkAgency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.bpmn.expressions import Expression
    from engine.cases.ground import Ground

NONE, SEVERAL, FAILED = TROUBLES = ("lane_rule_none", "lane_rule_several", "lane_rule_failed")
"""Why a rule gives no agency, as the codes of incidents."""


@dataclass(frozen=True, slots=True)
class Found:
    """The agency that a rule gives; where it gives none, `trouble` says why, as the code of an incident."""

    agency_id: UUID | None
    trouble: str | None = None


def apply(running: Ground, lane: str, rule: model.LaneRule, variables: Mapping[str, Any]) -> Found:
    """Choose the agency of a lane, of those that can play it and are not kept out; what is offered chooses itself."""
    if rule.by == "offer":
        return Found(None)
    try:
        fits = _of_area(running) if rule.expression is None else _named(running, rule.expression, variables)
    except ExpressionFailed:
        return Found(None, FAILED)
    query = (
        select(NetworkAgency.agency_id)
        .join(Agency, Agency.id == NetworkAgency.agency_id)
        .outerjoin(Area, Area.id == NetworkAgency.area_id)
        .where(
            NetworkAgency.network_id == running.case.network_id,
            NetworkAgency.services.contains([lane]),
            NetworkAgency.agency_id.not_in(running.kept_out.agencies),
            *directory.in_force(),
            fits,
        )
        .limit(2)
    )
    found = running.session.scalars(query).all()
    if len(found) == 1:
        return Found(found[0])
    return Found(None, SEVERAL if found else NONE)


def stopped(task: UserTask, trouble: str) -> Incident:
    """Give the incident that says that nobody could be chosen for the lane of a step, and why."""
    return Incident(
        network_id=task.network_id,
        case_id=task.case_id,
        instance_id=task.instance_id,
        token_id=str(task.id),
        element_id=task.element_id,
        code=trouble,
    )


def is_about(incident: Incident) -> bool:
    """Tell whether an incident is one of these."""
    return incident.code in TROUBLES


def settle(session: Session, task: UserTask) -> None:
    """Resolve the incident of a step whose agency has been chosen."""
    raised = update(Incident).where(
        Incident.token_id == str(task.id),
        Incident.resolved_at.is_(None),
        Incident.code.in_(TROUBLES),
    )
    session.execute(raised.values(resolved_at=clock.now()))


def _of_area(running: Ground) -> ColumnElement[bool]:
    opener = aliased(NetworkAgency)
    area = select(opener.area_id).where(
        opener.network_id == running.case.network_id, opener.agency_id == running.case.opened_by_agency_id
    )
    return NetworkAgency.area_id == area.scalar_subquery()


def _named(running: Ground, expression: Expression, variables: Mapping[str, Any]) -> ColumnElement[bool]:
    """Say of agencies that the text of an expression is the name of one, or of its area, whatever the capitals."""
    with hosting(running.host):
        name = expression.evaluate(variables)
    if not isinstance(name, str) or not name.strip():
        return false()
    wanted = name.strip().lower()
    return or_(func.lower(Agency.name) == wanted, func.lower(Area.name) == wanted)
