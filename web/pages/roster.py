"""Who is on call: now for every service, and week by week; writing shifts, publishing them, putting others instead."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db
from engine.cases import lifecycle, reserving
from engine.errors import Conflict, InvalidValue
from engine.oversight import shift_sheet
from engine.participants import access
from engine.participants.access import Action
from engine.roster import imports, planning, swaps, week
from engine.roster.models import Capability, Shift
from engine.roster.planning import Wanted
from web import acts, clocks, errors, outcomes, sessions, words

pages = Blueprint("roster", __name__, url_prefix="/reperibilita")

_CODES = 10  # as many cases as a long night on paper may have


@pages.get("")
def page() -> Response:
    """Show who is on call now for every service that has a roster."""
    return _show(None)


@pages.get("/foglio")
def sheet() -> str:
    """Show the sheet to print for the hours in which the system is down."""
    with db.transaction(read_only=True) as session:
        found = shift_sheet.sheet(session, sessions.actor())
        names = {agency.id: agency.name for agency in found.agencies}
        return render_template("shift_sheet.html", sheet=found, names=names, blank=range(12))


@pages.post("/foglio")
def reserve() -> Response:
    """Reserve case codes to write on the sheet; whoever works for several agencies says for which one."""
    with db.transaction() as session:
        able, said = lifecycle.opening_agencies(sessions.actor()), acts.identifier("ente", "agency")
        agency_id = next(iter(able)) if said is None and len(able) == 1 else said
        if agency_id is None:
            raise InvalidValue("agency", "required")
        reserving.reserve(session, sessions.actor(), agency_id, _CODES)
        return outcomes.lead(session, url_for("roster.sheet"), "codici")


@pages.post("")
def set_up() -> Response:
    """Say that a service has somebody on call."""
    with db.transaction() as session:
        roster = planning.set_up(
            session,
            sessions.actor(),
            request.form.get("servizio", ""),
            acts.identifier("ambito", "area"),
            telephone=request.form.get("telefono", ""),
            needs=request.form.getlist("serve"),
        )
        return outcomes.lead(session, url_for("roster.show", roster_id=roster.id), "reperibilita")


@pages.get("/<uuid:roster_id>")
def show(roster_id: UUID) -> Response:
    """Show a week of a roster, with its gaps."""
    return _show(roster_id)


@pages.post("/<uuid:roster_id>")
def change(roster_id: UUID) -> Response:
    """Write a roster's telephone, and what its shifts need."""
    with db.transaction() as session:
        telephone, needs = request.form.get("telefono", ""), request.form.getlist("serve")
        planning.change(session, sessions.actor(), roster_id, telephone=telephone, needs=needs)
        return _lead(session, roster_id, "reperibilita-cambiata")


@pages.post("/<uuid:roster_id>/turni")
def add(roster_id: UUID) -> Response:
    """Write a shift as a draft, the same on each day up to another one if that is asked for."""
    wanted = _wanted()
    until = clocks.parse_day(request.form.get("ripeti", ""))
    with db.transaction() as session:
        planning.add_daily(session, sessions.actor(), roster_id, wanted, until=until)
        return _lead(session, roster_id, "turno")


@pages.post("/<uuid:roster_id>/importazione")
def take_in(roster_id: UUID) -> Response:
    """Look through a file of shifts and say what is wrong, line by line; write them only after that has been shown."""
    file = request.files.get("turni")
    content = file.read() if file is not None else request.form.get("testo", "").encode()
    with db.transaction() as session:
        plan = imports.plan(session, sessions.actor(), roster_id, content)
        if plan.problems or file is not None:
            text = "" if plan.problems else content.decode("utf-8-sig")
            shown = render_template("roster_import.html", plan=plan, roster_id=roster_id, text=text)
            return make_response(shown, 422 if plan.problems else 200)
        imports.carry_out(session, sessions.actor(), roster_id, plan)
        first = min(shift.starts_at for shift in plan.shifts).astimezone(clocks.ROME).date()
        return _lead(session, roster_id, "turni-importati", day=first)


@pages.post("/<uuid:roster_id>/cambi")
def replace(roster_id: UUID) -> Response:
    """Put somebody on call instead of whoever the roster says, at once."""
    with db.transaction() as session:
        reason = request.form.get("_motivo", "")
        planning.replace(session, sessions.actor(), roster_id, _wanted(), reason=reason)
        return _lead(session, roster_id, "cambio")


@pages.post("/<uuid:roster_id>/pubblicazione")
def publish(roster_id: UUID) -> Response:
    """Publish the drafts up to a day."""
    last = clocks.parse_day(request.form.get("fino_a", "")[:10])
    if last is None:
        raise InvalidValue("until", "no_date")
    until = datetime.combine(last + timedelta(days=1), time(), clocks.ROME)
    with db.transaction() as session:
        read = request.form.get("letto") == "si"
        planning.publish(session, sessions.actor(), roster_id, until, despite_faults=read)
        return _lead(session, roster_id, "turni-pubblicati")


