"""The register of accesses: who read and changed a case; for the data-protection officer all of it, and as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db
from engine.errors import InvalidValue, NotFound
from engine.oversight import register
from engine.oversight.register import Asked, Line, What
from engine.participants import access
from web import clocks, downloads, register_words, sessions
from web.translation import gettext as _

pages = Blueprint("register", __name__, url_prefix="/registro")

_WHAT = {"letture": What.READINGS, "modifiche": What.CHANGES}


@pages.get("")
def page() -> str:
    """Show who read and changed a case, or what was asked for; the coordination is asked for a case first."""
    asked, actor = _asked(), sessions.actor()
    whole = access.may(actor, access.Action.READ_REGISTER)
    with db.transaction() as session:
        found = None
        if whole or asked != Asked():
            found = register.page(session, actor, asked, before=request.args.get("prima", type=int))
        return render_template(
            "register.html",
            found=found,
            asked=request.args,
            people=register.people(session, actor),
            whole=whole,
            whats={name: register_words.WHAT[what] for name, what in _WHAT.items()},
            words=register_words.action,
            more=url_for("register.page", **{**_given(), "prima": found.lines[-1].id})
            if found and found.more
            else None,
            file=url_for("register.export", **_given()) if found and found.lines else None,
        )


@pages.get("/csv")
def export() -> Response:
    """Give what was asked for as a file for a spreadsheet."""
    with db.transaction() as session:
        lines = register.export(session, sessions.actor(), _asked())
        return downloads.table("registro", _head(), map(_cells, lines))


def _head() -> list[object]:
    return [_("Registrato"), _("Fatto"), _("Chi"), _("Per quale ente"), _("Per conto di"), _("Che cosa"), _("Caso"),
            _("Finalità"), _("Base")]  # fmt: skip


def _cells(line: Line) -> Iterable[object]:
    return (
        clocks.machine(line.at),
        clocks.machine(line.happened_at) if line.happened_at else "",
        line.person or "Staffetta",
        line.agency,
        line.on_behalf_of,
        register_words.action(line.action),
        line.case_code,
        line.purpose,
        line.basis,
    )


def _given() -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if value and name != "prima"}


def _asked() -> Asked:
    """Read what the address narrows to. InvalidValue, NotFound for what makes no sense: less would show more."""
    given = request.args
    until = _day(given.get("al", ""))
    return Asked(
        code=given.get("caso", "").strip() or None,
        person=_person(given.get("persona", "")),
        what=_what(given.get("che", "")),
        since=_midnight(_day(given.get("dal", ""))),
        until=_midnight(until + timedelta(days=1) if until else None),
    )


def _what(text: str) -> What | None:
    if text and text not in _WHAT:
        raise NotFound(what=text)
    return _WHAT.get(text)


def _person(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound(user=text) from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidValue("day", "no_date") from None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else clock.as_utc(datetime.combine(day, time(), clocks.ROME))
