"""Requests to know what is kept about somebody: recorded, reviewed, looked at again, handed over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine import envelope
from engine.cases.request_models import SubjectRequest
from engine.oversight import data_requests, disclosure
from engine.oversight.data_requests import Asked, Shown
from engine.oversight.disclosure import Judged
from engine.participants.token_models import TokenScope
from web import packages
from web.api import bodies, files, identity, schemas
from web.api import data_request_schemas as given
from web.api.routes import Made, Routes, Session

routes = Routes("data-requests", "What people ask to know of the data about them (art. 15 GDPR), and what they get.")

_ONE = "/data-requests/<uuid:request_id>"


@routes.reading("/data-requests", gives=given.DataRequests())
def list_data_requests(session: Session) -> dict[str, Any]:
    """List what one answers for or may look at, what is due first."""
    return {"items": data_requests.listing(session, identity.actor())}


@routes.command("/data-requests", TokenScope.WORK, status=201, takes=given.NewDataRequest(), gives=given.DataRequest())
def record_data_request(session: Session, body: dict[str, Any]) -> Made:
    """Record that somebody has asked; a month begins when she did, and the officer is told."""
    actor, agency_id = identity.actor(), body.pop("agency")
    row = data_requests.record(session, actor, Asked(controller_id=agency_id or actor.network_id, **body))
    return Made(row, f"/data-requests/{row.id}")


@routes.reading(_ONE, gives=given.DataRequestPage())
def show_data_request(session: Session, request_id: UUID) -> Shown:
    """Show where one stands; not what is kept of her."""
    return data_requests.show(session, identity.actor(), request_id)


@routes.opening(f"{_ONE}/open", gives=given.DataContents())
def open_data_request(session: Session, request_id: UUID) -> dict[str, Any]:
    """Open all that is kept of her, for the review or for the second look; recorded."""
    return {"entries": [_entry(one) for one in disclosure.opened(session, identity.actor(), request_id)]}


@routes.opening(f"{_ONE}/files/<uuid:file_id>/open", gives=schemas.FileContent())
def open_data_request_file(session: Session, request_id: UUID, file_id: UUID) -> dict[str, Any]:
    """Open a file that is to be reviewed; whether its content is harmless nobody has looked."""
    return files.content(disclosure.file(session, identity.actor(), request_id, file_id))


@routes.command(f"{_ONE}/review", TokenScope.WORK, takes=given.Reviewed(), gives=given.DataLeft())
def review_data_request(session: Session, body: dict[str, Any], request_id: UUID) -> dict[str, int]:
    """Keep what was read, value by value, and what of it is withheld and why; what is not named is not read."""
    read = {key: {name: reason or "" for name, reason in values.items()} for key, values in body["entries"].items()}
    return {"left": disclosure.review(session, identity.actor(), request_id, read)}


@routes.command(f"{_ONE}/second-look", TokenScope.WORK, takes=given.SecondLook(), gives=given.DataRequest())
def decide_data_request(session: Session, body: dict[str, Any], request_id: UUID) -> SubjectRequest:
    """Agree to what was reviewed, or send it back with a reason; whoever reviewed it never does."""
    return disclosure.decide(session, identity.actor(), request_id, **body)


@routes.command(f"{_ONE}/extend", TokenScope.WORK, takes=bodies.Reason(), gives=given.DataRequest())
def extend_data_request(session: Session, body: dict[str, Any], request_id: UUID) -> SubjectRequest:
    """Take two months more, once; whoever asked was told, with this reason."""
    return data_requests.extend(session, identity.actor(), request_id, **body)


@routes.command(f"{_ONE}/refuse", TokenScope.WORK, takes=bodies.Reason(), gives=given.DataRequest())
def refuse_data_request(session: Session, body: dict[str, Any], request_id: UUID) -> SubjectRequest:
    """End it without a package, with the reason that whoever asked is told."""
    return data_requests.refuse(session, identity.actor(), request_id, **body)


@routes.opening(f"{_ONE}/package", takes=given.Remade(), gives=given.DataPackage())
def make_data_package(session: Session, body: dict[str, Any], request_id: UUID) -> dict[str, str]:
    """Make what is handed over, sealed with a phrase that is drawn now; a second time only with a reason."""
    phrase = envelope.passphrase()
    package = disclosure.make(session, identity.actor(), request_id, **body)
    return {"name": packages.NAME, "content": packages.sealed(package, phrase), "phrase": phrase}


@routes.command(f"{_ONE}/deliver", TokenScope.WORK, takes=given.PackageDelivery(), gives=given.DataRequest())
def deliver_data_package(session: Session, body: dict[str, Any], request_id: UUID) -> SubjectRequest:
    """Record how it was handed over: never by post or e-mail."""
    return disclosure.deliver(session, identity.actor(), request_id, **body)


def _entry(one: Judged) -> dict[str, Any]:
    entry = one.entry
    values = [
        {"name": name, "value": value, "seen": name in one.seen, "withheld": one.withheld.get(name)}
        for name, value in entry.values.items()
    ]
    own = {name: getattr(entry, name) for name in ("key", "kind", "at", "name")}
    return {**own, "values": values, "files": entry.files.values()}
