"""Who is asking: the session cookie, and whom the address lets in (default deny: see policy).

Sessions live on the server (engine.participants.sessions); the cookie holds a random token and nothing else. The form
token of every page is derived from it, so it ends with the session.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db, sight
from engine.participants import directory, sessions, sights
from engine.participants.access import Actor
from engine.settings import Settings
from web import acts, hiding, kept, outcomes, policy, security, translation, words
from web.api import identity
from web.policy import Door

# What no page of ours sends: a gateway, whose signature is asked for instead; and hiding, which must not fail.
_WITHOUT_TOKEN = frozenset({"hiding.hide", "gateway.reply", "gateway.digit", "gateway.report"})
# What a page left open asks by itself: that is nobody being there, and the session may lapse.
_BY_ITSELF = frozenset({"clock.now", "inbox.counts"})
_LANGUAGE = "language"
_LANGUAGE_COOKIE = "lingua"
_YEAR = timedelta(days=365)
_VISIT = timedelta(hours=2)  # how long a log-in form may lie open


def install(app: Flask, settings: Settings) -> None:
    """Ask every request who it is, before anything else looks at it."""
    # __Host-: the browser itself refuses it without https, from another host, or for a part of the site only.
    prefix = "__Host-" if settings.cookie_secure else ""
    app.config.update(
        STAFFETTA_COOKIE=f"{prefix}staffetta",
        STAFFETTA_VISIT_COOKIE=f"{prefix}staffetta-accesso",
        STAFFETTA_COOKIE_SECURE=settings.cookie_secure,
        STAFFETTA_SECRET=settings.secret_key,
        STAFFETTA_COVER_AFTER=timedelta(minutes=settings.cover_minutes),
    )
    app.before_request(identify)
    app.after_request(remember_visit)
    app.teardown_request(_forget)


def identify() -> AnyResponse | None:
    """Load the session; without one only the open endpoints answer. Then check the form token of every post.

    Until it is known who asks, and for nobody, the database shows no row of any case.
    """
    g.sight = sight.give(sight.NOTHING)
    if identity.asked():
        identity.identify()
        sight.give(sights.of(g.actor))
        security.allow_files()
        return None
    g.actor, g.login, g.token = None, None, request.cookies.get(current_app.config["STAFFETTA_COOKIE"], "")
    if request.endpoint in {"static", "health.live", "metrics.show"}:
        return None
    if g.token:
        with db.transaction() as session:
            g.login = sessions.load(session, g.token, touch=request.endpoint not in _BY_ITSELF)
            if g.login is not None and g.login.network_id is not None:
                g.actor = directory.actor(session, g.login.user_id, g.login.network_id)
            outcomes.take(session)
            if not hiding.hidden():
                kept.restore(session, here())
        sight.give(sights.of(g.actor))
    refusal = hiding.stand_in_front() or _without_session()
    security.allow_files()
    if refusal is None and _needs_token():
        security.require_csrf(current_app.config["STAFFETTA_SECRET"], _bound_to())
    if refusal is None and g.actor is not None and request.endpoint is not None:
        policy.require(request.endpoint, g.actor)
    return refusal


def actor() -> Actor:
    """Return who is asking; only what stands behind the log-in may call this."""
    found: Actor = g.actor
    return found


def here() -> str:
    """Return the address that shows the present page again: its own, or that of the thing that a post was about."""
    if request.method in security.SAFE_METHODS:
        told = urlencode(list(request.args.items(multi=True)))
        return f"{request.path}?{told}" if told else request.path
    arguments = request.view_args or {}
    page = kept.page_of(request.endpoint, arguments, request.form)
    if page is not None:
        return page
    if "task_id" in arguments:
        return url_for("task.show", task_id=arguments["task_id"])
    return url_for("case.show", case_id=arguments["case_id"]) if "case_id" in arguments else url_for("inbox.page")


def language() -> str:
    """Return the language of the page: chosen in this session, else one's own, else chosen in this browser."""
    login, person = g.get("login"), g.get("actor")
    chosen = (login.data.get(_LANGUAGE) if login is not None else None) or (person and person.language)
    return translation.known(chosen or request.cookies.get(_LANGUAGE_COOKIE)) or translation.SOURCE


def chosen_before() -> dict[str, str]:
    """Return what a session that begins now remembers of this browser: the language chosen at the log-in form."""
    chosen = translation.known(request.cookies.get(_LANGUAGE_COOKIE))
    return {_LANGUAGE: chosen} if chosen else {}