@pages.post("/turni/<uuid:shift_id>/fine")
def withdraw(shift_id: UUID) -> Response:
    """Take a shift out of its roster."""
    with db.transaction() as session:
        planning.withdraw(session, sessions.actor(), shift_id)
        return _back(session, shift_id, "turno-tolto")


@pages.post("/turni/<uuid:shift_id>/scambio")
def ask_swap(shift_id: UUID) -> Response:
    """Ask a colleague to take a shift of one's own, alone or for one of hers."""
    kind, _colon, which = request.form.get("scambio", "").partition(":")
    try:
        asked = {"to" if kind == "persona" else "in_return": UUID(which)}
    except ValueError:
        raise InvalidValue("to", "not_of_the_service") from None
    with db.transaction() as session:
        swap = swaps.ask(session, sessions.actor(), shift_id, to=asked.get("to"), in_return=asked.get("in_return"))
        return _back(session, swap.shift_id, "scambio-chiesto")


@pages.post("/scambi/<uuid:swap_id>")
def answer_swap(swap_id: UUID) -> Response:
    """Accept or decline a swap that a colleague has asked for."""
    accept = request.form.get("risposta") == "si"
    with db.transaction() as session:
        shift = swaps.answer(session, sessions.actor(), swap_id, accept=accept)
        return _back(session, shift.id, "scambio-fatto" if accept else "scambio-rifiutato")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(Conflict)
def again(refused: InvalidValue | Conflict) -> Response:
    """Show the page again with what was typed and what is wrong."""
    if isinstance(refused, Conflict) and refused.code not in words.TAKEN and refused.code != "roster_has_faults":
        return errors.page(errors.answer_for(refused))
    return _show((request.view_args or {}).get("roster_id"), refused)


def _show(roster_id: UUID | None, refused: InvalidValue | Conflict | None = None) -> Response:
    actor = sessions.actor()
    with db.transaction(read_only=True) as session:
        common = {
            "posted": request.form,
            "error": _said(refused) if refused else None,
            "wrong": refused.field if isinstance(refused, InvalidValue) else None,
            "capabilities": [capability.value for capability in Capability],
        }
        if roster_id is None:
            keeps = access.may(actor, Action.KEEP_ROSTERS)
            text = render_template(
                "on_call.html",
                plans=access.may(actor, Action.PLAN_ROSTER),
                now=clock.now(),
                rosters=week.now(session, actor),
                services=week.services(session, actor) if keeps else (),
                areas=week.areas(session, actor) if keeps else (),
                keeps=keeps,
                sheet=access.may(actor, Action.CLAIM),
                **common,
            )
        else:
            shown = week.week(session, actor, roster_id, _day())
            text = render_template("roster.html", page=shown, week=timedelta(days=week.DAYS), **common)
    return make_response(text, errors.answer_for(refused).status if refused else 200)


def _said(refused: InvalidValue | Conflict) -> object:
    if isinstance(refused, Conflict) and refused.code not in words.TAKEN:
        return errors.answer_for(refused).text
    return words.refused(refused)


def _wanted() -> Wanted:
    """Read a shift from the post. Raises InvalidValue."""
    starts_at, ends_at = (clocks.parse_local(request.form.get(name, "")) for name in ("dalle", "alle"))
    first = acts.identifier("prima", "first")
    if starts_at is None:
        raise InvalidValue("starts_at", "no_local_time")
    if ends_at is None:
        raise InvalidValue("ends_at", "no_local_time")
    if first is None:
        raise InvalidValue("first", "required")
    return Wanted(
        starts_at,
        ends_at,
        first,
        acts.identifier("seconda", "second"),
        tuple(request.form.get("lingue", "").replace(",", " ").split()),
        tuple(request.form.getlist("capacita")),
    )


def _day() -> date | None:
    """Read which week is wanted: of the address, or of what was sent."""
    text = request.args.get("settimana") or request.form.get("settimana") or request.form.get("dalle", "")[:10]
    return clocks.parse_day(text)


def _back(session: Any, shift_id: UUID, code: str) -> Response:
    """Lead back to the week of a shift."""
    shift = session.get_one(Shift, shift_id)
    return _lead(session, shift.roster_id, code, day=shift.starts_at.astimezone(clocks.ROME).date())


def _lead(session: Any, roster_id: UUID, code: str, *, day: date | None = None) -> Response:
    wanted = day or _day()
    return outcomes.lead(session, url_for("roster.show", roster_id=roster_id, settimana=wanted), code)
