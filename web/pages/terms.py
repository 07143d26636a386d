"""The terms of a step: its clocks, and the dates that they wait for."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import clock_pauses, extending, stating, terms_page
from engine.deadlines.models import DeadlineClock
from engine.errors import InvalidValue
from web import acts, clocks, outcomes, sessions, words

pages = Blueprint("terms", __name__, url_prefix="/attivita/<uuid:task_id>/termini")

_DATE = "data_"


@pages.get("")
def show(task_id: UUID) -> Response:
    """Show the terms of a step."""
    return _show(task_id)


@pages.post("/date")
def state_dates(task_id: UUID) -> Response:
    """State the dates that clocks of the step wait for."""
    given = {name.removeprefix(_DATE): text for name, text in request.form.items() if name.startswith(_DATE)}
    dates = {name: _date(text) for name, text in given.items() if text.strip()}
    with db.transaction() as session:
        stating.state(session, sessions.actor(), task_id, dates)
        return outcomes.lead(session, url_for("terms.show", task_id=task_id), "data-nota")


@pages.post("/proroga")
def ask_extension(task_id: UUID) -> Response:
    """Ask for a clock of the step to end later."""
    name, to = request.form.get("orologio", ""), clocks.parse_local(request.form.get("fino_a", ""))
    if to is None or name not in set(DeadlineClock):
        raise InvalidValue("to", "not_later")
    with db.transaction() as session:
        extending.propose(session, sessions.actor(), task_id, DeadlineClock(name), to=to, reason=acts.reason())
        return outcomes.lead(session, url_for("terms.show", task_id=task_id), "proroga-chiesta")


@pages.post("/proroghe/<uuid:extension_id>")
def decide_extension(task_id: UUID, extension_id: UUID) -> Response:
    """Decide, as another person, whether a clock ends later."""
    approve = request.form.get("decisione") == "approva"
    with db.transaction() as session:
        extending.decide(session, sessions.actor(), extension_id, approve=approve)
        return outcomes.lead(session, url_for("terms.show", task_id=task_id), "proroga-decisa")


@pages.post("/sospensione")
def pause_clock(task_id: UUID) -> Response:
    """Let a clock of the step stand still for a reason of the protocol."""
    name, reason = _clock(), request.form.get("motivo", "")
    with db.transaction() as session:
        clock_pauses.pause(session, sessions.actor(), task_id, name, reason=reason)
        return outcomes.lead(session, url_for("terms.show", task_id=task_id), "orologio-fermo")


@pages.post("/ripresa")
def resume_clock(task_id: UUID) -> Response:
    """Let a clock of the step run again before its pause is over."""
    name = _clock()
    with db.transaction() as session:
        clock_pauses.resume(session, sessions.actor(), task_id, name)
        return outcomes.lead(session, url_for("terms.show", task_id=task_id), "orologio-ripreso")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what was typed and what is wrong."""
    return _show((request.view_args or {})["task_id"], words.wrong(refused))


def _clock() -> DeadlineClock:
    name = request.form.get("orologio", "")
    if name not in set(DeadlineClock):
        raise InvalidValue("reason", "not_allowed")
    return DeadlineClock(name)


def _date(text: str) -> date | datetime:
    """Read what a field for a date, or for a date and time, sends."""
    found = clocks.parse_day(text) or clocks.parse_local(text)
    if found is None:
        raise InvalidValue("dates", "not_a_date")
    return found


def _show(task_id: UUID, wrong: str | None = None) -> Response:
    with db.transaction() as session:
        page = terms_page.page(session, sessions.actor(), task_id)
        ledgers = {(one.clock, one.starts_at): one for one in page.ledgers}
        text = render_template(
            "terms.html", page=page, task=page.task, wrong=wrong, posted=request.form, ledgers=ledgers
        )
        return make_response(text, 422 if wrong else 200)
