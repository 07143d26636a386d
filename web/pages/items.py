"""What ladders have left to one's agency or to the coordination, and what was done of it lately."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import action_items
from engine.cases.action_item_models import ItemOutcome
from engine.errors import InvalidValue
from engine.participants import access
from web import outcomes, sessions, words

pages = Blueprint("items", __name__, url_prefix="/solleciti")


@pages.get("")
def page() -> Response:
    """Show what is to be done, and what was done lately."""
    return _show()


@pages.post("/<uuid:item_id>/chiusura")
def close(item_id: UUID) -> Response:
    """Say that something was done, or why it need not be."""
    outcome = ItemOutcome.NOT_NEEDED if request.form.get("esito") == ItemOutcome.NOT_NEEDED else ItemOutcome.DONE
    with db.transaction() as session:
        action_items.close(session, sessions.actor(), item_id, outcome=outcome, reason=request.form.get("_motivo", ""))
        return outcomes.lead(session, url_for("items.page"), "chiuso")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what was typed and what is wrong."""
    return _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction() as session:
        rows = action_items.listed(session, sessions.actor())
        text = render_template(
            "items.html",
            waiting=[row for row in rows if row.closed_at is None],
            done=[row for row in rows if row.closed_at is not None],
            may_follow=access.may(sessions.actor(), access.Action.FOLLOW),
            wrong=wrong,
            posted=request.form,
            meant=(request.view_args or {}).get("item_id"),
        )
        return make_response(text, 422 if wrong else 200)
