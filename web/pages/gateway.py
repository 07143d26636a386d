"""What a gateway for telephones tells: a reply, a digit pressed, what became of a message. Only with its signature."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from engine import clock, db
from engine.cases import answering
from engine.deadlines.models import SeenBy
from engine.errors import NotFound
from engine.notifications import carriers, gateways

pages = Blueprint("gateway", __name__, url_prefix="/gateway")


@pages.post("/<adapter>/sms")
def reply(adapter: str) -> Response:
    """Take a text message in."""
    answering.by_reply(*gateways.said(adapter, _signed(adapter)))
    return _empty(adapter)


@pages.post("/<adapter>/voce/<token>")
def digit(adapter: str, token: str) -> Response:
    """Take a pressed digit in, and say that it has been."""
    fields = _signed(adapter)
    if gateways.digit(fields) != "1":
        return _empty(adapter)
    _outcome, language = answering.by_token(token, SeenBy.REPLY)
    if adapter == "vonage":
        return jsonify(gateways.thanks_ncco(language))
    return Response(gateways.spoken_thanks(language), content_type="text/xml; charset=utf-8")


@pages.post("/<adapter>/esito/<uuid:message_id>")
def report(adapter: str, message_id: UUID) -> Response:
    """Note what became of a message."""
    arrived = gateways.outcome(adapter, _signed(adapter))
    if arrived is not None:
        with db.transaction() as session:
            answering.note_report(session, message_id, arrived=arrived)
    return _empty(adapter)


def _signed(adapter: str) -> dict[str, Any]:
    """Give the fields of a request that the configured gateway has signed. NotFound for any other: nothing is here."""
    gateway = carriers.current().gateway
    if gateway is None or gateway.adapter != adapter:
        raise NotFound("gateway_not_found")
    fields = {**request.args.to_dict(), **request.form.to_dict()}
    if adapter == "twilio":
        # The address as the gateway knows it: what a proxy has made of it does not count.
        url = f"{carriers.current().public_url}{request.full_path.rstrip('?')}"
        genuine = gateways.twilio_signed(gateway, url, request.form.to_dict(), _signature())
    elif _bearer():
        fields = dict(request.get_json(silent=True) or {})
        with db.transaction(read_only=True):
            genuine = gateways.vonage_sent(gateway, _bearer(), request.get_data(), clock.now().timestamp())
    else:
        fields |= {str(name): str(value) for name, value in (request.get_json(silent=True) or {}).items()}
        with db.transaction(read_only=True):
            genuine = gateways.vonage_signed(gateway, fields, clock.now().timestamp())
    if not genuine:
        raise NotFound("gateway_not_found")
    return fields


def _bearer() -> str:
    return request.headers.get("Authorization", "")


def _signature() -> str:
    return request.headers.get("X-Twilio-Signature", "")


def _empty(adapter: str) -> Response:
    if adapter == "twilio":
        return Response("<Response/>", content_type="text/xml; charset=utf-8")
    return Response(status=204)
