"""Requests to know what is kept about somebody: recorded, reviewed, looked at again, handed over."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db, envelope
from engine.cases.request_models import AskedBy, Checked, Delivery
from engine.errors import InvalidAnswer, InvalidValue
from engine.oversight import data_requests, disclosure
from engine.oversight.data_requests import Asked
from engine.oversight.disclosure import Withheld
from engine.participants import access
from web import acts, data_request_words, downloads, outcomes, packages, sessions, words

pages = Blueprint("data_requests", __name__, url_prefix="/richieste")

_VALUE = "v."  # what a field's name begins with that says of a value whether it is given: v.<entry>.<value>


@pages.get("")
def page() -> str:
    """Show the requests, what is due first."""
    actor = sessions.actor()
    with db.transaction(read_only=True) as session:
        may_record = access.may(actor, access.Action.RECORD_REQUEST)
        rows = data_requests.listing(session, actor)
        return render_template("data_requests.html", rows=rows, words=data_request_words, may_record=may_record)


@pages.get("/nuova")
def new() -> Response:
    """Show what is asked to record a request."""
    return _new()


@pages.post("/nuova")
def record() -> Response:
    """Record a request."""
    actor, unread = sessions.actor(), {}
    controller_id, received_at = None, None
    try:
        controller_id = acts.identifier("_titolare", "controller")
        received_at = acts.happened_at()
    except InvalidValue as refused:
        unread = {refused.field: refused.code}
    asked = Asked(
        code=request.form.get("caso", ""),
        controller_id=controller_id,
        asked_by=request.form.get("chi", ""),
        checked=request.form.get("identita", ""),
        received_at=received_at,
        through=request.form.get("tramite", ""),
        reach=request.form.get("raggiunta", ""),
    )
    with db.transaction() as session:
        if unread:
            raise InvalidAnswer(data_requests.wrong(session, actor, asked) | unread)
        row = data_requests.record(session, actor, asked)
        reads = access.may(actor, access.Action.SECOND_LOOK)
        address = url_for("data_requests.show", request_id=row.id) if reads else url_for("data_requests.new")
        return outcomes.lead(session, address, "richiesta-registrata")


@pages.get("/<uuid:request_id>")
def show(request_id: UUID) -> Response:
    """Show a request and where it stands; not what is kept of her."""
    return _show(request_id)


@pages.post("/<uuid:request_id>/dati")
def contents(request_id: UUID) -> str:
    """Open all that it is about, for the review or for the second look."""
    with db.transaction() as session:
        actor = sessions.actor()
        shown = data_requests.show(session, actor, request_id)
        judged = disclosure.opened(session, actor, request_id)
        return render_template(
            "data_request_contents.html",
            shown=shown,
            judged=judged,
            values=packages.values,
            reasons=Withheld,
            words=data_request_words,
        )


@pages.post("/<uuid:request_id>/file/<uuid:file_id>")
def file(request_id: UUID, file_id: UUID) -> Response:
    """Give a file that is to be reviewed."""
    with db.transaction() as session:
        return downloads.answer(disclosure.file(session, sessions.actor(), request_id, file_id))


@pages.post("/<uuid:request_id>/rilettura")
def review(request_id: UUID) -> Response:
    """Keep what was read, and what of it is withheld."""
    with db.transaction() as session:
        left = disclosure.review(session, sessions.actor(), request_id, _read())
        said = "rilettura-salvata" if left else "rilettura-finita"
        return outcomes.lead(session, url_for("data_requests.show", request_id=request_id), said)


@pages.post("/<uuid:request_id>/seconda-lettura")
def decide(request_id: UUID) -> Response:
    """Agree to what was reviewed, or send it back."""
    approve = request.form.get("_decisione") == "si"
    with db.transaction() as session:
        reason = "" if approve else acts.reason()
        disclosure.decide(session, sessions.actor(), request_id, approve=approve, reason=reason)
        said = "seconda-lettura" if approve else "richiesta-rimandata"
        return outcomes.lead(session, url_for("data_requests.show", request_id=request_id), said)


@pages.post("/<uuid:request_id>/proroga")
def extend(request_id: UUID) -> Response:
    """Take two months more, which she was told."""
    with db.transaction() as session:
        data_requests.extend(session, sessions.actor(), request_id, reason=acts.reason())
        return outcomes.lead(session, url_for("data_requests.show", request_id=request_id), "prorogata")


@pages.post("/<uuid:request_id>/rifiuto")
def refuse(request_id: UUID) -> Response:
    """End it without a package."""
    with db.transaction() as session:
        data_requests.refuse(session, sessions.actor(), request_id, reason=acts.reason())
        return outcomes.lead(session, url_for("data_requests.show", request_id=request_id), "richiesta-respinta")


@pages.post("/<uuid:request_id>/pacco")
def make(request_id: UUID) -> Response:
    """Give the sealed package, once."""
    with db.transaction() as session:
        again = request.form.get("_motivo", "")
        package = disclosure.make(session, sessions.actor(), request_id, again=again)
        return packages.answer(package, request.form.get("frase", ""))


@pages.post("/<uuid:request_id>/consegna")
def deliver(request_id: UUID) -> Response:
    """Record how it was handed over."""
    with db.transaction() as session:
        happened_at, delivery = acts.happened_at(), request.form.get("consegna", "")
        disclosure.deliver(session, sessions.actor(), request_id, delivery=delivery, happened_at=happened_at)
        return outcomes.lead(session, url_for("data_requests.show", request_id=request_id), "consegnata")


@pages.errorhandler(InvalidAnswer)
def unrecorded(refused: InvalidAnswer) -> Response:
    """Show what is asked to record a request again, with all that is wrong."""
    return _new(refused.errors)


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the request again, with what is wrong."""
    return _show((request.view_args or {})["request_id"], words.wrong(refused))


def _read() -> Mapping[str, Mapping[str, str]]:
    """Read of each entry that is ticked as read which of its values are given (""), or withheld and why."""
    read: dict[str, dict[str, str]] = {key: {} for key in request.form.getlist("riletta")}
    for field, reason in request.form.items():
        key, _dot, name = field.removeprefix(_VALUE).rpartition(".")
        if field.startswith(_VALUE) and key in read:
            read[key][name] = reason
    return read


def _new(wrong: Mapping[str, str] | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        text = render_template(
            "data_request_new.html",
            controllers=data_requests.controllers(session, sessions.actor()),
            asked_by=AskedBy,
            checked=Checked,
            words=data_request_words,
            wrong={field: words.of_value(field, code) for field, code in (wrong or {}).items()},
            posted=request.form or request.args,
        )
    return make_response(text, 422 if wrong else 200)


def _show(request_id: UUID, wrong: str | None = None) -> Response:
    with db.transaction() as session:
        text = render_template(
            "data_request.html",
            shown=data_requests.show(session, sessions.actor(), request_id),
            words=data_request_words,
            deliveries=Delivery,
            phrase=envelope.passphrase(),
            posted=request.form,
            wrong=wrong,
        )
    return make_response(text, 422 if wrong else 200)
