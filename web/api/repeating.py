"""The Idempotency-Key of a request: what it stands for, and the precondition that goes with a task's revision."""

from __future__ import annotations

import hashlib
import hmac
import re

from flask import current_app, request
from webargs.flaskparser import abort

from engine.participants.repetition import Request

HEADER = "Idempotency-Key"
KEY = r"^[\x21-\x7e]{1,200}$"
_KEY = re.compile(KEY)
_TAG = re.compile(r'"([0-9]{1,9})"', re.ASCII)
_TAGS = re.compile(r'(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")+')


def named() -> Request | None:
    """Give what the request names itself by, or None. Answers 400 to a key that is none.

    The hashes are keyed by the installation's secret: what a request says about a case is soon guessed otherwise.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.match(key):
        abort(400, code="no_idempotency_key")
    told = [key, request.method, request.full_path, request.headers.get("If-Match", "")]
    return Request(key_hash=keyed(key.encode()), fingerprint=keyed(repr(told).encode() + _content()))


def expected_revision() -> int | None:
    """Give the revision that If-Match demands, None without one; -1, which no task has, for a tag that is not ours."""
    tag = request.headers.get("If-Match", "*").strip()
    if tag == "*":
        return None
    if _TAGS.fullmatch(tag):
        abort(400, code="one_tag_only")
    found = _TAG.fullmatch(tag)
    return int(found.group(1)) if found else -1


def keyed(told: bytes) -> bytes:
    """Digest with the installation's secret: what is digested has few values, and would be guessed from a plain one."""
    secret: bytes = current_app.config["STAFFETTA_SECRET"]
    return hmac.new(secret, b"staffetta-request:" + told, hashlib.sha256).digest()


def _content() -> bytes:
    """Digest what was sent. A multipart body has other boundaries each time, so its parts count."""
    if request.mimetype != "multipart/form-data":
        return hashlib.sha256(request.get_data(cache=True)).digest()
    parts = []
    for name, file in request.files.items(multi=True):
        parts.append(repr((name, file.filename, hashlib.sha256(file.read()).hexdigest())))
        file.seek(0)
    parts += [repr((name, value)) for name, value in request.form.items(multi=True)]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).digest()
