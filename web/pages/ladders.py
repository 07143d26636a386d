"""The ladders of the network: read by everybody, changed by the coordination with a reason and who has decided it."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import starting
from engine.errors import InvalidValue
from engine.ladders import versions
from engine.ladders.steps import EscalationClass
from engine.participants import access
from engine.participants.access import Action
from web import acts, ladder_words, outcomes, sessions

pages = Blueprint("ladders", __name__, url_prefix="/scale")


@pages.get("")
def page() -> Response:
    """Show the ladder of each class, and what it was before."""
    return _show()


@pages.post("")
def change() -> Response:
    """Give a class a new ladder from now on."""
    name = request.form.get("classe", "")
    if name not in {each.value for each in EscalationClass}:
        raise InvalidValue("classe", "unknown_class")
    with db.transaction() as session:
        actor = sessions.actor()
        versions.change(
            session,
            actor,
            EscalationClass(name),
            request.form.get("scala", ""),
            approved_by=request.form.get("organo", ""),
            reason=acts.reason(),
            startable=starting.startable(session, actor.network_id),
        )
        return outcomes.lead(session, url_for("ladders.page"), "scala")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with the step that is wrong, what is wrong with it, and what was typed."""
    return _show(refused)


def _show(refused: InvalidValue | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        actor = sessions.actor()
        rows = versions.versions(session, actor.network_id)
        text = render_template(
            "ladders.html",
            ladders=[(name, [row for row in rows if row.escalation_class is name]) for name in EscalationClass],
            written=versions.written,
            may_change=access.may(actor, Action.CHANGE_LADDERS),
            wrong=ladder_words.wrong(refused) if refused is not None else None,
            posted=request.form,
        )
        return make_response(text, 422 if refused is not None else 200)
