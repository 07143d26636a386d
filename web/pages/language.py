"""The language of the pages."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.errors import InvalidValue
from web import sessions, translation

pages = Blueprint("language", __name__)


@pages.post("/lingua")
def choose() -> Response:
    """Go on in another language, on the page that was shown."""
    chosen = translation.known(request.form.get("lingua"))
    if chosen is None:
        raise InvalidValue("language", "unknown")
    address = sessions.local_path(request.form.get("qui")) or url_for("inbox.page")
    return sessions.speak(redirect(address, 303), chosen)
