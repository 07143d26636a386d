"""What the rows of a case stand on during one command."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine import parameters
from engine.calendars.timetables import Timetables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.bpmn.expressions import Host
    from engine.bpmn.runtime import Instance
    from engine.calendars.calendar import Calendar
    from engine.cases.models import Case, ProcessInstance, UserTask
    from engine.participants.access import Actor
    from engine.participants.models import CaseParticipation


@dataclass(frozen=True, slots=True)
class KeptOut:
    """The people and agencies that a case keeps out now."""

    people: frozenset[UUID] = frozenset()
    agencies: frozenset[UUID] = frozenset()

    def keeps(self, actor: Actor) -> bool:
        """Tell whether somebody is among them, or belongs to one of them, in whatever role. Never the system."""
        return actor.user_id in self.people or any(agency_id in self.agencies for agency_id, _ in actor.memberships)


@dataclass(slots=True)
class Ground:
    """What the rows of a case stand on during one command: its row (locked), the host, who plays its lanes.

    `kept_out` is who must not be given, told or asked anything of it.

    `opened` collects the tasks that the command opens; `acted_at` is when the act behind it was done, if not now: the
    steps that follow from it have existed since then, and their clocks run from there.
    """

    session: Session
    case: Case
    host: Host
    participations: dict[str, CaseParticipation]
    kept_out: KeptOut
    opened: list[UserTask] = field(default_factory=list)
    acted_at: datetime | None = None
    timetables: Timetables = field(init=False)
    terms: parameters.Values = field(init=False)

    def __post_init__(self) -> None:
        named = self.host.parameters
        # What expressions ask for and what clocks climb by is read once.
        own = parameters.values(self.session, self.case.network_id)
        self.terms = named if isinstance(named, parameters.Values) else own
        self.timetables = Timetables(self.session, self.case.network_id)
        self.host = replace(self.host, calendar_of=self._calendar_of)

    def _calendar_of(self, lane: str) -> Calendar | None:
        part = self.participations.get(lane)
        return None if part is None else self.timetables.of(part.agency_id)

    @property
    def loaded(self) -> Mapping[UUID, Instance]:
        """The instances of the case that this command has loaded or started, by id."""
        raise NotImplementedError

    def instance(self, instance_id: UUID) -> Instance:
        """Load a running instance of the case. Raises CaseClosed when it has ended."""
        raise NotImplementedError

    def add(self, row: ProcessInstance, instance: Instance) -> None:
        """Take in an instance that this command has started."""
        raise NotImplementedError
