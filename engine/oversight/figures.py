"""What programs that watch over services read of this one: numbers of the whole installation, of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine import clock, db
from engine.cases.models import Incident
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.oversight import watchdog
from engine.oversight.watchdog import Watch
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Figures:
    """How the clockwork runs, how many clocks are late now, how many cases stand still for a fault."""

    watch: Watch
    late: int
    incidents: int


@db.over(Reach.EVERYTHING)
def now(session: Session) -> Figures:
    """Count now. What is late is read by index, network by network: it costs as much as is late."""
    late = select(func.count()).where(Deadline.state == DeadlineStatus.ARMED, Deadline.due_at < clock.now())
    incidents = select(func.count()).where(Incident.resolved_at.is_(None))
    return Figures(watchdog.look(session), session.scalar(late) or 0, session.scalar(incidents) or 0)
