"""What every request and every answer has to do with the browser: where a form came from, and what a page may load.

Who may do what is not decided here: that is engine.participants.access.
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request

UPLOADS = frozenset({"protocols.upload", "api-definitions.deploy"})
UPLOAD_LIMIT = 1_200_000  # bytes: diagrams and forms of 1 MB at most, and the wrapping of a multipart post
# The addresses that take the files of an answer: their limit is that of the installation, and as much again as a post.
FILES = frozenset(
    {
        "task.complete",
        "task.save_draft",
        "task.refresh",
        "submission.correct",
        "submission.refresh",
        "api-files.hand_in_files",
    }
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap Italia draws its check marks and arrows as data: images
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ],
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
_YEAR = "31536000"
# Names of built files carry their hash; everything else may show a case and stays nowhere.
_ASSETS_CACHE = f"public, max-age={_YEAR}, immutable"


def install(app: Flask, *, https: bool) -> None:
    """Refuse foreign posts and give every answer its headers; `https` when people reach us through TLS."""

    def finish(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        response.headers["Cache-Control"] = _ASSETS_CACHE if _is_asset(response) else "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
        return response

    app.before_request(limit_uploads)
    app.before_request(refuse_foreign_posts)
    app.after_request(finish)


def limit_uploads() -> None:
    """Let only the addresses that take files have more than the general limit; nothing has read the body yet."""
    if request.endpoint in UPLOADS:
        request.max_content_length = UPLOAD_LIMIT


def allow_files() -> None:
    """Let the present post bring the files of an answer, if somebody is logged in; nothing has read the body yet.

    What anybody at all can send is never more than a form.
    """
    if request.endpoint in FILES and g.actor is not None:
        request.max_content_length = current_app.config["FILE_LIMITS"].answer + UPLOAD_LIMIT


def refuse_foreign_posts() -> None:
    """Answer 403 to a post that another site's page sent.

    `Sec-Fetch-Site` is the browser's own word and comes first: our pages say `no-referrer`, so browsers send
    `Origin: null` with their forms. Where neither header says where a post came from (an old browser), the CSRF token
    alone decides.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        origin = request.headers.get("Origin", "null")
        foreign = origin != "null" and urlsplit(origin).netloc != request.host
    if foreign:
        abort(403)


def require_csrf(secret: bytes, bound_to: str) -> None:
    """Answer 400 to a post without the token that belongs to this browser's cookie."""
    sent = request.form.get("_csrf", "")
    if not hmac.compare_digest(sent.encode(), csrf_token(secret, bound_to).encode()):
        g.refusal = "csrf"
        abort(400)


def csrf_token(secret: bytes, bound_to: str) -> str:
    """Return the form token of the browser that holds the cookie value `bound_to`; it says nothing about that value."""
    return hmac.new(secret, b"staffetta-csrf:" + bound_to.encode(), hashlib.sha256).hexdigest()


def _is_asset(response: Response) -> bool:
    return response.status_code == HTTPStatus.OK and request.path.startswith("/static/dist/assets/")
