"""Signed heads of the chain: how far it had come, and with which hash, in a file that is only ever added to.

The file can be carried away as it grows. Whoever has an old head knows that all entries up to it must still be what
they were, whatever happened to this machine since.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine import appending, settings
from engine.audit import chain
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

_TAIL = 4096  # bytes; a line has about 350


@dataclass(frozen=True, slots=True)
class Head:
    """A head: entry `number` has `hash`, said at an instant by the holder of a key. `genuine` is not for us to say."""

    number: int
    hash: bytes
    at: str
    key_id: str
    signature: bytes

    def is_genuine(self, keys: Mapping[str, Ed25519PublicKey]) -> bool:
        """Tell whether one of these keys, by their ids, has signed it."""
        try:
            keys[self.key_id].verify(self.signature, _signed(self.number, self.hash, self.at))
        except (KeyError, InvalidSignature):
            return False
        return True


def public_pem(key: Ed25519PrivateKey) -> str:
    """Give the public part of a key as PEM."""
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode("ascii")


def private_key(path: Path) -> Ed25519PrivateKey:
    """Read the private key that the settings have checked."""
    value = settings.key_bytes(path.read_text(encoding="ascii").strip())
    if value is None:
        raise ConfigurationError(f"{path} holds no key")
    return Ed25519PrivateKey.from_private_bytes(value)


def public_keys(pems: Iterable[bytes]) -> dict[str, Ed25519PublicKey]:
    """Read public keys, by their ids. ValueError when one is none, or of another kind."""
    found = {}
    for pem in pems:
        key = serialization.load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")  # noqa: TRY004 - what was read is a wrong value
        found[_id(key)] = key
    return found


def sign(path: Path, key: Ed25519PrivateKey, number: int, hash_: bytes, at: datetime) -> None:
    """Add a signed head to the file, and have it on the disk when this returns."""
    said = chain.instant(at)
    head = {
        "at": said,
        "hash": hash_.hex(),
        "key": _id(key.public_key()),
        "number": number,
        "signature": base64.b64encode(key.sign(_signed(number, hash_, said))).decode("ascii"),
    }
    appending.append(path, orjson.dumps(head, option=orjson.OPT_SORT_KEYS))


def last(path: Path) -> Head | None:
    """Give the last head of the file; None where there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().splitlines()
    return next((head for head in map(read, reversed(lines)) if head is not None), None)


def read(line: bytes) -> Head | None:
    """Read a line of the file; None when it is no head."""
    try:
        found = orjson.loads(line)
        signature = base64.b64decode(found["signature"], validate=True)
        return Head(int(found["number"]), bytes.fromhex(found["hash"]), str(found["at"]), str(found["key"]), signature)
    except (binascii.Error, KeyError, TypeError, ValueError):
        return None


def _signed(number: int, hash_: bytes, at: str) -> bytes:
    return f"staffetta-audit-head\n{number}\n{hash_.hex()}\n{at}\n".encode()


def _id(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]
