"""The application: settings in, a Flask application out. gunicorn starts it as `web.app:create_app()`."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any
from uuid import UUID, uuid4

from flask import Flask, Request, g
from werkzeug.middleware.proxy_fix import ProxyFix

from engine import blind, crypto, db, settings
from engine.cases import files
from engine.errors import ConfigurationError
from engine.notifications import carriers
from engine.settings import Settings
from web import api, assets, errors, policy, rendering, security, sessions, translation
from web.pages import (
    administration,
    agreements,
    answering,
    board,
    breaches,
    call_script,
    calling,
    case,
    cases,
    clock,
    closing,
    consent_texts,
    contacts,
    data_requests,
    diagram,
    emergency,
    erasure,
    exclusions,
    feed,
    fiscal_code,
    gateway,
    handover,
    health,
    hiding,
    imports,
    inbox,
    items,
    ladders,
    language,
    late_step,
    links,
    login,
    metrics,
    migration,
    notices,
    officer,
    phone_book,
    protocols,
    push,
    questions,
    reaching,
    reassignment,
    receptions,
    recounts,
    referrals,
    register,
    roster,
    search,
    start,
    submission,
    substitutes,
    task,
    terms,
    timetables,
    timing,
    vital_interests,
    way_back,
    webhooks,
    worker_times,
    wrong_case,
)

_PAGES = (
    login,
    hiding,
    inbox,
    reassignment,
    substitutes,
    task,
    terms,
    call_script,
    calling,
    handover,
    way_back,
    case,
    exclusions,
    fiscal_code,
    links,
    cases,
    search,
    diagram,
    submission,
    wrong_case,
    breaches,
    officer,
    data_requests,
    board,
    erasure,
    ladders,
    late_step,
    phone_book,
    roster,
    items,
    questions,
    referrals,
    start,
    protocols,
    migration,
    notices,
    reaching,
    contacts,
    feed,
    push,
    answering,
    gateway,
    clock,
    language,
    health,
    metrics,
    closing,
    register,
    emergency,
    administration,
    imports,
    timetables,
    recounts,
    timing,
    worker_times,
    webhooks,
    agreements,
    vital_interests,
    consent_texts,
    receptions,
)
_POST_LIMIT = 256 * 1024  # bytes of a form; uploads have their own limit (security.UPLOADS)
_PARTS_LIMIT = 1000  # fields of one form
_ANY: Any = uuid4()


class InMemory(Request):
    """A request whose uploads stay in memory: they are small, and nothing of a network's lies about in /tmp."""

    def _get_file_stream(self, *_args: object, **_kwargs: object) -> IO[bytes]:
        return BytesIO()


class Application(Flask):
    """Flask, which writes the text of an exception into the log: here web.errors says where it happened, no more."""

    request_class = InMemory

    def url_for(self, endpoint: str, **values: Any) -> str:
        """Give an address; of something with an id, in which only the id differs, it is put together once a request."""
        name, value = next(iter(values.items())) if len(values) == 1 else ("", None)
        if not isinstance(value, UUID):
            return super().url_for(endpoint, **values)
        known = g.setdefault("addresses", {})
        if (endpoint, name) not in known:
            known[endpoint, name] = super().url_for(endpoint, **{name: _ANY}).split(str(_ANY))
        return str(value).join(known[endpoint, name])

    def log_exception(self, exc_info: object) -> None:
        """Write nothing."""


def create_app(configured: Settings | None = None) -> Flask:
    """Make the application. ConfigurationError when a setting is missing or unsafe, or the assets are not built."""
    current = configured or settings.load()
    open_engine(current)
    app = Application(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=_POST_LIMIT,
        MAX_FORM_MEMORY_SIZE=_POST_LIMIT,
        MAX_FORM_PARTS=_PARTS_LIMIT,
        TRAP_HTTP_EXCEPTIONS=False,
        METRICS_TOKEN=current.metrics_token,
        FILE_LIMITS=files.Limits(current.file_megabytes * 1_000_000, current.answer_megabytes * 1_000_000),
    )
    if current.trusted_proxies:
        hops = current.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # Flask's own way
    translation.install(app, sessions.language)
    security.install(app, https=current.cookie_secure)
    sessions.install(app, current)
    errors.install(app)
    rendering.install(app, assets.load())
    for module in _PAGES:
        app.register_blueprint(module.pages)
    api.install(app)
    policy.require_complete(rule.endpoint for rule in app.url_map.iter_rules())
    return app


def open_engine(current: Settings) -> None:
    """Use the database and the keys of these settings. ConfigurationError without a database."""
    if current.database_url is None:
        message = "STAFFETTA_DATABASE_URL is missing: `staffetta serve` and `staffetta demo` set it for the web process"
        raise ConfigurationError(message)
    db.configure(current.database_url)
    crypto.configure(current.keys)
    blind.configure(current.index_key)
    carriers.configure(current.senders)
