"""The telephone directory of the network; what is typed travels in the body of a post and stands in no address."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from engine import db
from engine.oversight import phone_book
from engine.oversight.phone_book import Wanted
from web import acts, sessions

pages = Blueprint("phone_book", __name__, url_prefix="/rubrica")


@pages.get("")
def page() -> str:
    """Show all agencies of the network."""
    return _show(Wanted())


@pages.post("")
def find() -> str:
    """Show the agencies that are looked for."""
    wanted = Wanted(
        text=request.form.get("_testo", ""),
        service=request.form.get("servizio") or None,
        area_id=acts.identifier("ambito", "area"),
        open_now="aperti" in request.form,
    )
    return _show(wanted)


def _show(wanted: Wanted) -> str:
    with db.transaction() as session:
        book = phone_book.look_up(session, sessions.actor(), wanted)
        return render_template("phone_book.html", book=book, wanted=wanted, searched=wanted != Wanted())
