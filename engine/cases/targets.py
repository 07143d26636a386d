"""Who stands on a rung of a ladder, looked up when it fires: nobody whom the case keeps out, nor who is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock
from engine.cases import helping, lookup
from engine.ladders import steps
from engine.ladders.steps import Target
from engine.notifications import Receiver
from engine.participants import directory, substitutes
from engine.participants.models import Channel, Membership, NetworkAgency, Role
from engine.roster import on_call
from engine.roster.on_call import OnCall

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground
    from engine.cases.models import Case, UserTask


@dataclass(frozen=True, slots=True)
class Late:
    """A step whose ladder is climbed at an instant, in its case, and the agency meant: that which records it."""

    session: Session
    case: Case
    task: UserTask
    agency_id: UUID | None
    at: datetime

    @classmethod
    def of(cls, session: Session, case: Case, task: UserTask, channel: Channel, *, at: datetime | None = None) -> Late:
        """Take a step whose agency receives it on a channel; now, unless an instant is named."""
        owing = task.agency_id if channel is Channel.PORTALE else task.proxy_id
        return cls(session, case, task, owing, at or clock.now())

    def having(self, role: Role, agency_id: UUID | None) -> list[Receiver]:
        """Give whoever has a role in an agency, or in the whole network where none is named; nobody if nobody has."""
        if directory.has_role(self.session, self.case.id, self.case.network_id, agency_id, role):
            return [Receiver.with_role(role, agency_id)]
        return []


@dataclass(frozen=True, slots=True)
class Reached:
    """Who is told, how many rungs had nobody who could do something before somebody was found, who can do the step.

    The last only where that was asked for.
    """

    receivers: tuple[Receiver, ...]
    empty: int
    able: tuple[UUID, ...] = ()


def reached(late: Late, ladder: Sequence[Sequence[str]], *, helped_in: Ground | None = None) -> Reached:
    """Say who stands on the first rung of what is left of a ladder; where nobody does, who stands on the next one.

    Whoever is of an agency without a part in the case hears only that a step is late, and the next rung is told too;
    so it is with who cannot do the step, where (`helped_in`) somebody is to do it. Where the whole ladder is empty it
    is the coordination. Somebody is told in any case.
    """
    told: list[Receiver] = []
    for number, targets in enumerate(ladder):
        places = [_standing(late, target) for target in targets]
        told += [receiver for place in places for receiver in place.receivers]
        able = _able(late, helped_in, places)
        if able or any(place.receivers and not place.outside and not (helped_in and place.owes) for place in places):
            return Reached(tuple(dict.fromkeys(told)), number, able)
    return Reached(tuple(dict.fromkeys([*told, *beyond(late.session, late.case)])), len(ladder))


def lead(late: Late) -> list[Receiver]:
    """Give the lead of the agency that owes a step; nobody where it has none whom the case lets in."""
    return late.having(Role.RESPONSABILE, late.agency_id) if late.agency_id is not None else []


def beyond(session: Session, case: Case) -> list[Receiver]:
    """Say who is told when an agency has nobody: the coordination; without one whom the case lets in, the alternate.

    Somebody is told in any case.
    """
    coordination = Receiver.with_role(Role.COORDINAMENTO)
    if directory.has_role(session, case.id, case.network_id, None, Role.COORDINAMENTO):
        return [coordination]
    return alternate(session, case) or [coordination]


def alternate(session: Session, case: Case) -> list[Receiver]:
    """Say who is told what must not reach who is kept out: whom the case names for that, else its holder's people.

    Its lead, or where the case keeps her out or there is none, its workers. None when it has nobody.
    """
    if case.alternate_id is not None:
        return [Receiver.person(case.alternate_id)]
    holder = lookup.holder(session, case)
    for role in (Role.RESPONSABILE, Role.OPERATRICE) if holder is not None else ():
        if directory.has_role(session, case.id, case.network_id, holder, role):
            return [Receiver.with_role(role, holder)]
    return []


def on_call_for(late: Late, service: str | None) -> OnCall:
    """Say who is on call for a service, that of the step unless another is named; nobody whom the case keeps out."""
    task = late.task
    area = select(NetworkAgency.area_id).where(
        NetworkAgency.network_id == task.network_id, NetworkAgency.agency_id == task.agency_id
    )
    place = late.session.scalar(area)
    return on_call.on_call(late.session, task.network_id, service or task.lane, place, late.at, case_id=late.case.id)


@dataclass(frozen=True, slots=True)
class _Place:
    """Who stands somewhere on a ladder; `outside`: of an agency that takes no part in the case.

    `owes`: she stands there to do the step, and not because she oversees it.
    """

    receivers: list[Receiver]
    outside: bool = False
    owes: bool = False


def _able(late: Late, helped_in: Ground | None, places: Sequence[_Place]) -> tuple[UUID, ...]:
    """Give those of a rung that could do the step besides whoever has it; nobody where that is not asked for."""
    if helped_in is None:
        return ()
    told = [receiver for place in places if not place.outside for receiver in place.receivers]
    return helping.able(helped_in, late.task, late.agency_id, told)


def _standing(late: Late, text: str) -> _Place:
    target, service = steps.read_target(text)
    if target in steps.OF_SERVICES:
        return _on_call(late, target, service)
    return _Place(_PLACES[target](late), owes=target in _OWING)


def _assignee(late: Late) -> list[Receiver]:
    """Give who has the step and who stands in for her while she is away; where nobody has it, those who can take it."""
    task = late.task
    if task.assignee_id is not None and directory.actor(late.session, task.assignee_id, task.network_id) is not None:
        instead = substitutes.instead(late.session, task.assignee_id, task.network_id, task.agency_id)
        return [Receiver.person(one) for one in dict.fromkeys((task.assignee_id, instead))]
    if late.agency_id is None:
        return []
    return late.having(Role.OPERATRICE, late.agency_id) or lead(late)


def _on_call(late: Late, target: Target, service: str | None) -> _Place:
    """Give who is on call for a service, that of the step unless another is named; a gap in its roster is nobody."""
    found = on_call_for(late, service)
    duty = found.first if target is Target.FIRST_ON_CALL else found.second
    if duty is None or found.gap:
        return _Place([])
    outside = duty.agency_id not in lookup.participating(late.session, late.case.id)
    return _Place([duty.receiver], outside=outside, owes=True)


def _case_lead(late: Late) -> list[Receiver]:
    holder = lookup.holder(late.session, late.case)
    return late.having(Role.RESPONSABILE, holder) if holder is not None else []


def _coordination(late: Late) -> list[Receiver]:
    return late.having(Role.COORDINAMENTO, None)


def _lead_municipality(late: Late) -> list[Receiver]:
    """Give the lead of the body whose people coordinate the network."""
    query = select(Membership.agency_id).where(
        Membership.network_id == late.case.network_id, Membership.role == Role.COORDINAMENTO
    )
    bodies = late.session.scalars(query.distinct().order_by(Membership.agency_id)).all()
    return [receiver for body in bodies for receiver in late.having(Role.RESPONSABILE, body)]


_OWING = frozenset({Target.ASSIGNEE, Target.AGENCY_LEAD})
_PLACES: dict[Target, Callable[[Late], list[Receiver]]] = {
    Target.ASSIGNEE: _assignee,
    Target.AGENCY_LEAD: lead,
    Target.CASE_LEAD: _case_lead,
    Target.COORDINATOR: _coordination,
    Target.LEAD_MUNICIPALITY: _lead_municipality,
    Target.TECHNICAL_TABLE: _coordination,
}
