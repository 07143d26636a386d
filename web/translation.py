"""The marks of what is to be translated, with types (Flask-Babel has none). The source texts are Italian."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from typing import cast

import flask_babel
from flask import Flask, g
from flask_babel.speaklater import LazyString

from engine.errors import ConfigurationError

SOURCE = "it"
LANGUAGES = (SOURCE, "en")

_AS_WRITTEN = NullTranslations()
_CATALOGUES = Path(__file__).parent / "translations"


def install(app: Flask, language: Callable[[], str]) -> None:
    """Let pages speak the language that is asked for. ConfigurationError when a catalogue is missing."""
    require_compiled()
    flask_babel.Babel(app, default_locale=SOURCE, default_timezone="Europe/Rome", locale_selector=language)
    # Through us, for Flask-Babel asks for the request, its language and its catalogue again with each text.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of Jinja's own extension
        gettext=lambda text: _catalogue().gettext(text),
        ngettext=lambda singular, plural, number: _catalogue().ngettext(singular, plural, number),
        newstyle=True,
    )


def require_compiled() -> None:
    """Raise ConfigurationError when a catalogue has not been compiled: pages would quietly be Italian."""
    for language in LANGUAGES[1:]:
        if not (_CATALOGUES / language / "LC_MESSAGES" / "messages.mo").exists():
            message = f"the texts in {language!r} are not compiled; run `make assets`"
            raise ConfigurationError(message)


def known(language: str | None) -> str | None:
    """Return the language if there are pages in it."""
    return str(language) if language in LANGUAGES else None


def language() -> str:
    """Return the language of the page, or of the API's answer."""
    return str(flask_babel.get_locale() or SOURCE)


def gettext(text: str, **variables: object) -> str:
    """Say a text in the language of the page; `%(name)s` stands for a variable."""
    said = _catalogue().gettext(text)
    return said % variables if variables else said


def ngettext(singular: str, plural: str, number: int) -> str:
    """Say a text with a number in it, `%(num)d`."""
    return _catalogue().ngettext(singular, plural, number) % {"num": number}


def lazy_gettext(text: str) -> object:
    """Return what says a text once it is printed: for tables that are made before any page is."""
    return LazyString(gettext, text)


def _catalogue() -> NullTranslations:
    """Return the texts in the language of this page, looked up once; outside of any page the texts as they are."""
    try:
        return cast("NullTranslations", g.catalogue)
    except AttributeError:
        g.catalogue = flask_babel.get_translations()
    except RuntimeError:
        return _AS_WRITTEN
    return cast("NullTranslations", g.catalogue)
