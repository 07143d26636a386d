"""How the API's addresses are declared: who may, what comes in, what goes out. The rest is the same for all.

    @routes.command("/tasks/<uuid:task_id>/claim", TokenScope.WORK, takes=schemas.Act(), gives=schemas.Task())
    def claim(session, body, task_id): ...

A handler runs inside one transaction and calls a verb of the engine. The same declaration makes the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from engine import db
from engine.participants import repetition
from engine.participants.repetition import Earlier
from engine.participants.token_models import TokenScope
from web.api import identity, reading, repeating, writing

Handler = Callable[..., Any]
# SQL is the engine's: what a handler gets it only passes on.
Session = Any
Decorator = Callable[[Handler], Handler]

_ALWAYS = (400, 401, 403, 429, 500, 503)
_OF_READING = (404, 422)
_OF_COMMANDS = (404, 409, 413, 415, 422)
_KEY_PARAMETER = {
    "name": repeating.HEADER,
    "in": "header",
    "required": False,
    "description": "A name for this request, new for each: sent again within 24 hours it gets the same answer.",
    "schema": {"type": "string", "pattern": repeating.KEY, "maxLength": 200},
}
_MATCH_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "One ETag of the task, as it was read: every other is refused with 412.",
    "schema": {"type": "string"},
}
_FILES = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            }
        }
    },
}
_LOCATION = {"Location": {"description": "Where the new thing is read.", "schema": {"type": "string"}}}
_ETAG = {"ETag": {"description": "The task's revision.", "schema": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer about a task, with its revision for the ETag."""

    value: object
    revision: int


@dataclass(frozen=True, slots=True)
class Made:
    """An answer about something new, and the address where it is read."""

    value: object
    address: str


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """What an address answers with when all is well."""

    schema: Schema | None
    status: int
    headers: dict[str, Any] | None


