"""The marks of what is to be translated, with types (Flask-Babel has none). The source texts are Italian."""

from __future__ import annotations

from pathlib import Path

import flask_babel

from engine.errors import ConfigurationError

SOURCE = "it"
LANGUAGES = (SOURCE, "en")

_CATALOGUES = Path(__file__).parent / "translations"


def require_compiled() -> None:
    """Raise ConfigurationError when a catalogue has not been compiled: pages would quietly be Italian."""
    for language in LANGUAGES[1:]:
        if not (_CATALOGUES / language / "LC_MESSAGES" / "messages.mo").exists():
            message = f"the texts in {language!r} are not compiled; run `make assets`"
            raise ConfigurationError(message)


def known(language: str | None) -> str | None:
    """Return the language if there are pages in it."""
    return str(language) if language in LANGUAGES else None


def gettext(text: str, **variables: object) -> str:
    """Say a text in the language of the page; `%(name)s` stands for a variable."""
    return str(flask_babel.gettext(text, **variables))


def ngettext(singular: str, plural: str, number: int) -> str:
    """Say a text with a number in it, `%(num)d`."""
    return str(flask_babel.ngettext(singular, plural, number))


def lazy_gettext(text: str) -> object:
    """Return what says a text once it is printed: for tables that are made before any page is."""
    return flask_babel.lazy_gettext(text)
