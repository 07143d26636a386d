"""Administration: agencies, people, their roles. Who may, and what is allowed, is the engine's to say."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.errors import DuplicateName, InvalidValue
from engine.participants import administration
from engine.participants.administration import AgencyRow
from engine.participants.directory import Contact
from engine.participants.models import Channel, Language, Role
from web import acts, outcomes, sessions, words

_T = TypeVar("_T", bound=StrEnum)

pages = Blueprint("administration", __name__, url_prefix="/amministrazione")


@pages.get("")
def page() -> Response:
    """Show the agencies and the people of the network."""
    return _show()


@pages.post("/enti")
def create_agency() -> Response:
    """Create an agency."""
    with db.transaction() as session:
        administration.create_agency(
            session,
            sessions.actor(),
            name=request.form.get("ente", ""),
            services=request.form.get("servizi", "").split(),
            channel=_chosen("canale", Channel),
            contact=Contact(request.form.get("telefono", ""), request.form.get("email", "")),
        )
        return outcomes.lead(session, url_for("administration.page"), "ente")


@pages.post("/persone")
def create_person() -> Response:
    """Create a person's account, and show its password: the only time that anybody sees it."""
    with db.transaction() as session:
        new = administration.create_person(
            session,
            sessions.actor(),
            username=request.form.get("utente", ""),
            display_name=request.form.get("nome", ""),
            agency_id=_agency(),
            roles=[_chosen("ruolo", Role)],
            language=_chosen("lingua", Language),
        )
        return make_response(render_template("passwords.html", accounts=[new], imported=None))


@pages.get("/persone/<uuid:user_id>")
def person(user_id: UUID) -> Response:
    """Show one person."""
    return _show_person(user_id)


@pages.post("/persone/<uuid:user_id>/ruoli")
def give_role(user_id: UUID) -> Response:
    """Give a person a further role."""
    with db.transaction() as session:
        administration.give_role(session, sessions.actor(), user_id, agency_id=_agency(), role=_chosen("ruolo", Role))
        return outcomes.lead(session, url_for("administration.person", user_id=user_id), "ruolo")


@pages.post("/persone/<uuid:user_id>/chiusura")
def disable(user_id: UUID) -> Response:
    """Close a person's account."""
    with db.transaction() as session:
        administration.disable(session, sessions.actor(), user_id)
        return outcomes.lead(session, url_for("administration.person", user_id=user_id), "chiusa")


@pages.post("/persone/<uuid:user_id>/password")
def reset_password(user_id: UUID) -> Response:
    """Give a person a new password, and show it: the only time that anybody sees it."""
    with db.transaction() as session:
        new = administration.reset_password(session, sessions.actor(), user_id)
        return make_response(render_template("passwords.html", accounts=[new], imported=None))


@pages.errorhandler(InvalidValue)
@pages.errorhandler(DuplicateName)
def again(refused: InvalidValue | DuplicateName) -> Response:
    """Show the page again with what was typed and what is wrong."""
    user_id = (request.view_args or {}).get("user_id")
    return _show(refused) if user_id is None else _show_person(user_id, refused)


def _show(refused: InvalidValue | DuplicateName | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        people = administration.people(session, sessions.actor())
        agencies = administration.agencies(session, sessions.actor())
        text = render_template("administration.html", people=people, posted=request.form, **_offered(agencies, refused))
        return make_response(text, _status(refused))


def _show_person(user_id: UUID, refused: InvalidValue | DuplicateName | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        person = administration.person(session, sessions.actor(), user_id)
        agencies = administration.agencies(session, sessions.actor())
        text = render_template(
            "person.html", person=person, oneself=user_id == sessions.actor().user_id, **_offered(agencies, refused)
        )
        return make_response(text, _status(refused))


def _offered(agencies: Sequence[AgencyRow], refused: InvalidValue | DuplicateName | None) -> dict[str, object]:
    """Give what the forms let choose from, and what was wrong with the last choice."""
    return {
        "agencies": agencies,
        "channels": list(Channel),
        "spoken": list(Language),
        "roles": list(Role),
        "error": _wrong(refused),
    }


def _status(refused: InvalidValue | DuplicateName | None) -> int:
    return 409 if isinstance(refused, DuplicateName) else 422 if refused else 200


def _wrong(refused: InvalidValue | DuplicateName | None) -> object:
    if isinstance(refused, DuplicateName):
        return words.TAKEN[refused.code]
    return words.wrong(refused) if refused else None


def _agency() -> UUID:
    found = acts.identifier("ente", "agency")
    if found is None:
        raise InvalidValue("agency", "required")
    return found


def _chosen(name: str, kind: type[_T]) -> _T:
    """Read a choice from the post. InvalidValue for one that the page does not offer."""
    try:
        return kind(request.form.get(name, ""))
    except ValueError:
        raise InvalidValue(name, "unknown") from None
