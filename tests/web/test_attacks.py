"""What a stranger's program or site could send along, at every address: fields that nobody declared, another host."""

from __future__ import annotations

from flask import Flask

from tests.web import sendings
from tests.web.api.program import ABSENT, API, EVERYTHING, Program, token_for
from tests.web.world import World
from web import policy
from web.policy import Door

ELSEWHERE = "altrove.example"


def addresses(app: Flask, method: str) -> list[tuple[str, str]]:
    """The endpoints of a method that are not open to everybody, each with its path for ids that do not exist."""
    urls = app.url_map.bind("127.0.0.1")
    return [
        (rule.endpoint, urls.build(rule.endpoint, dict.fromkeys(rule.arguments, ABSENT), method=method))
        for rule in app.url_map.iter_rules()
        if method in rule.methods and not policy.lets_in(rule.endpoint, Door.EVERYBODY)
    ]


def test_no_body_takes_a_field_that_is_not_declared(app: Flask, world: World) -> None:
    roles = ("responsabile.cav", "progettista", "coordinamento", "amministratore", "dpo")
    callers = [Program(app, token_for(world, name, scopes=EVERYTHING)) for name in roles]
    sent = 0
    for method in ("POST", "PUT"):
        for endpoint, path in addresses(app, method):
            if not path.startswith(API) or sendings.of_api(endpoint) is None:  # files, or nothing
                continue
            body = {**sendings.BODIES[endpoint.partition(".")[2]], "network_id": ABSENT, "agreed": True}
            replies = [one.send(method, path.removeprefix(API), body) for one in callers]
            reply = next(one for one in replies if one.code != "forbidden")
            assert (reply.status, reply.wrong()["#/network_id"]) == (422, "undeclared"), endpoint
            sent += 1
    assert sent > 30


def test_no_query_takes_a_parameter_that_is_not_declared(app: Flask, world: World) -> None:
    lead = Program(app, token_for(world, "responsabile.cav"))
    for path in ("/tasks", f"/cases/{ABSENT}/history", f"/cases/{ABSENT}/tasks", "/definitions"):
        assert lead.get(path, network=ABSENT).status == 422, path


def test_no_header_says_where_we_are(app: Flask, someone) -> None:
    """Without a trusted proxy nothing of a forged host comes into an address, and no header changes a method."""
    browser = someone("operatrice.cav")
    forged = {"X-Forwarded-Host": ELSEWHERE, "X-Forwarded-Proto": "https", "Forwarded": f"host={ELSEWHERE}"}
    for endpoint, path in addresses(app, "GET"):
        if path.startswith(API):
            continue
        answer = browser.client.get(path, headers={**forged, "X-HTTP-Method-Override": "POST", "X-Original-URL": "/"})
        assert answer.status_code in {200, 302, 303, 403, 404, 422}, endpoint
        assert ELSEWHERE not in answer.get_data(as_text=True) + str(answer.headers), endpoint
        answer = browser.client.get(path, base_url=f"http://{ELSEWHERE}")
        assert ELSEWHERE not in answer.get_data(as_text=True) + str(answer.headers), endpoint
