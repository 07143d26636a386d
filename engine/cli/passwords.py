"""Passwords at the command line: from a file, from a prompt, or made up and shown once. Never from an argument."""

from __future__ import annotations

import secrets
import stat
import sys
from pathlib import Path

import click

from engine import settings
from engine.cli import speech
from engine.errors import ConfigurationError


def obtain(file: Path | None) -> tuple[str, bool]:
    """Return a password and whether it was made up here: arguments would show in the process list and the history."""
    if file is not None:
        try:
            found = file.stat()
            # A pipe is nobody else's; a file that others could read is no longer a secret.
            if stat.S_ISREG(found.st_mode) and found.st_mode & settings.FOREIGN_ACCESS:
                raise ConfigurationError(f"others can read or change the password file: chmod 0600 {file}")
            password = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(f"the password file {file} cannot be read") from None
        return password, False
    if sys.stdin.isatty():
        question = speech.either("Password (vuota: se ne inventa una)", "Password (empty: one is made up)")
        password = click.prompt(question, hide_input=True, default="", show_default=False, confirmation_prompt=True)
        if password:
            return str(password), False
    return secrets.token_urlsafe(15), True


def show(username: str, password: str) -> None:
    """Show a password that was made up, the only time that it can be read."""
    speech.say(
        f"{username}: la password è {password} (non si conserva; si cambia con `user password`)",
        f"{username}: the password is {password} (it is not stored; it can be changed with `user password`)",
    )
