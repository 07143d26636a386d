"""The system of the journeys, and people in front of a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from engine import db, parameters
from tests import database
from tests.journeys import system
from tests.journeys.people import Person
from tests.web.handing_over import shelters
from tests.web.world import PROCESSES, World, populate

_numbers = count(1)

# How long things take in these stories: long enough to be acted on, short enough to be waited for.
_SHORT = {"D04.alto": "PT6S"}


@pytest.fixture(scope="module")
def installation(
    request: pytest.FixtureRequest,
    database_server: database.Server,
    database_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[system.System, World]]:
    """The system as it runs, with a small network in it whose deadlines are a matter of seconds.

    A module that needs more in it says how to make that: `besides(world)`.
    """
    data_dir: Path = tmp_path_factory.mktemp("data")
    name = f"journey_{os.getpid()}_{next(_numbers)}"
    urls = database_server.create(name, database_template)
    settings = system.secrets_in(data_dir)
    world = populate(urls, settings.keys)
    db.configure(urls.app)
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, _shortened())
    shelters(world)
    getattr(request.module, "besides", lambda _world: None)(world)
    db.dispose()
    with system.running(urls, data_dir) as running:
        yield running, world
    database_server.drop(name)


@pytest.fixture
def person(
    browser: Browser, installation: tuple[system.System, World], tmp_path: Path
) -> Iterator[Callable[..., Person]]:
    """Somebody in front of a browser of her own, logged in; what her browser complained about fails the test."""
    people: list[Person] = []

    def arrive(username: str, *, javascript: bool = True, network: str | None = None) -> Person:
        context = browser.new_context(locale="it-IT", java_script_enabled=javascript)
        pictures = Path(os.environ.get("STAFFETTA_SCREENSHOTS", tmp_path))
        somebody = Person(context, installation[0].address, pictures, javascript=javascript)
        people.append(somebody)
        somebody.log_in(username, network=network)
        return somebody

    yield arrive
    for somebody in people:
        somebody.leave()
    assert [complaint for somebody in people for complaint in somebody.complaints] == []


def _shortened() -> str:
    lines = (PROCESSES / "parameters.toml").read_text().splitlines()
    for name, length in _SHORT.items():
        start = lines.index(f'["{name}"]')
        number = next(number for number in range(start, len(lines)) if lines[number].startswith("length = "))
        lines[number] = f'length = "{length}"'
    return "\n".join(lines)
