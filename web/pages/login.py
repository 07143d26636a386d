"""Log-in, the choice of a network, log-out."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.errors import NotFound
from engine.participants import credentials, directory
from engine.participants import sessions as logins
from engine.participants.credentials import LogIn
from web import kept, networks, refusals, sessions, words
from web.translation import gettext as _

pages = Blueprint("login", __name__)


@pages.get("/accesso")
def page() -> str | Response:
    """Show the log-in form."""
    wanted = sessions.local_path(request.args.get("poi"))
    if g.login is not None:
        return redirect(wanted or url_for("inbox.page"), 303)
    reason = words.LOGIN_REASONS.get(request.args.get("motivo", ""))
    return sessions.login_form(wanted=wanted, reason=reason)


@pages.post("/accesso")
def enter() -> Response:
    """Log in: a new session in any case, so that one known before cannot be ridden."""
    wanted = sessions.local_path(request.form.get("poi"))
    username, password = request.form.get("utente", ""), request.form.get("parola", "")
    with db.transaction() as session:
        found = credentials.log_in(session, username, password, address=request.remote_addr or "")
        if found.user_id is None:
            return _refused(found, username, wanted)
        hers = directory.networks_of(session, found.user_id)
        only = hers[0].id if len(hers) == 1 else None
        if g.token:
            logins.end(session, g.token)
        token = logins.open(session, found.user_id, network_id=only)
        known = {**sessions.chosen_before(), **networks.remembered(hers), **kept.expected(session, found.user_id)}
        logins.remember(session, token, **known)
    return sessions.begin(redirect(wanted or url_for("inbox.page"), 303), token)


@pages.get("/rete")
def where() -> str:
    """Show the networks that the person may act in; whoever came from a page goes on there."""
    wanted = sessions.local_path(request.args.get("poi"))
    with db.transaction(read_only=True) as session:
        hers = directory.networks_of(session, g.login.user_id)
        return render_template("networks.html", choices=hers, wanted=wanted, current=g.login.network_id)


@pages.post("/rete")
def choose() -> Response:
    """Act in another network from now on, under a new token: what other windows show of this one they cannot send."""
    chosen = request.form.get("rete", "")
    wanted = sessions.local_path(request.form.get("poi"))
    with db.transaction() as session:
        hers = directory.networks_of(session, g.login.user_id)
        if chosen not in {str(network.id) for network in hers}:
            raise NotFound("network_not_found")
        logins.choose_network(session, g.token, UUID(chosen))
        logins.remember(session, g.token, **networks.remembered(hers))
        token = logins.rotate(session, g.token)
    return sessions.begin(redirect(wanted or url_for("inbox.page"), 303), token)


@pages.post("/uscita")
def leave() -> Response:
    """Log out: the session ends on the server too."""
    with db.transaction() as session:
        logins.end(session, g.token)
    return sessions.end(redirect(url_for("login.page", motivo="uscita"), 303))


def _refused(found: LogIn, username: str, wanted: str | None) -> Response:
    """Say the same for an unknown name and a wrong password."""
    return refusals.of_log_in(
        found,
        _("Nome utente o password non corretti."),
        lambda error: sessions.login_form(wanted=wanted, error=error, username=username),
    )
