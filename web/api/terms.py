"""The terms of a step: its clocks, and the dates that they wait for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from engine.cases import clock_pauses, extending, stating, terms_page
from engine.cases.terms_page import TermsPage
from engine.deadlines.models import Extension
from engine.errors import InvalidValue
from engine.participants.token_models import TokenScope
from web.api import identity, term_schemas
from web.api.routes import Routes, Session

routes = Routes("terms", "The terms of a step: its clocks, and the dates that they wait for.")


@routes.reading("/tasks/<uuid:task_id>/terms", gives=term_schemas.Terms())
def show_terms(session: Session, task_id: UUID) -> TermsPage:
    """Show the clocks of a step of one's own, and the dates that they wait for."""
    return terms_page.page(session, identity.actor(), task_id)


@routes.command("/tasks/<uuid:task_id>/dates", TokenScope.WORK, takes=term_schemas.Dates(), gives=term_schemas.Terms())
def state_dates(session: Session, body: dict[str, Any], task_id: UUID) -> TermsPage:
    """State dates that clocks of the step wait for: they run from them."""
    stating.state(session, identity.actor(), task_id, {name: _date(text) for name, text in body["dates"].items()})
    return terms_page.page(session, identity.actor(), task_id)


@routes.command(
    "/tasks/<uuid:task_id>/extensions",
    TokenScope.WORK,
    takes=term_schemas.AskExtension(),
    gives=term_schemas.Extension(),
)
def ask_extension(session: Session, body: dict[str, Any], task_id: UUID) -> Extension:
    """Ask for a clock of the step to end later: another person decides."""
    name, to, reason = body["clock"], body["to"], body["reason"]
    return extending.propose(session, identity.actor(), task_id, name, to=to, reason=reason)


@routes.command(
    "/extensions/<uuid:extension_id>/decision",
    TokenScope.WORK,
    takes=term_schemas.DecideExtension(),
    gives=term_schemas.Extension(),
)
def decide_extension(session: Session, body: dict[str, Any], extension_id: UUID) -> Extension:
    """Decide, as another person of the agency, whether a clock ends later."""
    return extending.decide(session, identity.actor(), extension_id, approve=body["approve"])


@routes.command(
    "/tasks/<uuid:task_id>/pause_clock", TokenScope.WORK, takes=term_schemas.PauseClock(), gives=term_schemas.Terms()
)
def pause_clock(session: Session, body: dict[str, Any], task_id: UUID) -> TermsPage:
    """Let a clock of the step stand still, once for each reason that the protocol allows; it runs again by itself."""
    clock_pauses.pause(session, identity.actor(), task_id, body["clock"], reason=body["reason"])
    return terms_page.page(session, identity.actor(), task_id)


@routes.command(
    "/tasks/<uuid:task_id>/resume_clock", TokenScope.WORK, takes=term_schemas.OfClock(), gives=term_schemas.Terms()
)
def resume_clock(session: Session, body: dict[str, Any], task_id: UUID) -> TermsPage:
    """Let a clock of the step run again before its pause is over."""
    clock_pauses.resume(session, identity.actor(), task_id, body["clock"])
    return terms_page.page(session, identity.actor(), task_id)


def _date(text: object) -> date | datetime:
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(text if isinstance(text, str) else "")
        except ValueError:
            continue
    raise InvalidValue("dates", "not_a_date")
