"""Saying to somebody outside that the clockwork runs: whoever stops hearing of us knows that it does not.

An address is asked for, and nothing is said: the silence is the message. No redirect is followed.
"""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from engine import db
from engine.oversight import watchdog

_PATIENCE = 10.0  # seconds
_WELL = range(200, 300)


class Unheard(Exception):
    """Nobody outside has heard that all is well, and why. Without the address: who knows it can speak for us."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def tell(url: str) -> bool:
    """Ask for the address if the watchdog has no alarm; False when it has. Raises Unheard, DatabaseUnavailable."""
    with db.transaction(read_only=True) as session:
        if watchdog.look(session).alarmed:
            return False
    _ask(url)
    return True


def _ask(url: str) -> None:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=_PATIENCE)) as connection:
        try:
            connection.request("GET", parts._replace(scheme="", netloc="", fragment="").geturl() or "/")
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise Unheard(type(error).__name__) from None
    if status not in _WELL:
        raise Unheard(str(status))
