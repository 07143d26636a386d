"""The terms of a step: its clocks, and the dates that they wait for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from engine.cases import stating, terms_page
from engine.cases.terms_page import TermsPage
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


def _date(text: object) -> date | datetime:
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(text if isinstance(text, str) else "")
        except ValueError:
            continue
    raise InvalidValue("dates", "not_a_date")
