"""What the command line says, in one language: that of `--lang`, else the terminal's English, else Italian."""

from __future__ import annotations

import os
from contextvars import ContextVar

import click

LANGUAGES = ("it", "en")

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """Return the language in which this command speaks."""
    return _chosen.get() or ("en" if _of_terminal().lower().startswith("en") else "it")


def either(italian: str, english: str) -> str:
    """Return the sentence of the two that is in the language of this command."""
    return english if language() == "en" else italian


def say(italian: str, english: str, *, err: bool = False) -> None:
    """Say a sentence."""
    click.echo(either(italian, english), err=err)


def begin() -> None:
    """Forget the language that an earlier command of this process was given."""
    _chosen.set(None)


def add_option(command: click.Command) -> None:
    """Give a command and those under it the option `--lang`; what was said before it still counts without it."""
    command.params.append(
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            is_eager=True,
            expose_value=False,
            callback=_choose,
            help="Language of what is said, if not the terminal's.",
        )
    )
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        add_option(each)


def _choose(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        _chosen.set(value)


def _of_terminal() -> str:
    """Return LC_ALL, LC_MESSAGES or LANG, the first that is set."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "")
