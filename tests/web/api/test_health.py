"""What is told of the service to who is not logged in: whether it is in order, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, text

from engine import db
from tests import alive, database
from tests.web.api.program import Program

Row = dict[str, Any]


@pytest.fixture
def working(app: Any) -> None:
    """A worker that lives, and has looked at everything."""
    alive.work()


def test_health_is_open_and_tells_nothing(app: Any, case: Row, working: None) -> None:
    nobody = Program(app)
    assert nobody.get("/health/live").body == {"status": "live"}
    assert nobody.get("/health/ready").body == {"status": "ready"}


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "UPDATE rung SET due_at = now() - interval '61 seconds'",
        "UPDATE audit_unsealed SET at = now() - interval '61 seconds'",
        "UPDATE worker_beat SET beat_at = now() - interval '21 seconds'",
        "UPDATE worker_beat SET moved_at = now() - interval '61 seconds'",
    ],
)
def test_what_is_not_in_order_is_not_ready_and_nobody_is_told_what(
    app: Any, case: Row, working: None, urls: database.Urls, wrong: str
) -> None:
    engine = create_engine(urls.owner)
    with engine.begin() as connection:
        connection.execute(text(wrong))
    engine.dispose()
    reply = Program(app).get("/health/ready")
    assert (reply.status, reply.code) == (503, "not_ready")
    assert Program(app).get("/health/live").status == 200


def test_a_database_that_is_away_is_told_without_details(operator: Program) -> None:
    db.configure("postgresql://nessuno@127.0.0.1:1/niente")
    for reply in (operator.get("/tasks"), Program(operator.app).get("/health/ready")):
        assert (reply.status, reply.code) == (503, "service_unavailable")
        assert b"127.0.0.1" not in reply.raw
