"""JSON and addresses as the API reads them: strict, exact, bounded.

A number keeps its digits (Decimal), a key that comes twice or that nobody declared is refused, and so is every text
that a database or a page could not hold.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema
from webargs.core import is_json, missing
from webargs.flaskparser import FlaskParser, abort

from forms import reading as characters

_DEPTH = 20  # levels of lists and objects
_DIGITS = 100  # characters of a number
_EXPONENT = 100


class Parser(FlaskParser):
    """The parser of bodies and query strings; what is wrong is told by a code and the place."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012 - webargs' declaration

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if req.mimetype and not is_json(req.mimetype):
            abort(415)
        if not body:
            return missing  # many programs say that they send JSON whatever they send
        if not req.mimetype:
            abort(415)
        return parse(body)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query string; a parameter that comes twice has two meanings."""
        twice = {name: ["given_twice"] for name, values in req.args.lists() if len(values) > 1}
        if twice:
            abort(422, messages={"query": twice})
        unfit = {name[:100]: ["bad_characters"] for name, value in req.args.items() if not characters.printable(value)}
        if unfit:
            abort(422, messages={"query": unfit})
        return super().load_querystring(req, schema)


def parse(body: bytes) -> Any:
    """Read a JSON text. Answers 400 when it is none, 422 when it holds what we cannot keep."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        _no_json()
    _require_fit(value, 0)
    return value


def _require_fit(value: Any, depth: int) -> None:
    if depth > _DEPTH:
        _no_json()
    if isinstance(value, str) and not characters.printable(value):
        abort(422, messages={"json": {"_schema": ["bad_characters"]}})
    if isinstance(value, dict):
        for name, inner in value.items():
            _require_fit(name, depth)
            _require_fit(inner, depth + 1)
    if isinstance(value, list):
        for inner in value:
            _require_fit(inner, depth + 1)


def _no_json() -> NoReturn:
    abort(400, code="no_json")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text) if len(text) <= _DIGITS else None
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > _EXPONENT:
        raise ValueError("the number has too many digits")
    return number


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError("the number has too many digits")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
