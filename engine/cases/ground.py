"""What the rows of a case stand on during one command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.calendars.timetables import Timetables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.bpmn.expressions import Host
    from engine.bpmn.runtime import Instance
    from engine.cases.models import Case, ProcessInstance, UserTask
    from engine.participants.models import CaseParticipation


@dataclass(slots=True)
class Ground:
    """What the rows of a case stand on during one command: its row (locked), the host, who plays its lanes.

    `opened` collects the tasks that the command opens; `acted_at` is when the act behind it was done, if not now: the
    steps that follow from it have existed since then, and their clocks run from there.
    """

    session: Session
    case: Case
    host: Host
    participations: dict[str, CaseParticipation]
    opened: list[UserTask] = field(default_factory=list)
    acted_at: datetime | None = None
    timetables: Timetables = field(init=False)

    def __post_init__(self) -> None:
        self.timetables = Timetables(self.session, self.case.network_id)

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
