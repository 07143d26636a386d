"""The sheet to print at the beginning of a shift, for the hours in which the system is down: who, numbers, steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.cases import lifecycle, reserving
from engine.definitions import queries
from engine.ladders import versions as ladders
from engine.ladders.steps import EscalationClass
from engine.oversight import closing, phone_book
from engine.oversight.phone_book import Wanted
from engine.participants.models import NetworkAgency
from engine.roster import week

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.cases.reserved_models import ReservedCode
    from engine.definitions.queries import PaperForm
    from engine.ladders.models import LadderVersion
    from engine.oversight.closing import Closing
    from engine.oversight.phone_book import Listed
    from engine.participants.access import Actor
    from engine.roster.week import Coming, Now


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who is on call now and next, the numbers of the network, and the steps of one's agencies with their ladders.

    `codes` are those that may be given to cases on paper, `forms` what is asked then; `opening` are the agencies for
    which the reader may reserve codes.
    """

    now: datetime
    on_call: tuple[Now, ...]
    coming: tuple[Coming, ...]
    agencies: tuple[Listed, ...]
    closing: Closing
    ladders: tuple[LadderVersion, ...]
    codes: tuple[ReservedCode, ...]
    opening: tuple[UUID, ...]
    forms: tuple[PaperForm, ...]


def sheet(session: Session, actor: Actor) -> Sheet:
    """Give what somebody on call needs on paper; of cases the codes only. Raises Forbidden, NeverOpen."""
    shown = closing.before_closing(session, actor)
    in_force, opening = ladders.current(session, actor.network_id), sorted(lifecycle.opening_agencies(actor))
    return Sheet(
        now=shown.now,
        on_call=week.now(session, actor),
        coming=week.coming(session, actor),
        agencies=phone_book.look_up(session, actor, Wanted()).agencies,
        closing=shown,
        ladders=tuple(in_force[name] for name in (EscalationClass.E0, EscalationClass.E1) if name in in_force),
        codes=tuple(reserving.of_actor(session, actor)),
        opening=tuple(opening),
        forms=tuple(queries.paper_forms(session, actor.network_id, _services(session, actor.network_id, opening))),
    )


def _services(session: Session, network_id: UUID, agency_ids: list[UUID]) -> set[str]:
    """Give the services that agencies offer in a network."""
    query = select(NetworkAgency.services).where(
        NetworkAgency.network_id == network_id, NetworkAgency.agency_id.in_(agency_ids)
    )
    return {service for services in session.scalars(query) for service in services}
