"""Questions between agencies on a step: what waits for an answer, and what one has asked."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import questions
from engine.errors import InvalidValue
from web import acts, outcomes, sessions, words

pages = Blueprint("questions", __name__, url_prefix="/domande")


@pages.get("")
def page() -> Response:
    """Show the questions that wait for one's agencies, and those that they have asked."""
    return _show()


@pages.post("/<uuid:question_id>/risposta")
def answer(question_id: UUID) -> Response:
    """Answer a question, or record the answer of an agency without computers."""
    text, behalf = request.form.get("_risposta", ""), acts.identifier("_per_conto", "on_behalf_of")
    with db.transaction() as session:
        questions.answer(session, sessions.actor(), question_id, text=text, on_behalf_of=behalf)
        return outcomes.lead(session, url_for("questions.page"), "risposto")


@pages.post("/passi/<uuid:task_id>")
def ask(task_id: UUID) -> Response:
    """Ask another agency of the case something on a step."""
    to_agency = acts.identifier("ente", "to_agency")
    if to_agency is None:
        raise InvalidValue("to_agency", "required")
    with db.transaction() as session:
        questions.ask(session, sessions.actor(), task_id, to_agency=to_agency, text=request.form.get("_domanda", ""))
        return outcomes.lead(session, url_for("questions.on_step", task_id=task_id), "chiesto")


@pages.get("/passi/<uuid:task_id>")
def on_step(task_id: UUID) -> Response:
    """Show the questions on a step, and ask another."""
    return _on_step(task_id)


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what was typed and what is wrong."""
    view = request.view_args or {}
    return _on_step(view["task_id"], words.wrong(refused)) if "task_id" in view else _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction() as session:
        found = questions.lists(session, sessions.actor())
        view = request.view_args or {}
        text = render_template("questions.html", found=found, wrong=wrong, posted=request.form, view=view)
        return make_response(text, 422 if wrong else 200)


def _on_step(task_id: UUID, wrong: str | None = None) -> Response:
    with db.transaction() as session:
        found = questions.on_step(session, sessions.actor(), task_id)
        text = render_template("step_questions.html", found=found, wrong=wrong, posted=request.form, view={})
        return make_response(text, 422 if wrong else 200)
