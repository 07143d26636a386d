"""Import of agencies and people from CSV: first a dry run that lists every problem, then the real one."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from engine import db
from engine.definitions import queries
from engine.participants import directory, imports
from engine.participants.imports import Plan
from web import sessions

pages = Blueprint("imports", __name__, url_prefix="/amministrazione/importazione")


@pages.get("")
def page() -> str:
    """Ask for the files."""
    return render_template("import.html", plan=None, sent={}, unknown=[])


@pages.post("/prova")
def rehearse() -> Response:
    """Look through the files and say what would be done, or everything that is wrong; nothing is changed."""
    sent = {name: _uploaded(name) for name in ("enti", "persone")}
    with db.transaction(read_only=True) as session:
        plan = imports.plan(session, sessions.actor(), agencies=sent["enti"], people=sent["persone"])
        network_id = sessions.actor().network_id
        known = {*queries.played(session, network_id), *directory.services(session, network_id)}
    return _show(plan, sent, {service for agency in plan.agencies for service in agency.services} - known)


@pages.post("")
def carry_out() -> Response:
    """Do what the dry run has shown, all or nothing; what has become wrong meanwhile is listed again."""
    sent = {name: request.form.get(name, "").encode() for name in ("enti", "persone")}
    with db.transaction() as session:
        plan = imports.plan(session, sessions.actor(), agencies=sent["enti"], people=sent["persone"])
        if not plan.problems:
            accounts = imports.carry_out(session, sessions.actor(), plan)
            return make_response(render_template("passwords.html", accounts=accounts, imported=plan))
    return _show(plan, sent)


def _show(plan: Plan, sent: dict[str, bytes], unknown: Collection[str] = ()) -> Response:
    """Show a plan; the files' text goes on to the real run only if nothing is wrong with it, so it can be read.

    `unknown` are services that no protocol uses yet: they may be meant, or a slip of the pen.
    """
    texts = {} if plan.problems else {name: content.decode("utf-8-sig") for name, content in sent.items()}
    return make_response(
        render_template("import.html", plan=plan, sent=texts, unknown=sorted(unknown)), 422 if plan.problems else 200
    )


def _uploaded(name: str) -> bytes:
    file = request.files.get(name)
    return file.read() if file is not None else b""
