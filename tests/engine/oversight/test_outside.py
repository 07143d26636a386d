"""Who stands outside hears of us once a minute, and no more when something is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine import clock
from engine.oversight import outside
from tests import alive
from tests.engine.cases.conftest import World, after


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str], list[int]]]:
    """A server that writes down what it is asked for, and answers with the last of some states."""
    asked, answers = [], [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(answers[-1])
            self.send_header("Location", "/altrove")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ping/segreto?x=1", asked, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_somebody_outside_hears_that_all_is_well_and_nothing_where_it_is_not(
    world: World, listener: tuple[str, list[str], list[int]]
) -> None:
    url, asked, _answers = listener
    with clock.frozen(after()):
        assert outside.tell(url) is False
        assert asked == []
        alive.work()
        assert outside.tell(url) is True
    assert asked == ["/ping/segreto?x=1"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_who_does_not_hear_us_is_told_without_the_address(
    world: World, listener: tuple[str, list[str], list[int]], status: int
) -> None:
    url, asked, answers = listener
    answers.append(status)
    with clock.frozen(after()):
        alive.work()
        with pytest.raises(outside.Unheard) as unheard:
            outside.tell(url)
    assert (str(unheard.value), len(asked)) == (str(status), 1), "no redirect is followed"


def test_an_address_where_nobody_is_is_told_without_it(world: World) -> None:
    with clock.frozen(after()):
        alive.work()
        with pytest.raises(outside.Unheard) as unheard:
            outside.tell("http://127.0.0.1:1/segreto")
    assert str(unheard.value) == "ConnectionRefusedError"
