"""Case codes: random, sayable over the telephone, with a check character. They say nothing about anybody."""

from __future__ import annotations

import re
import secrets

# Digits and capitals without 0, 1, I, L, O, which are confused when read or heard. Their number, 31, is prime: so the
# weighted check character finds every wrong character and every swap of two neighbours.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 5
_SHAPE = re.compile(rf"[{ALPHABET}]{{{_LENGTH + 1}}}\Z")


def new() -> str:
    """Draw a code, as `K7QF-3F`: five random characters and the check character, 28.6 million in all."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    return _written(drawn + _check(drawn))


def parse(text: str) -> str | None:
    """Give the code that somebody typed, however they wrote it; None when the check character says it is mistyped."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not _SHAPE.match(plain) or _check(plain[:-1]) != plain[-1]:
        return None
    return _written(plain)


def _check(drawn: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(drawn, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def _written(plain: str) -> str:
    return f"{plain[:4]}-{plain[4:]}"
