"""What the rows of a case stand on during one command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.bpmn.expressions import Host
    from engine.cases.models import Case, UserTask
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
