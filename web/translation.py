"""The marks of what is to be translated, with types (Flask-Babel has none). The source texts are Italian."""

from __future__ import annotations

import flask_babel


def gettext(text: str, **variables: object) -> str:
    """Say a text in the language of the page; `%(name)s` stands for a variable."""
    return str(flask_babel.gettext(text, **variables))


def ngettext(singular: str, plural: str, number: int) -> str:
    """Say a text with a number in it, `%(num)d`."""
    return str(flask_babel.ngettext(singular, plural, number))


def lazy_gettext(text: str) -> object:
    """Return what says a text once it is printed: for tables that are made before any page is."""
    return flask_babel.lazy_gettext(text)
