"""/metrics: figures of the whole, for whoever has the token, and for nobody where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text

from tests import alive, database
from tests.web.story import start
from tests.web.world import World

TOKEN = "un-gettone-di-prova-lungo-abbastanza-0123456789"


@pytest.fixture
def measured(app: Flask) -> Iterator[Flask]:
    app.config["METRICS_TOKEN"] = TOKEN.encode()
    yield app
    app.config["METRICS_TOKEN"] = None


def scraped(app: Flask, token: str = TOKEN) -> dict[tuple[str, ...], float]:
    reply = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(reply.get_data(as_text=True))
    return {
        (sample.name, *(sample.labels[key] for key in ("code", "severity") if key in sample.labels)): sample.value
        for family in families
        for sample in family.samples
    }


def test_without_a_token_there_are_none(app: Flask) -> None:
    assert app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404


@pytest.mark.parametrize("given", [None, "", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer è", f"Bearer {TOKEN}x"])
def test_a_wrong_token_gets_nothing(measured: Flask, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given.encode().decode("latin-1")}
    reply = measured.test_client().get("/metrics", headers=headers)
    assert reply.status_code == 401
    assert b"staffetta_" not in reply.data


def test_the_figures_say_how_the_clockwork_runs(measured: Flask, urls: database.Urls, someone, world: World) -> None:
    start(someone("operatrice.cav"), world)
    alive.work()
    found = scraped(measured)
    assert found["staffetta_workers",] == 1
    assert found["staffetta_deadlines_armed",] >= 1
    assert (found["staffetta_deadlines_late",], found["staffetta_undone_seconds",]) == (0, 0)
    assert found["staffetta_worker_beat_age_seconds",] < 20
    assert {value for key, value in found.items() if key[0] == "staffetta_findings"} == {0}
    engine = create_engine(urls.owner)
    with engine.begin() as connection:
        connection.execute(text("UPDATE worker_beat SET beat_at = now() - interval '1 hour'"))
        connection.execute(text("UPDATE rung SET due_at = now() - interval '90 seconds'"))
        connection.execute(text("UPDATE deadline SET due_at = now() - interval '80 seconds'"))
    engine.dispose()
    found = scraped(measured)
    assert found["staffetta_findings", "no_worker", "alarm"] == 1
    assert found["staffetta_findings", "worker_silent", "warning"] == 1
    assert found["staffetta_findings", "due_undone", "alarm"] == 1
    assert found["staffetta_workers",] == 0
    assert found["staffetta_deadlines_late",] >= 1
    assert found["staffetta_undone_seconds",] > 89


def test_the_figures_are_of_nobody(measured: Flask, someone, world: World) -> None:
    start(someone("operatrice.cav"), world)
    alive.work()
    said = measured.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).get_data(as_text=True)
    for secret in ("Centro antiviolenza", "operatrice", "D03", str(world.network_id)):
        assert secret not in said
