"""The pages: each handler says what comes in and which verb; the engine says who may."""

from __future__ import annotations

from flask import Flask

from web.pages import board, case, health, inbox, login, notices, protocols, start, submission, task


def install(app: Flask) -> None:
    """Give the application its pages."""
    for module in (login, inbox, task, case, submission, board, start, protocols, notices, health):
        app.register_blueprint(module.pages)
