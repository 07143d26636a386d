"""Opening hours: of the network, its areas, its agencies. Who may, and what is allowed, is the engine's to say."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.calendars import administration, opening
from engine.calendars.administration import TimetablePage
from engine.cases import recounting
from engine.errors import Conflict, InvalidValue
from web import acts, clocks, errors, outcomes, sessions, words

pages = Blueprint("timetables", __name__, url_prefix="/amministrazione/orari")


@pages.get("", defaults={"owner_id": None})
@pages.get("/<uuid:owner_id>")
def page(owner_id: UUID | None) -> Response:
    """Show the hours of an agency, an area or the network, where they come from, and the unusual days of a year."""
    return _show(owner_id)


@pages.post("", defaults={"owner_id": None})
@pages.post("/<uuid:owner_id>")
def change(owner_id: UUID | None) -> Response:
    """Write the hours of a week, or take those of the level above."""
    own = request.form.get("propri") == "si"
    with db.transaction() as session:
        whose = administration.owner(session, sessions.actor(), owner_id)
        if not own and _changed(administration.page(session, sessions.actor(), whose)):
            raise InvalidValue("week", "not_its_own")
        administration.change(
            session,
            sessions.actor(),
            whose,
            week=[request.form.get(day, "") for day in opening.DAYS] if own else None,
            open_on_holidays=request.form.get("festivi") == "si",
            out_of_hours=request.form.get("fuori_orario", ""),
        )
        return outcomes.lead(session, _address(owner_id), "orari")


@pages.post("/giorni", defaults={"owner_id": None})
@pages.post("/<uuid:owner_id>/giorni")
def add_day(owner_id: UUID | None) -> Response:
    """Add a day that differs from the week."""
    with db.transaction() as session:
        administration.add_day(
            session,
            sessions.actor(),
            administration.owner(session, sessions.actor(), owner_id),
            _day(),
            every_year=request.form.get("ogni_anno") == "si",
            hours=request.form.get("ore", ""),
            reason=request.form.get("perche", ""),
        )
        return outcomes.lead(session, _address(owner_id), "giorno")


@pages.post("/giorni/<uuid:day_id>/fine", defaults={"owner_id": None})
@pages.post("/<uuid:owner_id>/giorni/<uuid:day_id>/fine")
def remove_day(owner_id: UUID | None, day_id: UUID) -> Response:
    """Remove a dated day."""
    with db.transaction() as session:
        whose = administration.owner(session, sessions.actor(), owner_id)
        administration.remove_day(session, sessions.actor(), whose, day_id)
        return outcomes.lead(session, _address(owner_id), "giorno-tolto")


@pages.post("/<uuid:owner_id>/ambito")
def place(owner_id: UUID) -> Response:
    """Put an agency into an area, or into none."""
    with db.transaction() as session:
        administration.place(session, sessions.actor(), owner_id, acts.identifier("ambito", "area"))
        return outcomes.lead(session, _address(owner_id), "ambito")


@pages.post("/ambiti")
def create_area() -> Response:
    """Create an area of the network."""
    with db.transaction() as session:
        area = administration.create_area(session, sessions.actor(), request.form.get("nome", ""))
        return outcomes.lead(session, _address(area.id), "ambito-creato")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(Conflict)
def again(refused: InvalidValue | Conflict) -> Response:
    """Show the page again with what was typed and what is wrong."""
    if isinstance(refused, Conflict) and refused.code not in words.TAKEN:
        return errors.page(errors.answer_for(refused))
    return _show((request.view_args or {}).get("owner_id"), refused)


def _show(owner_id: UUID | None, refused: InvalidValue | Conflict | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        whose = administration.owner(session, sessions.actor(), owner_id)
        shown = administration.page(session, sessions.actor(), whose)
        text = render_template(
            "timetable.html",
            page=shown,
            owner_id=owner_id,
            days=opening.DAYS,
            following_before=recounting.following_before(session, sessions.actor()),
            posted=request.form if refused else _as_typed(shown),
            error=words.refused(refused) if refused else None,
            wrong=refused.field if isinstance(refused, InvalidValue) else None,
        )
        return make_response(text, errors.answer_for(refused).status if refused else 200)


def _as_typed(shown: TimetablePage) -> dict[str, str]:
    """Give what the form shows: the hours in force, to be changed or confirmed."""
    typed = dict(zip(opening.DAYS, shown.own or shown.in_force, strict=True))
    typed["propri"] = "si" if shown.own is not None else "no"
    typed["festivi"] = "si" if shown.open_on_holidays else ""
    typed["fuori_orario"] = shown.out_of_hours
    return typed


def _changed(shown: TimetablePage) -> bool:
    """Tell whether hours were typed other than those that the page showed: they must not be lost in silence."""
    before = _as_typed(shown)
    return any(request.form.get(day, before[day]).strip() != before[day] for day in opening.DAYS)


def _address(owner_id: UUID | None) -> str:
    return url_for("timetables.page", owner_id=owner_id) if owner_id else url_for("timetables.page")


def _day() -> date:
    found = clocks.parse_day(request.form.get("giorno", ""))
    if found is None:
        raise InvalidValue("day", "no_date")
    return found
