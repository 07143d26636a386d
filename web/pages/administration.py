"""Administration: agencies, people, their roles. Who may, and what is allowed, is the engine's to say."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.definitions import queries
from engine.errors import Conflict, InvalidValue
from engine.notifications import contacts
from engine.notifications.outbox_models import Medium
from engine.participants import administration
from engine.participants.administration import AgencyRow
from engine.participants.directory import Contact
from engine.participants.models import Channel, Language, Role
from web import acts, errors, outcomes, sessions, words

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
            contact=_contact(),
        )
        return outcomes.lead(session, url_for("administration.page"), "ente")


@pages.get("/enti/<uuid:agency_id>")
def agency(agency_id: UUID) -> Response:
    """Show one agency, and what can be changed about it."""
    return _show_agency(agency_id)


@pages.post("/enti/<uuid:agency_id>")
def change_agency(agency_id: UUID) -> Response:
    """Change what an agency plays and how it is reached."""
    with db.transaction() as session:
        administration.change_agency(
            session,
            sessions.actor(),
            agency_id,
            services=request.form.get("servizi", "").split(),
            channel=_chosen("canale", Channel),
            contact=_contact(),
        )
        return outcomes.lead(session, url_for("administration.agency", agency_id=agency_id), "ente-cambiato")


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


@pages.post("/persone/<uuid:user_id>/ruoli/<uuid:membership_id>/fine")
def take_role(user_id: UUID, membership_id: UUID) -> Response:
    """Take a role from a person."""
    with db.transaction() as session:
        administration.take_role(session, sessions.actor(), user_id, membership_id)
        return outcomes.lead(session, url_for("administration.person", user_id=user_id), "ruolo-tolto")


@pages.post("/persone/<uuid:user_id>/riapertura")
def reopen(user_id: UUID) -> Response:
    """Open a person's account again, and show its new password: the only time that anybody sees it."""
    with db.transaction() as session:
        new = administration.reopen(session, sessions.actor(), user_id)
        return make_response(render_template("passwords.html", accounts=[new], imported=None))


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


@pages.post("/persone/<uuid:user_id>/recapiti")
def put_contact(user_id: UUID) -> Response:
    """Keep an address of a person, to which a code goes; it counts once she has proved it herself."""
    with db.transaction() as session:
        recapito = request.form.get("recapito", "")
        contacts.put_for(session, sessions.actor(), user_id, _chosen("mezzo", Medium), recapito)
        return outcomes.lead(session, url_for("administration.person", user_id=user_id), "recapito-scritto")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(Conflict)
def again(refused: InvalidValue | Conflict) -> Response:
    """Show the page again with what was typed and what is wrong."""
    if isinstance(refused, Conflict) and refused.code not in words.TAKEN:
        return errors.page(errors.answer_for(refused))
    about = request.view_args or {}
    if "agency_id" in about:
        return _show_agency(about["agency_id"], refused)
    return _show_person(about["user_id"], refused) if "user_id" in about else _show(refused)


def _show(refused: InvalidValue | Conflict | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        people = administration.people(session, sessions.actor())
        agencies = administration.agencies(session, sessions.actor())
        text = render_template(
            "administration.html",
            people=people,
            posted=request.form,
            lanes=queries.lane_names(session, sessions.actor().network_id),
            **_offered(agencies, refused),
        )
        return make_response(text, _status(refused))


def _show_agency(agency_id: UUID, refused: InvalidValue | Conflict | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        agency = administration.agency(session, sessions.actor(), agency_id)
        typed = request.form if refused else _as_typed(agency)
        text = render_template("agency.html", agency=agency, posted=typed, **_offered([agency], refused))
        return make_response(text, _status(refused))


def _as_typed(agency: AgencyRow) -> dict[str, str]:
    return {
        "servizi": " ".join(agency.services),
        "canale": agency.channel.value,
        "telefono": agency.telephone or "",
        "email": agency.email or "",
    }


def _show_person(user_id: UUID, refused: InvalidValue | Conflict | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        person = administration.person(session, sessions.actor(), user_id)
        agencies = administration.agencies(session, sessions.actor())
        text = render_template(
            "person.html",
            person=person,
            contacts=contacts.state_of(session, sessions.actor(), user_id),
            oneself=user_id == sessions.actor().user_id,
            **_offered(agencies, refused),
        )
        return make_response(text, _status(refused))


def _offered(agencies: Sequence[AgencyRow], refused: InvalidValue | Conflict | None) -> dict[str, object]:
    """Give what the forms let choose from, and what was wrong with the last choice."""
    return {
        "agencies": agencies,
        "channels": list(Channel),
        "spoken": list(Language),
        "roles": list(Role),
        "error": words.refused(refused) if refused else None,
    }


def _status(refused: InvalidValue | Conflict | None) -> int:
    return 409 if isinstance(refused, Conflict) else 422 if refused else 200


def _contact() -> Contact:
    return Contact(request.form.get("telefono", ""), request.form.get("email", ""))


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
