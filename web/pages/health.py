"""Whether this process answers, for whoever supervises it."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("health", __name__)


@pages.get("/health/live")
def live() -> dict[str, str]:
    """Say that the process answers; nothing else is looked at."""
    return {"status": "live"}
