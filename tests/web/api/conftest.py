"""Programs, and a case to work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.web.api.program import EVERYTHING, Program, token_for
from tests.web.world import World

Programs = Callable[..., Program]

INTAKE = {"canale": "da_sola", "rischio_segnalato": "ALTO"}


@pytest.fixture
def program(app: Flask, world: World) -> Programs:
    """A program with a token of somebody; without a name it has none."""

    def made(username: str | None = None, *scopes: Any) -> Program:
        token = token_for(world, username, scopes=scopes or EVERYTHING) if username is not None else None
        return Program(app, token)

    return made


@pytest.fixture
def operator(program: Programs) -> Program:
    """A program of the centre's operator."""
    return program("operatrice.cav")


@pytest.fixture
def case(operator: Program, world: World) -> dict[str, Any]:
    """A case of the centre, just opened."""
    return start(operator, world)


@pytest.fixture
def task(operator: Program, case: dict[str, Any]) -> dict[str, Any]:
    """The case's first step, still to be taken."""
    (row,) = operator.get("/tasks").body["items"]
    return row


def start(operator: Program, world: World) -> dict[str, Any]:
    lanes = {"cav": str(world.agencies["cav"])}
    started = operator.post("/cases", {"definition": "accoglienza_cav", "lanes": lanes, "variables": INTAKE})
    assert started.status == 201, started.raw
    return started.body
