"""The REST API: the same verbs as the pages, for programs. `/api/v1/openapi.json` describes it."""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from flask_smorest import Api

from web.api import (
    agencies,
    agreements,
    board,
    breaches,
    calling,
    cases,
    contacts,
    data_requests,
    definitions,
    exclusions,
    files,
    handovers,
    health,
    identity,
    items,
    ladders,
    links,
    messages,
    migrations,
    problems,
    questions,
    referrals,
    rosters,
    schemas,
    substitutions,
    tasks,
    terms,
    vital_interests,
    webhooks,
    writing,
)

_PARTS = (
    definitions,
    migrations,
    cases,
    agreements,
    vital_interests,
    tasks,
    terms,
    calling,
    substitutions,
    handovers,
    files,
    messages,
    board,
    agencies,
    breaches,
    data_requests,
    questions,
    items,
    referrals,
    exclusions,
    links,
    ladders,
    rosters,
    contacts,
    webhooks,
    health,
)
_DESCRIPTION = (
    "Every request but those of `health` carries a bearer token (`staffetta token create`), which acts for a person in"
    " one network: she sees and may do what she does on the pages. Whoever works in several networks has a token for"
    " each: no answer holds anything of another one. Errors are application/problem+json (RFC 9457)."
    " What is not yours answers 404, like what does not exist. Lists are walked through by `next`; rows that come in"
    " meanwhile neither repeat nor hide others. A refused command leaves nothing, and may be sent again."
)


# These may say after how long to try again.
_TRY_AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class _Document(Api):  # type: ignore[misc] # flask-smorest has no types
    """The OpenAPI document alone: errors are answered by web.errors, in one place for pages and API."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    @cached_property
    def text(self) -> bytes:
        """The document, written once: it is open to everybody and must cost nothing."""
        return writing.dumps(self.spec.to_dict())

    def _openapi_json(self) -> Response:
        return Response(self.text, content_type="application/json")

    def _register_error_handlers(self) -> None:
        pass

    def _register_etag_headers(self) -> None:
        pass

    def _register_pagination_header(self) -> None:
        pass

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            content = {problems.CONTENT_TYPE: {"schema": schemas.Problem}}
            response: dict[str, Any] = {"description": status.phrase, "content": content}
            if status in _TRY_AGAIN:
                response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}}
            self.spec.components.response(status.name, response, lazy=True)


def install(app: Flask) -> None:
    """Give the application its API."""
    app.config.update(
        API_TITLE="Staffetta",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=identity.PREFIX,
        API_SPEC_OPTIONS={"info": {"description": _DESCRIPTION}},
    )
    document = _Document(app)
    bearer = {"type": "http", "scheme": "bearer", "description": "One of the scopes read, work, deploy, messages."}
    document.spec.components.security_scheme("bearer", bearer)
    for module in _PARTS:
        routes = module.routes
        app.register_blueprint(routes)
        routes.register_views_in_doc(document, app, document.spec, name=routes.name, parameters=None)
        document.spec.tag({"name": routes.tag, "description": routes.description})