class Routes(Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """A part of the API; its name without `api-` is its tag in the document."""

    ARGUMENTS_PARSER = reading.Parser()

    def __init__(self, tag: str, description: str) -> None:
        super().__init__(f"api-{tag}", __name__, url_prefix=identity.PREFIX, description=description)
        self.tag = tag

    def open(self, rule: str, *, gives: Schema, codes: tuple[int, ...] = ()) -> Decorator:
        """Declare what needs no token; policy.RULES lets everybody in there."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def view() -> Response:
                return _answer(handler(), gives, 200)

            outgoing = _Outgoing(gives, 200, None)
            documented = self._documented(view, outgoing, (500, *codes), {"security": []})
            declared: Handler = self.route(rule, methods=["GET"], tags=[self.tag])(documented)
            return declared

        return decorate

    def reading(self, rule: str, *, gives: Schema, takes: Schema | None = None, tagged: bool = False) -> Decorator:
        """Declare what is read; `takes` are the parameters of the query string."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def view(*parsed: Any, **path: Any) -> Response:
                # Not read-only: that somebody opened a case is recorded.
                with db.transaction() as session:
                    return _answer(handler(session, *parsed, **path), gives, 200)

            outgoing = _Outgoing(gives, 200, _ETAG if tagged else None)
            documented = self._documented(view, outgoing, _ALWAYS + _OF_READING, {})
            return self._declare(documented, rule, "GET", TokenScope.READ, takes, "query")

        return decorate

    def command(
        self,
        rule: str,
        scope: TokenScope,
        *,
        method: str = "POST",
        status: int = 200,
        takes: Schema | None = None,
        gives: Schema | None = None,
        files: bool = False,
        tagged: bool = False,
    ) -> Decorator:
        """Declare what changes something: it may name itself by an Idempotency-Key, and then happens once."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def view(*parsed: Any, **path: Any) -> Response:
                named = repeating.named()
                with db.transaction() as session:
                    earlier = repetition.earlier(session, identity.actor(), named) if named else None
                    if earlier is not None:
                        return _again(earlier)
                    answer = _answer(handler(session, *parsed, **path), gives, status)
                    if named:
                        _keep(session, named, answer)
                return answer

            parameters = [_KEY_PARAMETER] + ([_MATCH_PARAMETER] if tagged else [])
            manual = {"parameters": parameters} | ({"requestBody": _FILES} if files else {})
            codes = _ALWAYS + _OF_COMMANDS + ((412,) if tagged else ())
            outgoing = _Outgoing(
                gives, status, _ETAG if tagged else _LOCATION if status == HTTPStatus.CREATED else None
            )
            documented = self._documented(view, outgoing, codes, manual)
            return self._declare(documented, rule, method, scope, takes, "json")

        return decorate

    def in_parts(self, rule: str, scope: TokenScope, *, takes: Schema, gives: Schema) -> Decorator:
        """Declare what changes something in several transactions, each harmless to repeat: the handler gets no session.

        With an Idempotency-Key the answer is kept when it has come to its end.
        """

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def view(*parsed: Any, **path: Any) -> Response:
                return _in_parts(repeating.named(), lambda: _answer(handler(*parsed, **path), gives, 200))

            codes = _ALWAYS + _OF_COMMANDS
            documented = self._documented(view, _Outgoing(gives, 200, None), codes, {"parameters": [_KEY_PARAMETER]})
            return self._declare(documented, rule, "POST", scope, takes, "json")

        return decorate

    def opening(self, rule: str, *, gives: Schema, takes: Schema | None = None) -> Decorator:
        """Declare what opens something sealed. No Idempotency-Key: its answer must be kept nowhere."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def view(*parsed: Any, **path: Any) -> Response:
                with db.transaction() as session:
                    return _answer(handler(session, *parsed, **path), gives, 200)

            documented = self._documented(view, _Outgoing(gives, 200, None), _ALWAYS + _OF_COMMANDS, {})
            return self._declare(documented, rule, "POST", TokenScope.WORK, takes, "json")

        return decorate

    def _documented(
        self, view: Handler, outgoing: _Outgoing, codes: tuple[int, ...], manual: dict[str, Any]
    ) -> Handler:
        refusals = {code: HTTPStatus(code).name for code in codes}
        view = self.response(outgoing.status, outgoing.schema, headers=outgoing.headers)(view)
        named: Handler = self.doc(operationId=view.__name__, responses=refusals, **manual)(view)
        return named

    def _declare(
        self, view: Handler, rule: str, method: str, scope: TokenScope, takes: Schema | None, location: str
    ) -> Handler:
        view = self.doc(security=[{"bearer": [scope.value]}])(view)
        if takes is not None:
            demanded = any(field.required for field in takes.fields.values())
            view = self.arguments(takes, location=location, required=demanded)(view)
        identity.SCOPES[f"{self.name}.{view.__name__}"] = scope
        declared: Handler = self.route(rule, methods=[method], tags=[self.tag])(view)
        return declared


def _in_parts(named: repetition.Request | None, do: Callable[[], Response]) -> Response:
    """Do what makes its own transactions, unless it has been answered before."""
    if named is None:
        return do()
    with db.transaction() as session:
        earlier = repetition.earlier(session, identity.actor(), named)
        if earlier is not None:
            return _again(earlier)
    answer = do()
    with db.transaction() as session:
        earlier = repetition.earlier(session, identity.actor(), named)
        if earlier is not None:  # the same request, sent twice at a time: each did a part, the first has answered
            return _again(earlier)
        _keep(session, named, answer)
    return answer


def _answer(found: Any, gives: Schema | None, status: int) -> Response:
    headers: dict[str, str | None] = {}
    if isinstance(found, Tagged):
        found, headers = found.value, {"ETag": f'"{found.revision}"'}
    elif isinstance(found, Made):
        found, headers = found.value, {"Location": identity.PREFIX + found.address}
    return _written(b"" if gives is None else writing.dumps(gives.dump(found)), status, headers)


def _written(body: bytes, status: int, headers: Mapping[str, str | None]) -> Response:
    response = Response(body, status, content_type="application/json")
    if not body:
        del response.headers["Content-Type"]
    response.headers.update({name: value for name, value in headers.items() if value is not None})
    return response


def _keep(session: Session, named: repetition.Request, answer: Response) -> None:
    etag, location = answer.headers.get("ETag"), answer.headers.get("Location")
    body, status = answer.get_data(), answer.status_code
    repetition.keep(session, identity.actor(), named, status=status, body=body, etag=etag, location=location)


def _again(earlier: Earlier) -> Response:
    return _written(earlier.body, earlier.status, {"ETag": earlier.etag, "Location": earlier.location})
