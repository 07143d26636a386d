"""A hand-over of a case: prepared and sent by one agency, accepted or declined by the other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import handover_page, handovers, ringing
from engine.cases.handover_models import HandoverState
from engine.cases.handover_page import HandoverPage
from engine.cases.ringing import Ring
from engine.errors import Conflict, Forbidden, InvalidValue, LaneWithoutAgency, Refused, StaleRevision
from engine.roster import week
from web import acts, errors, outcomes, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("handover", __name__, url_prefix="/passaggi/<uuid:handover_id>")

# What can be wrong with the state of things, and is said on the page itself.
_SAID = ("basis_missing", "lane_taken")


@pages.get("")
def show(handover_id: UUID) -> Response:
    """Show what is handed over, to whom, on which basis; to who is asked, for what and by whom."""
    return _show(handover_id)


@pages.post("/invio")
def send(handover_id: UUID) -> Response:
    """Hand the case over to the chosen agency."""
    with db.transaction() as session:
        to_all = request.form.get("a") == "tutti"
        to = None if to_all else acts.identifier("a", "to_agency")
        again = request.form.get("_di_nuovo") == "si"
        handovers.send(
            session,
            sessions.actor(),
            handover_id,
            to_agency=to,
            again=again,
            to_all=to_all,
            revision=acts.revision(),
        )
        return _done(session, handover_id, "proposto" if to_all else "passato")


@pages.post("/accoglienza")
def accept(handover_id: UUID) -> Response:
    """Take the case on: the step opens, in one's own charge."""
    with db.transaction() as session:
        row = handovers.accept(session, sessions.actor(), handover_id, revision=acts.revision(), **acts.stated())
        return outcomes.lead(session, url_for("task.show", task_id=row.task_id), "accolto")


@pages.post("/rifiuto")
def decline(handover_id: UUID) -> Response:
    """Say no, with a reason: the case is the sender's again."""
    with db.transaction() as session:
        actor, reason = sessions.actor(), acts.reason()
        handovers.decline(
            session,
            actor,
            handover_id,
            reason=reason,
            revision=acts.revision(),
            happened_at=acts.happened_at(),
            on_behalf_of=acts.on_behalf_of(),
        )
        return outcomes.lead(session, url_for("inbox.page"), "rifiutato")


@pages.post("/richiamo")
def ask_back(handover_id: UUID) -> Response:
    """Take back what nobody has accepted yet, with a reason."""
    with db.transaction() as session:
        handovers.ask_back(session, sessions.actor(), handover_id, reason=acts.reason(), revision=acts.revision())
        return outcomes.lead(session, url_for("inbox.page"), "richiamato")


@pages.post("/revoca")
def revoke(handover_id: UUID) -> Response:
    """End the part of the agency that has accepted, with a reason: its steps come back."""
    with db.transaction() as session:
        handovers.revoke(session, sessions.actor(), handover_id, reason=acts.reason(), revision=acts.revision())
        return outcomes.lead(session, url_for("inbox.page"), "revocato")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(LaneWithoutAgency)
@pages.errorhandler(StaleRevision)
@pages.errorhandler(Conflict)
@pages.errorhandler(Forbidden)
def again(refused: Refused) -> Response:
    """Show the page again as things stand now, with what was typed and what is wrong."""
    on_behalf = refused.code == "on_behalf_of_needed"
    known = isinstance(refused, InvalidValue | LaneWithoutAgency | StaleRevision) or refused.code in _SAID or on_behalf
    if not known:
        return errors.page(errors.answer_for(refused))
    return _show((request.view_args or {})["handover_id"], refused)


def _done(session: object, handover_id: UUID, what: str) -> Response:
    return outcomes.lead(session, url_for("handover.show", handover_id=handover_id), what)


def _show(handover_id: UUID, refused: Refused | None = None) -> Response:
    wrong = _wrong(refused)
    act = (request.endpoint or "").rpartition(".")[2]
    problems = [Problem(_control(field, act), *said) for field, said in wrong.items()]
    with db.transaction() as session:
        page = handover_page.show(session, sessions.actor(), handover_id)
        text = render_template(
            "handover.html",
            page=page,
            row=page.handover,
            wrong={field: message for field, (_label, message) in wrong.items()},
            problems=problems,
            posted=request.form,
            act=act,
            ring=_ring(session, page),
            on_call=week.now(session, sessions.actor(), service=page.handover.lane) if page.sends else (),
        )
    return make_response(text, 409 if isinstance(refused, Conflict) else 422 if refused else 200)


def _ring(session: Any, page: HandoverPage) -> Ring | None:
    """Give its sender whom to call while nobody has answered."""
    if not page.sends or page.handover.state is not HandoverState.SENT:
        return None
    return ringing.of_step(session, sessions.actor(), page.handover.task_id)


def _control(field: str, act: str) -> str:
    choice, moment = {"to_agency": "a", "to_all": "a"}, {"happened_at": "quando", "late_reason": "perche-ora"}
    return (choice | moment | {"on_behalf_of": "per-conto"}).get(field, f"motivo-{act}")


def _wrong(refused: Refused | None) -> dict[str, tuple[str, str]]:
    """Say by field what is wrong: what it is called, and why."""
    if refused is None:
        return {}
    if isinstance(refused, StaleRevision):
        return {
            "to_agency": (
                _("Passaggio"),
                _("È cambiato da quando avete aperto la pagina: controllate e inviate di nuovo."),
            )
        }
    if isinstance(refused, InvalidValue):
        labels = {
            "happened_at": _("Quando è stato fatto"),
            "late_reason": _("Perché si registra solo ora"),
            "on_behalf_of": _("Per conto di"),
            "reason": _("Motivo"),
        }
        return {refused.field: (labels.get(refused.field, _("A quale ente")), words.wrong(refused))}
    if isinstance(refused, Forbidden):
        return {"on_behalf_of": (_("Per conto di"), _("Dichiarare per conto di quale ente si registra."))}
    return {"to_agency": (_("A quale ente"), str(errors.answer_for(refused).text))}
