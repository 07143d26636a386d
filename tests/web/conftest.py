"""The application as it runs, on a real database with a small network in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from flask import Flask

from engine import db
from tests import database
from tests.web.story import start
from tests.web.world import Browser, World, app_of, populate, settings
from web import app as web_app

_numbers = count(1)


@pytest.fixture(scope="session")
def populated(database_server: database.Server, database_template: str) -> Iterator[tuple[str, World]]:
    """A database with the network in it, for copying: hashing the passwords takes longer than everything else."""
    name = f"world_{os.getpid()}"
    world = populate(database_server.create(name, database_template))
    yield name, world
    database_server.drop(name)


@pytest.fixture
def urls(database_server: database.Server, populated: tuple[str, World]) -> Iterator[database.Urls]:
    """A fresh copy of that database."""
    name = f"web_{os.getpid()}_{next(_numbers)}"
    yield database_server.create(name, populated[0])
    db.dispose()
    database_server.drop(name)


@pytest.fixture
def world(populated: tuple[str, World]) -> World:
    """The network's ids."""
    return populated[1]


@pytest.fixture(scope="session")
def application() -> Flask:
    """The application, made once: that takes longer than most tests. Which database it works on each of them says."""
    return app_of(database.Urls(app="postgresql://nowhere", owner="postgresql://nowhere"))


@pytest.fixture
def app(application: Flask, urls: database.Urls) -> Flask:
    """The application on a database of the test's own."""
    web_app.open_engine(settings(urls))
    return application


@pytest.fixture
def someone(app: Flask, world: World) -> Callable[..., Browser]:
    """A new browser; with a user name, somebody is logged in already."""

    def opened(username: str | None = None) -> Browser:
        fresh = Browser(app)
        if username:
            fresh.be(world.people[username], world.network_id)
        return fresh

    return opened


@pytest.fixture
def worker(someone: Callable[..., Browser], world: World) -> Browser:
    """An operator with a case just started, whose first step waits to be taken."""
    person = someone("operatrice.cav")
    start(person, world)
    return person
