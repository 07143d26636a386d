"""Starting a case: which protocol, which agency plays each lane, the answers of the start form."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.bpmn.model import Lane
from engine.cases import lifecycle
from engine.definitions import queries
from engine.definitions.queries import Startable
from engine.errors import InvalidValue, LaneWithoutAgency, NotFound, Refused
from engine.participants import access, directory
from engine.participants.models import Agency
from web import acts, answers, kept, lanes, outcomes, sessions, words
from web.answers import Problem, Sheet
from web.lanes import LaneChoice
from web.translation import gettext as _

pages = Blueprint("start", __name__, url_prefix="/casi/nuovo")


@pages.get("")
def page() -> Response:
    """Show what can be started, or the form of one protocol."""
    return _show(request.args.get("protocollo"))


@pages.post("")
def start() -> Response:
    """Start a case."""
    key = request.form.get("_protocollo", "")
    with db.transaction() as session:
        chosen = _chosen(queries.startable(session, sessions.actor()), key)
        answer = answers.read(chosen.form, request.form, {})
        if answer.acceptable:
            case = lifecycle.start(
                session,
                sessions.actor(),
                key,
                lanes=lanes.picked(lane.id for lane in chosen.lanes),
                variables=answer.values,
                happened_at=acts.happened_at(),
            )
            return outcomes.lead(session, url_for("case.show", case_id=case.id), "avviato")
    return _show(key, sheet=answer.sheet)


@pages.errorhandler(InvalidValue)
@pages.errorhandler(LaneWithoutAgency)
def again(refused: Refused) -> Response:
    """Show the form again with what was typed and what is wrong."""
    return _show(request.form.get("_protocollo", ""), refused=refused)


def _chosen(startable: list[Startable], key: str) -> Startable:
    for one in startable:
        if one.key == key:
            return one
    raise NotFound("definition_not_found")


def _show(key: str | None, *, sheet: Sheet | None = None, refused: Refused | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        startable = queries.startable(session, sessions.actor())
        chosen = _chosen(startable, key) if key else None
        if chosen and chosen.form and sheet is None:
            typed = kept.typed()
            sheet = answers.refresh(chosen.form, request.form, {}) if typed else answers.blank(chosen.form, None, {})
        choices = [
            _choice(lane, directory.agencies_for(session, sessions.actor().network_id, lane.id), refused)
            for lane in (chosen.lanes if chosen else ())
        ]
    when_error = words.wrong(refused) if isinstance(refused, InvalidValue) and refused.field == "happened_at" else None
    problems = _problems(sheet, choices, when_error)
    return make_response(
        render_template(
            "start.html",
            startable=startable,
            chosen=chosen,
            sheet=sheet,
            lanes=choices,
            problems=problems,
            problems_title=_("Il caso non è stato avviato: ci sono risposte da correggere"),
            when_error=when_error,
            posted=request.form,
        ),
        422 if problems or refused else 200,
    )


def _choice(lane: Lane, able: list[Agency], refused: Refused | None) -> LaneChoice:
    """Ask for a lane; one's own agency is the first guess where it can play it."""
    own = access.scope(sessions.actor()).agency_ids
    guess = next((agency.id for agency in able if agency.id in own), None)
    return lanes.choice(lane.id, lane.name, able, guess=guess, refused=refused)


def _problems(sheet: Sheet | None, choices: list[LaneChoice], when_error: str | None) -> list[Problem]:
    problems = (sheet.problems if sheet else []) + lanes.problems(choices)
    if when_error:
        problems.append(Problem("quando", _("Quando è stato fatto"), when_error))
    return problems
