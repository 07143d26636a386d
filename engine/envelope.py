"""Sealing with a passphrase what leaves the system for good: AES-256-GCM under a key stretched by PBKDF2 (RFC 8018).

Both are what every browser has built in (Web Cryptography), so whoever is handed it needs no program to open it. The
passphrase is made here, too long to be guessed, shown once, and kept nowhere.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from engine.errors import InvalidValue

ITERATIONS = 600_000
KEY_LENGTH, _SALT_LENGTH, _NONCE_LENGTH = 32, 16, 12
# Small letters and digits without those that are confused when read or heard.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP_LENGTH = 6, 4  # 24 letters of 31: 118 bits
_SHAPE = re.compile(rf"[{_ALPHABET}]{{{_GROUP_LENGTH}}}(-[{_ALPHABET}]{{{_GROUP_LENGTH}}}){{{_GROUPS - 1}}}")
_FEWEST = 8  # different letters: fewer were not drawn here


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was sealed, and what opens it beside the passphrase."""

    salt: bytes
    nonce: bytes
    content: bytes


def passphrase() -> str:
    """Draw a passphrase that can be read out and typed."""
    while True:
        groups = ["".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)]
        if len(set("".join(groups))) >= _FEWEST:
            return "-".join(groups)


def seal(content: bytes, spoken: str) -> Envelope:
    """Seal under a passphrase as `passphrase` draws them. Raises InvalidValue `passphrase` for any other."""
    if not _SHAPE.fullmatch(spoken) or len(set(spoken)) <= _FEWEST:
        raise InvalidValue("passphrase", "weak")
    salt, nonce = os.urandom(_SALT_LENGTH), os.urandom(_NONCE_LENGTH)
    key = PBKDF2HMAC(SHA256(), KEY_LENGTH, salt, ITERATIONS).derive(spoken.encode())
    return Envelope(salt, nonce, AESGCM(key).encrypt(nonce, content, None))
