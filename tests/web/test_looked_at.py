"""That every page is looked at in a browser: what has an address of its own, without a case or a step in it."""

from __future__ import annotations

from flask import Flask

from tests.journeys.test_every_page import PAGES
from tests.web.api.program import API

# No page with a frame, or looked at in a story of its own.
ELSEWHERE = {
    "/": "leads to the inbox",
    "/accesso": "every story begins there",
    "/metrics": "figures, for a machine",
    "/attivita/conteggi": "numbers, for a script",
    "/orologio": "the time, for a script",
    "/pausa": "the page that hides",
    "/registro/csv": "a file",
    "/rete": "shown to who works in several networks: tests/journeys/test_networks.py",
    "/servizio.js": "a script",
    "/ritardi/persone": "is there only where a network has switched it on",
}


def test_every_page_without_a_case_in_its_address_is_looked_at(app: Flask) -> None:
    looked_at = {path.partition("?")[0] for paths in PAGES.values() for path in paths}
    there = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and not rule.arguments - set(rule.defaults or {})
        and not rule.rule.startswith((API, "/health/"))
    }
    assert there == looked_at | set(ELSEWHERE)
    assert not looked_at & set(ELSEWHERE)
