"""Who stands in for whom: saying so, ending it, and the steps of who is away."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db
from engine.cases import standing_in
from engine.errors import InvalidValue
from engine.participants import access, substitutes
from engine.participants.access import Action
from web import clocks, outcomes, sessions, words

pages = Blueprint("substitutes", __name__, url_prefix="/attivita/sostituzioni")


@pages.get("")
def page() -> Response:
    """Show who stands in for whom, and what is to be taken over."""
    return _show()


@pages.post("")
def appoint() -> Response:
    """Say who stands in for somebody, from the first day to the last."""
    agency_id, absent = _colleague("assente", "absent")
    other_agency, substitute = _colleague("sostituta", "substitute")
    if other_agency != agency_id:
        raise InvalidValue("substitute", "not_of_the_agency")
    since, until = _day("dal", "since"), _day("al", "until", after=1)
    with db.transaction() as session:
        substitutes.appoint(
            session,
            sessions.actor(),
            agency_id,
            absent=absent,
            substitute=substitute,
            since=since,
            until=until,
        )
        return outcomes.lead(session, url_for("substitutes.page"), "sostituzione")


@pages.post("/<uuid:substitution_id>/fine")
def end(substitution_id: UUID) -> Response:
    """End a substitution now."""
    with db.transaction() as session:
        substitutes.end(session, sessions.actor(), substitution_id)
        return outcomes.lead(session, url_for("substitutes.page"), "sostituzione-finita")


@pages.errorhandler(InvalidValue)
def again(wrong: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed."""
    return _show(wrong={wrong.field: words.wrong(wrong)})


def _colleague(name: str, field: str) -> tuple[UUID, UUID]:
    """Read somebody in an agency, as `agency:person`."""
    agency, _colon, person = request.form.get(name, "").partition(":")
    try:
        return UUID(agency), UUID(person)
    except ValueError:
        raise InvalidValue(field, "required") from None


def _day(name: str, field: str, *, after: int = 0) -> datetime:
    """Read a day as the instant in which it begins here, or so many days `after` it."""
    try:
        day = date.fromisoformat(request.form.get(name, "").strip()) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise InvalidValue(field, "required") from None
    return datetime.combine(day, time(), clocks.ROME)


def _show(*, wrong: dict[str, str] | None = None) -> Response:
    actor = sessions.actor()
    access.require(actor, Action.CLAIM)
    with db.transaction(read_only=True) as session:
        everybody = substitutes.colleagues(session, actor)
        text = render_template(
            "substitutes.html",
            rows=substitutes.listing(session, actor),
            steps=standing_in.steps(session, actor),
            absent=[
                one for one in everybody if one.id == actor.user_id or access.may(actor, Action.REASSIGN, one.agency_id)
            ],
            colleagues=everybody,
            me=actor.user_id,
            agencies=len({one.agency_id for one in everybody}),
            now=clock.now(),
            wrong=wrong or {},
            posted=request.form,
        )
    return make_response(text, 422 if wrong else 200)
