"""The sheet to print at the beginning of a shift, for the hours in which the system is down: who, numbers, steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.oversight import closing, phone_book
from engine.oversight.phone_book import Wanted
from engine.roster import week

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.oversight.closing import Closing
    from engine.oversight.phone_book import Listed
    from engine.participants.access import Actor
    from engine.roster.week import Coming, Now


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who is on call now and next, the numbers of the network, and the steps of one's agencies with their ladders."""

    now: datetime
    on_call: tuple[Now, ...]
    coming: tuple[Coming, ...]
    agencies: tuple[Listed, ...]
    closing: Closing


def sheet(session: Session, actor: Actor) -> Sheet:
    """Give what somebody on call needs on paper; of cases the codes only. Raises Forbidden, NeverOpen."""
    shown = closing.before_closing(session, actor)
    agencies = phone_book.look_up(session, actor, Wanted()).agencies
    return Sheet(shown.now, week.now(session, actor), week.coming(session, actor), agencies, shown)
