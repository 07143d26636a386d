"""Referrals to and from other networks: what waits, referring a case, answering one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db, purposes
from engine.bpmn.model import Lane
from engine.cases import received, referral_page, referrals
from engine.cases.received import ReceivedPage
from engine.cases.referral_page import Preparation
from engine.definitions import queries
from engine.errors import Conflict, InvalidValue, LaneWithoutAgency, Refused
from web import acts, answers, errors, lanes, outcomes, referral_words, sessions, words
from web.answers import Sheet

pages = Blueprint("referrals", __name__, url_prefix="/rinvii")

# What can be wrong with the state of things, and is said on the page itself.
_SAID = ("referral_without_basis", "referral_under_way", "referral_outdated")


@pages.get("")
def page() -> str:
    """Show what other networks have referred to one's agencies, and what these have referred."""
    with db.transaction() as session:
        actor = sessions.actor()
        came = received.listing(session, actor)
        return render_template("referrals.html", received=came, sent=referrals.sent(session, actor))


@pages.get("/casi/<uuid:case_id>")
def prepare(case_id: UUID) -> Response:
    """Show the networks that receive referrals; of a chosen one what it will see, and what allows it."""
    return _prepare(case_id)


@pages.post("/casi/<uuid:case_id>")
def send(case_id: UUID) -> Response:
    """Refer the case to the chosen network with the answers to its form."""
    with db.transaction() as session:
        found = referral_page.prepare(session, sessions.actor(), case_id, _network())
        if found.chosen is None:
            raise InvalidValue("to_network", "not_receiving")
        answer = answers.read(found.form, request.form, {})
        if answer.acceptable:
            referrals.send(
                session,
                sessions.actor(),
                case_id,
                to_network=found.chosen.network_id,
                purpose=request.form.get("_scopo", ""),
                values=answer.values,
                on_part_of=acts.identifier("_per_ente", "agency"),
            )
            return outcomes.lead(session, url_for("referrals.prepare", case_id=case_id), "rinviata")
    return _prepare(case_id, sheet=answer.sheet)


@pages.post("/<uuid:referral_id>/richiamo")
def ask_back(referral_id: UUID) -> Response:
    """Take back what waits for an answer."""
    with db.transaction() as session:
        row = referrals.ask_back(session, sessions.actor(), referral_id)
        return outcomes.lead(session, url_for("referrals.prepare", case_id=row.case_id), "rinvio-richiamato")


@pages.post("/<uuid:referral_id>/visto")
def settle(referral_id: UUID) -> Response:
    """Say that what came back was dealt with."""
    with db.transaction() as session:
        row = referrals.settle(session, sessions.actor(), referral_id)
        return outcomes.lead(session, url_for("referrals.prepare", case_id=row.case_id), "rinvio-visto")


@pages.get("/<uuid:referral_id>")
def show(referral_id: UUID) -> Response:
    """Show what another network refers: for what, from where, by when, which questions it has answered."""
    return _show(referral_id)


@pages.post("/<uuid:referral_id>/accoglienza")
def accept(referral_id: UUID) -> Response:
    """Take her on: a case begins here with what was sent."""
    with db.transaction() as session:
        actor = sessions.actor()
        asked = _lanes(session, received.show(session, actor, referral_id))
        row = received.accept(session, actor, referral_id, lanes=lanes.picked(lane.id for lane in asked))
        return outcomes.lead(session, url_for("case.show", case_id=row.new_case_id), "rinvio-accolto")


@pages.post("/<uuid:referral_id>/rifiuto")
def decline(referral_id: UUID) -> Response:
    """Say no, with a reason."""
    with db.transaction() as session:
        received.decline(session, sessions.actor(), referral_id, reason=acts.reason())
        return outcomes.lead(session, url_for("referrals.page"), "rinvio-rifiutato")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(LaneWithoutAgency)
@pages.errorhandler(Conflict)
def again(refused: Refused) -> Response:
    """Show the page again with what was typed and what is wrong."""
    about = request.view_args or {}
    if isinstance(refused, Conflict) and refused.code not in _SAID:
        return errors.page(errors.answer_for(refused))
    if "case_id" in about:
        unknown = isinstance(refused, InvalidValue) and refused.field == "to_network"
        return _prepare(about["case_id"], refused=refused, unknown=unknown)
    return _show(about["referral_id"], refused)


def _network() -> UUID | None:
    text = request.form.get("_rete") or request.args.get("rete", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidValue("to_network", "not_receiving") from None


def _wrong(refused: Refused | None) -> str | None:
    if isinstance(refused, InvalidValue):
        return words.wrong(refused)
    return str(referral_words.CONFLICTS[refused.code]) if isinstance(refused, Conflict) else None


def _prepare(
    case_id: UUID, *, sheet: Sheet | None = None, refused: Refused | None = None, unknown: bool = False
) -> Response:
    with db.transaction() as session:
        found = referral_page.prepare(session, sessions.actor(), case_id, None if unknown else _network())
        html = render_template(
            "refer.html",
            page=found,
            sheet=sheet or _sheet(found),
            purposes=[one for one in purposes.KNOWN.values() if one.to_agency],
            posted=request.form,
            wrong=_wrong(refused),
            problems=sheet.problems if sheet else [],
        )
    return make_response(html, 409 if isinstance(refused, Conflict) else 422 if refused or sheet else 200)


def _sheet(found: Preparation) -> Sheet | None:
    if found.form is None:
        return None
    if request.method == "POST":
        return answers.refresh(found.form, request.form, {})
    return answers.blank(found.form, found.known, {})


def _lanes(session: Any, found: ReceivedPage) -> tuple[Lane, ...]:
    """Give the lanes that whoever accepts chooses an agency for; none where the process is not there any more."""
    startable = queries.startable(session, sessions.actor())
    return next((one.lanes for one in startable if one.key == found.process), ())


def _show(referral_id: UUID, refused: Refused | None = None) -> Response:
    with db.transaction() as session:
        found = received.show(session, sessions.actor(), referral_id)
        choices = lanes.for_start(session, sessions.actor(), _lanes(session, found), refused)
        html = render_template(
            "referral.html",
            page=found,
            row=found.row,
            lanes=choices,
            posted=request.form,
            wrong=_wrong(refused),
            problems=lanes.problems(choices),
        )
    return make_response(html, 409 if isinstance(refused, Conflict) else 422 if refused else 200)
