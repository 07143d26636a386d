"""Web Push on the wire: encryption for one browser (RFC 8291, 8188) and the proof of who sends (VAPID, RFC 8292).

Pure but for chance. The server's key is worked out from a seed, so that it stands nowhere and stays the same.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_POINT, _AUTH, _SALT, _HALF = 65, 16, 16, 32  # bytes
_RECORD = 4096
_TOKEN_FOR = timedelta(hours=12)  # RFC 8292: a day at most


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser gives with its address: its public key, and a secret that it shares with who sends."""

    p256dh: bytes
    auth: bytes


def read_keys(p256dh: str, auth: str) -> Keys:
    """Read the keys of a browser. ValueError when they are none."""
    keys = Keys(unb64(p256dh), unb64(auth))
    if len(keys.auth) != _AUTH or len(keys.p256dh) != _POINT:
        raise ValueError("wrong lengths")
    _public(keys.p256dh)
    return keys


def server_key(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """Work the server's key out of 32 bytes."""
    return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, _CURVE)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Give the public part of a key as browsers want it."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    text: bytes, keys: Keys, *, own: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """Encrypt a message that one browser can read, in one record; key and salt are drawn anew unless given."""
    own, salt = own or ec.generate_private_key(_CURVE), salt or os.urandom(_SALT)
    shared = own.exchange(ec.ECDH(), _public(keys.p256dh))
    key = _derived(shared, keys.auth, b"WebPush: info\0" + keys.p256dh + point(own), 32)
    content = _derived(key, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(key, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4) + bytes([_POINT]) + point(own)
    return head + AESGCM(content).encrypt(nonce, text + b"\x02", None)


def authorization(key: ec.EllipticCurvePrivateKey, endpoint: str, subject: str, now: datetime) -> str:
    """Prove who sends, to the service that an address belongs to."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + _TOKEN_FOR).timestamp()),
        "sub": subject,
    }
    said = ".".join(b64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    halves = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signature = b"".join(half.to_bytes(_HALF) for half in halves)
    return f"vapid t={said}.{b64(signature)}, k={b64(point(key))}"


def b64(content: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Read base64url, padded or not. ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def _public(content: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, content)
    except UnsupportedAlgorithm as error:
        raise ValueError("no point of the curve") from error


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
