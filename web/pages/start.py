"""Starting a case: which protocol, which agency plays each lane, the answers of the start form."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import lifecycle
from engine.definitions import queries
from engine.definitions.queries import Start, Startable
from engine.errors import InvalidValue, LaneWithoutAgency, NotFound, Refused
from engine.participants import directory, repetition
from engine.participants.models import Agency
from web import acts, answers, kept, lanes, outcomes, sessions, words
from web.answers import Problem, Sheet
from web.api import repeating
from web.lanes import LaneChoice
from web.translation import gettext as _
from web.translation import lazy_gettext

# Fields of the post beside the form's: what the start is known by, for which agency it is.
_KEY, _AGENCY, _START, _RESERVED = "_avvio", "_apro_per", "_inizio", "_codice"
_KEYS = re.compile(r"[A-Za-z0-9_-]{16,64}")

# What is said of a case that began before it is entered: fields of the engine, their controls and names.
_ON_PAPER = (
    ("reserved_code", "codice-riservato", lazy_gettext("Codice riservato")),
    ("happened_at", "quando", lazy_gettext("Quando è stato fatto")),
    ("late_reason", "perche-ora", lazy_gettext("Perché si registra solo ora")),
)

pages = Blueprint("start", __name__, url_prefix="/casi/nuovo")


@pages.get("")
def page() -> Response:
    """Show what can be started, or the form of one protocol.

    The address of a form carries what its start is known by: whoever comes back to it finds the case that it opened.
    """
    key = request.args.get("protocollo")
    if key and kept.restored() is None and _start_key() is None:
        begins = request.args.get("inizio")  # left out of the address when there is none
        reserved = request.args.get("codice")
        return redirect(url_for("start.page", protocollo=key, inizio=begins, codice=reserved, avvio=_new_start_key()))
    with db.transaction() as session:
        named = _named()
        opened = repetition.earlier(session, sessions.actor(), named) if named else None
    return _show(key, opened=UUID(bytes=opened.body) if opened else None)


@pages.post("")
def start() -> Response:
    """Start a case; sent again, or twice at once, the same form leads to the case that it has opened."""
    key = request.form.get("_protocollo", "")
    with db.transaction() as session:
        chosen = _chosen(queries.startable(session, sessions.actor()), key)
        named = _named()
        if named is None:
            raise InvalidValue("start_key", "required")
        opened = repetition.earlier(session, sessions.actor(), named)
        if opened is not None:
            return outcomes.lead(session, url_for("case.show", case_id=UUID(bytes=opened.body)), "gia_avviato")
        begins = _begins(chosen)
        answer = answers.read(begins.form if begins else None, request.form, {})
        if answer.acceptable:
            case = lifecycle.start(
                session,
                sessions.actor(),
                key,
                lanes=lanes.picked(lane.id for lane in chosen.lanes),
                variables=answer.values,
                happened_at=acts.happened_at(),
                late_reason=request.form.get("_perche_ora"),
                reserved_code=request.form.get(_RESERVED, "").strip() or None,
                agency=acts.identifier(_AGENCY, "agency"),
                start=begins.id if begins else None,
            )
            repetition.keep(session, sessions.actor(), named, status=303, etag=None, body=case.id.bytes)
            return outcomes.lead(session, url_for("case.show", case_id=case.id), "avviato")
    return _show(key, sheet=answer.sheet)


@pages.errorhandler(InvalidValue)
@pages.errorhandler(LaneWithoutAgency)
def again(refused: Refused) -> Response:
    """Show the form again with what was typed and what is wrong."""
    return _show(request.form.get("_protocollo", ""), refused=refused)


def _start_key() -> str | None:
    key = request.form.get(_KEY, request.args.get("avvio", ""))
    return key if _KEYS.fullmatch(key) else None


def _new_start_key() -> str:
    return secrets.token_urlsafe(16)


def _named() -> repetition.Request | None:
    """Give what the start is known by, as a request of the API is; what was typed beside the key does not count."""
    key = _start_key()
    if key is None:
        return None
    known_by = repeating.keyed(f"start page\0{key}".encode())
    return repetition.Request(key_hash=known_by, fingerprint=known_by)


def _chosen(startable: list[Startable], key: str) -> Startable:
    for one in startable:
        if one.key == key:
            return one
    raise NotFound("definition_not_found")


def _begins(chosen: Startable) -> Start | None:
    """Give the start that was chosen, or the only one; None as long as one of several has yet to be chosen."""
    if len(chosen.starts) == 1:
        return chosen.starts[0]
    key = request.form.get(_START) or request.args.get("inizio")
    return next((start for start in chosen.starts if start.id == key), None)


def _show(
    key: str | None, *, sheet: Sheet | None = None, refused: Refused | None = None, opened: UUID | None = None
) -> Response:
    with db.transaction(read_only=True) as session:
        startable = queries.startable(session, sessions.actor())
        chosen = _chosen(startable, key) if key else None
        begins = _begins(chosen) if chosen else None
        form = begins.form if begins else None
        if form and sheet is None:
            typed = kept.typed()
            sheet = answers.refresh(form, request.form, {}) if typed else answers.blank(form, None, {})
        choices = lanes.for_start(session, sessions.actor(), chosen.lanes if chosen else (), refused)
        own = _own_agency(directory.agencies(session, sessions.actor().network_id), refused)
    wrong = {refused.field: words.wrong(refused)} if isinstance(refused, InvalidValue) else {}
    problems = _problems(sheet, choices, own, wrong)
    return make_response(
        render_template(
            "start.html",
            startable=startable,
            chosen=chosen,
            begins=begins,
            sheet=sheet,
            lanes=choices,
            own=own,
            start_key=_start_key() or _new_start_key(),
            opened=opened,
            problems=problems,
            problems_title=_("Il caso non è stato avviato: ci sono risposte da correggere"),
            reserved=request.form.get(_RESERVED, request.args.get("codice", "")),
            wrong=wrong,
            posted=request.form,
        ),
        422 if problems or refused else 200,
    )


def _own_agency(agencies: list[Agency], refused: Refused | None) -> LaneChoice | None:
    """Ask for which of one's agencies the case is opened; None where there is but one."""
    able = [agency for agency in agencies if agency.id in lifecycle.opening_agencies(sessions.actor())]
    error = words.wrong(refused) if isinstance(refused, InvalidValue) and refused.field == "agency" else None
    chosen = request.form.get(_AGENCY, "")
    name = _("Apro per conto di")
    return LaneChoice("apro-per-conto", _AGENCY, name, able, chosen, error) if len(able) > 1 or error else None


def _problems(
    sheet: Sheet | None, choices: list[LaneChoice], own: LaneChoice | None, wrong: dict[str, str]
) -> list[Problem]:
    problems = sheet.problems if sheet else []
    if "start_key" in wrong:
        problems.append(Problem("modulo", _("Modulo"), wrong["start_key"]))
    if "start" in wrong:
        problems.append(Problem("inizi", _("Da dove si comincia?"), wrong["start"]))
    problems += lanes.problems([own] if own else []) + lanes.problems(choices)
    for field, control, label in _ON_PAPER:
        if field in wrong:
            problems.append(Problem(control, str(label), wrong[field]))
    return problems
