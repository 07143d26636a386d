"""A program that uses the API: a token of a person, and JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Flask

from engine import db
from engine.participants import tokens
from engine.participants.token_models import TokenScope
from tests.web.world import World

API = "/api/v1"
EVERYTHING = tuple(TokenScope)
ABSENT = "00000000-0000-4000-8000-000000000000"


@dataclass(slots=True)
class Reply:
    """An answer: status, headers, and the JSON in it."""

    status: int
    headers: Any
    body: Any
    raw: bytes

    @property
    def etag(self) -> str:
        return str(self.headers["ETag"])

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json", self.raw
        assert self.body["status"] == self.status
        assert self.body["type"] == f"urn:staffetta:problem:{self.body['code']}"
        return str(self.body["code"])

    def wrong(self) -> dict[str, str]:
        """What is wrong with which field, pointer or parameter."""
        places = ("field", "pointer", "parameter")
        return {next(one[place] for place in places if place in one): one["code"] for one in self.body["errors"]}


@dataclass(slots=True)
class Program:
    """A client with its token; without one it is anybody."""

    app: Flask
    token: str | None = None
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **query: object) -> Reply:
        return self.send("GET", path, query_string=query)

    def post(self, path: str, body: object = None, *, key: str | None = None, match: str | None = None) -> Reply:
        return self.send("POST", path, body, key=key, match=match)

    def put(self, path: str, body: object = None, *, key: str | None = None, match: str | None = None) -> Reply:
        return self.send("PUT", path, body, key=key, match=match)

    def upload(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        boundary: str = "confine",
        key: str | None = None,
        to: str = "/deployments",
    ) -> Reply:
        """Send files as a form does; put together here, for what the test client makes of big ones stays open."""
        head = '--{}\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
        parts = [head.format(boundary, name).encode() + content + b"\r\n" for name, content in files]
        body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={boundary}"
        return self.send("POST", to, key=key, data=body, content_type=kind)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        match: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> Reply:
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if key is not None:
            sent["Idempotency-Key"] = key
        if match is not None:
            sent["If-Match"] = match
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        response = self.client.open(API + path, method=method, headers=sent, **options)
        data = response.get_data()
        is_json = "json" in (response.headers.get("Content-Type") or "")
        return Reply(
            response.status_code,
            response.headers,
            json.loads(data, parse_float=Decimal) if is_json and data else None,
            data,
        )


def token_for(
    world: World,
    username: str,
    *,
    scopes: tuple[TokenScope, ...] = EVERYTHING,
    life: timedelta = timedelta(days=1),
    network_id: UUID | None = None,
) -> str:
    with db.transaction() as session:
        _, text = tokens.create(
            session,
            user_id=world.people[username],
            network_id=network_id or world.network_id,
            name="prova",
            scopes=scopes,
            life=life,
        )
    return text
