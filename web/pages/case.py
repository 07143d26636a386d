"""A case: its present steps, its history, one's own forms."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import acknowledging, case_page, exclusions, lifecycle, next_told
from engine.errors import InvalidValue
from engine.oversight import told
from web import acts, outcomes, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("case", __name__, url_prefix="/casi/<uuid:case_id>")


@pages.get("")
def show(case_id: UUID) -> Response:
    """Show the case."""
    return _show(case_id)


@pages.post("/annullamento")
def cancel(case_id: UUID) -> Response:
    """Cancel the case, with a reason."""
    with db.transaction() as session:
        lifecycle.cancel(session, sessions.actor(), case_id, reason=acts.reason())
        return outcomes.lead(session, url_for("case.show", case_id=case_id), "annullato")


@pages.post("/astensione")
def abstain(case_id: UUID) -> Response:
    """Keep oneself out of the case, without a reason."""
    with db.transaction() as session:
        exclusions.abstain(session, sessions.actor(), case_id)
        return outcomes.lead(session, url_for("inbox.page"), "astenuta")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the case again, with what is wrong about what was asked."""
    return _show((request.view_args or {})["case_id"], words.wrong(refused))


def _show(case_id: UUID, reason_error: str | None = None) -> Response:
    with db.transaction() as session:
        page = case_page.case(session, sessions.actor(), case_id)
        current = [step for step in page.steps if step.state in {"open", "claimed"}]
        own = [step.task_id for step in page.steps if step.task_id is not None]
        text = render_template(
            "case.html",
            page=page,
            case=page.case,
            current=current,
            past=[step for step in page.steps if step not in current],
            next_told=next_told.of_case(session, sessions.actor(), case_id),
            told=told.of_tasks(session, own),
            seen=acknowledging.of_tasks(session, own),
            posted=request.form,
            problems=[Problem("motivo-cancel", _("Motivo"), reason_error)] if reason_error else [],
            reason_error=reason_error,
        )
        return make_response(text, 422 if reason_error else 200)