def speak(response: AnyResponse, chosen: str) -> AnyResponse:
    """Let this browser, and the session if there is one, go on in another language."""
    if g.login is not None:
        with db.transaction() as session:
            sessions.remember(session, g.token, **{_LANGUAGE: chosen})
    response.set_cookie(
        _LANGUAGE_COOKIE, chosen, max_age=_YEAR, secure=_secure(), httponly=True, samesite="Lax", path="/"
    )
    return response


def csrf_token() -> str:
    """Return the form token for the page being rendered; the log-in form gets one of the visit's own cookie."""
    if g.login is None and "visit" not in g:
        g.visit = request.cookies.get(current_app.config["STAFFETTA_VISIT_COOKIE"]) or secrets.token_urlsafe(24)
    if "form_token" not in g:
        g.form_token = security.csrf_token(current_app.config["STAFFETTA_SECRET"], _bound_to())
    return str(g.form_token)


def begin(response: AnyResponse, token: str) -> AnyResponse:
    """Give the browser a new session's token; the visit's cookie has done its work."""
    _set_cookie(response, "STAFFETTA_COOKIE", token)
    _delete_cookie(response, "STAFFETTA_VISIT_COOKIE")
    return response


def end(response: AnyResponse) -> AnyResponse:
    """Take the session's cookie from the browser."""
    _delete_cookie(response, "STAFFETTA_COOKIE")
    return response


def remember_visit(response: Response) -> Response:
    """Give the browser the cookie that the rendered log-in form's token belongs to."""
    if "visit" in g:
        _set_cookie(response, "STAFFETTA_VISIT_COOKIE", g.visit, lasting=_VISIT)
    return response


def login_form(*, wanted: str | None, reason: object = None, error: str | None = None, username: str = "") -> str:
    """Render the log-in form: the one page that stands in for another, so it is known here."""
    return render_template("login.html", wanted=wanted, reason=reason, error=error, username=username)


def local_path(address: str | None) -> str | None:
    """Return the address if it is a path of ours, else None: the log-in sends nobody to another site."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    if "\\" in address or not address.isprintable() or not address.isascii():
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def _forget(_error: BaseException | None) -> None:
    """Let nothing of this request's sight be left for what this thread does next."""
    if "sight" in g:
        sight.take_back(g.pop("sight"))


def _without_session() -> AnyResponse | None:
    """Refuse what is not for everybody: no session, or no network chosen yet. What is not there is told by its 404."""
    endpoint = request.endpoint
    if endpoint is None or policy.lets_in(endpoint, Door.EVERYBODY) or g.actor is not None:
        return None
    if g.login is None:
        return _ask_to_log_in()
    if policy.lets_in(endpoint, Door.LOGGED_IN):
        return None
    wanted = here() if request.method in security.SAFE_METHODS else None
    return redirect(url_for("login.where", poi=None if wanted == "/" else wanted), 303)


def _ask_to_log_in() -> AnyResponse:
    """Send a reader to the log-in and back; say to a writer that what was sent has not been recorded."""
    expired = bool(g.token)
    if acts.by_script():
        said = str(words.LOGIN_REASONS["scaduta" if expired else "serve"])
        return make_response(jsonify(said=said), 401)
    if request.method in security.SAFE_METHODS:
        motive = "scaduta" if expired else None
        return redirect(url_for("login.page", poi=None if request.path == "/" else here(), motivo=motive), 303)
    # The log-in form itself: a redirect would hide from a program that its post was refused.
    page = kept.keep() if expired else None
    reason = words.LOGIN_REASONS["scaduta-tenuta" if page else "scaduta-invio" if expired else "serve"]
    return end(make_response(login_form(wanted=page or here(), reason=reason), 401))


def _needs_token() -> bool:
    """Tell whether this is a post that only a page of ours may send. Hiding must not fail: an old page can ask for it.

    (What another site could do with that, past the cookie's SameSite and security.refuse_foreign_posts, is hide.)
    """
    known = request.endpoint is not None and request.endpoint not in _WITHOUT_TOKEN
    return known and request.method not in security.SAFE_METHODS


def _bound_to() -> str:
    if g.login is not None and request.endpoint != "login.enter":
        return str(g.token)
    return str(g.get("visit") or request.cookies.get(current_app.config["STAFFETTA_VISIT_COOKIE"], ""))


def _set_cookie(response: AnyResponse, setting: str, value: str, *, lasting: timedelta | None = None) -> None:
    name = current_app.config[setting]
    response.set_cookie(name, value, max_age=lasting, secure=_secure(), httponly=True, samesite="Lax", path="/")


def _delete_cookie(response: AnyResponse, setting: str) -> None:
    name = current_app.config[setting]
    response.delete_cookie(name, secure=_secure(), httponly=True, samesite="Lax", path="/")


def _secure() -> bool:
    return bool(current_app.config["STAFFETTA_COOKIE_SECURE"])
