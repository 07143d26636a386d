"""What a refused password is told: at the log-in, and at the return to a session that hides."""

from __future__ import annotations

from collections.abc import Callable

from flask import make_response
from werkzeug.wrappers import Response

from engine import clock
from engine.participants.credentials import LogIn
from web import clocks
from web.translation import gettext as _


def of_log_in(found: LogIn, wrong: str, page: Callable[[str], str]) -> Response:
    """Answer with the page and why: 401, or after too many tries 429 and until when to wait."""
    if found.wait_until is None:
        return make_response(page(wrong), 401)
    wait = found.wait_until - clock.now()
    error = _(
        "Troppi tentativi non riusciti. Il prossimo è possibile tra %(wait)s, %(when)s. "
        "Se la password è persa, chi amministra gli account ne crea una nuova.",
        wait=clocks.span(wait),
        when=clocks.on(found.wait_until, clock.now()),
    )
    response = make_response(page(error), 429)
    response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response
