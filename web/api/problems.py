"""Every error as problem+json (RFC 9457): the same status and words as on the pages, and a code for programs.

Nothing of a case is in it: codes, names of fields, and what a designer has to know about a refused diagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Response, g
from werkzeug.exceptions import HTTPException

from engine import errors
from web import translation
from web.api import writing

CONTENT_TYPE = "application/problem+json"
TYPES = "urn:staffetta:problem:"

# Who sends If-Match has asked for this status (RFC 9110, 13.1.1); on the pages the same is a conflict.
_STATUSES: dict[type[errors.StaffettaError], int] = {errors.StaleRevision: 412}

# Where webargs found what is wrong, and how RFC 9457 (and OpenAPI) name the place.
_POINTERS = {"json": "pointer", "query": "parameter"}


def of_engine(error: errors.StaffettaError, status: int, title: object, text: object) -> Response:
    """Answer what the engine refused or could not do."""
    code = error.code if isinstance(error, errors.Refused) else _snake_status(status)
    if isinstance(error, errors.DatabaseUnavailable) and error.in_doubt:
        code = "outcome_unknown"
    if isinstance(error, errors.Busy):
        code = "busy"
    return _response(_STATUSES.get(type(error), status), title, text, code, _details(error))


def lacks_scope() -> bool:
    """Tell whether the request was refused because its token is not good for it."""
    return "challenge" in g


def of_http(error: HTTPException, title: object, text: object) -> Response:
    """Answer what the web itself refuses; what the error says in headers (Allow, WWW-Authenticate) stays."""
    status = error.code or 500
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    code = data.get("code") or ("insufficient_scope" if lacks_scope() else _snake_status(status))
    wrong = list(_wrong(data.get("messages", {})))
    response = _response(status, title, text, code, {"errors": wrong} if wrong else {})
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    if lacks_scope():
        response.headers["WWW-Authenticate"] = g.challenge
    return response


def of_failure(status: int, title: object, text: object, reference: str) -> Response:
    """Answer that something on our side is broken; the reference finds it in the log."""
    return _response(status, title, text, "failure", {"reference": reference})


def of_designers(problems: Iterable[errors.Problem]) -> list[dict[str, Any]]:
    """Give what is wrong with protocols, or may be, in the language of whoever asks."""
    return [asdict(problem.in_language(translation.language())) for problem in problems]


def _response(status: int, title: object, text: object, code: str, details: Mapping[str, Any]) -> Response:
    body = {"type": TYPES + code, "title": str(title), "status": status, "detail": str(text), "code": code, **details}
    return Response(writing.dumps(body), status, content_type=CONTENT_TYPE)


def _details(error: errors.StaffettaError) -> dict[str, Any]:
    if isinstance(error, errors.InvalidAnswer):
        return {"errors": [{"field": field, "code": code} for field, code in error.errors.items()]}
    if isinstance(error, errors.InvalidValue):
        return {"errors": [{"field": error.field, "code": error.code}]}
    if isinstance(error, errors.LaneWithoutAgency):
        return {"errors": [{"field": f"lanes.{error.lane}", "code": error.code}]}
    if isinstance(error, errors.InvalidProcess):
        return {"problems": of_designers(error.problems)}
    return {}


def _wrong(messages: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Flatten what a schema found wrong: one entry for each place."""
    for location, found in messages.items():
        place = _POINTERS.get(location, "field")
        for path, code in _walk(found, ()):
            name = "#/" + "/".join(path) if place == "pointer" else ".".join(path)
            yield {place: name, "code": code}


def _walk(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(found, Mapping):
        for name, inner in found.items():
            # marshmallow's own levels: the object as a whole, and the key or value of an entry.
            deeper = path if name in {"_schema", "key", "value"} else (*path, str(name)[:100])
            yield from _walk(inner, deeper)
    elif isinstance(found, list):
        for one in found:
            yield from _walk(one, path)
    else:
        yield path, str(found)


def _snake_status(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
