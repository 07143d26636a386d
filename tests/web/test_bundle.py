"""The built style sheet, fonts and script, in a real browser and under a strict policy for content."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

BUNDLE = Path(__file__).parents[2] / "web" / "static" / "dist"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'"

PAGE = """<!doctype html>
<html lang="it"><head><meta charset="utf-8"><title>Prova</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/{style}"><script type="module" src="/{script}"></script></head>
<body><h1>Da prendere in carico</h1><p class="font-monospace">K7QF-31</p>
<button class="btn btn-primary">Prendi in carico</button>
<svg class="icon" role="img" aria-label="orologio"><use href="/{icons}#it-clock"></use></svg></body></html>"""


class Handler(SimpleHTTPRequestHandler):
    page = ""

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.page.encode())

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    manifest = json.loads((BUNDLE / "manifest.json").read_text())
    entry = manifest["src/main.js"]
    Handler.page = PAGE.format(style=entry["css"][0], script=entry["file"], icons=manifest["sprites.svg"]["file"])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(BUNDLE))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(locale="it-IT") as context:
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(address) or page.complaints.append(request.url))
        page.goto(address, wait_until="networkidle")
        yield page


def test_it_loads_everything_from_us_and_nothing_is_refused(page: Page) -> None:
    assert page.complaints == []


def test_the_fonts_are_those_of_the_design_system(page: Page) -> None:
    loaded = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
    assert {name.strip('"') for name in loaded} >= {"Titillium Web", "Roboto Mono"}


def test_the_icons_are_drawn(page: Page) -> None:
    box = page.evaluate(
        "(() => { const box = document.querySelector('use').getBBox(); return box.width * box.height })()"
    )
    assert box > 0
