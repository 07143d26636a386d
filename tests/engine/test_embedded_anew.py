"""A data directory that somebody deletes, and makes again: `rm -rf .staffetta`, then `make run`."""

from __future__ import annotations

import os
import shutil

import psutil
import pytest

from engine import embedded
from engine.embedded import places, server
from tests import database


def answers(endpoint: embedded.Endpoint) -> bool:
    with endpoint.connect(embedded.APPLICATION) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def has_ended(pid: int) -> bool:
    """Wait until a process is gone, or is a zombie that nobody has asked for."""
    try:
        psutil.Process(pid).wait(timeout=20)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root the database lies elsewhere than the data directory")
def test_a_deleted_data_directory_can_be_made_anew() -> None:
    with database.embedded_home() as home:
        data = home / "data"
        embedded.Cluster(data, durable=False).start()
        left_running = server.find(places.settle(data).cluster)
        assert left_running is not None
        shutil.rmtree(data)

        with embedded.Cluster(data, durable=False).hold() as endpoint:
            assert answers(endpoint)
            assert has_ended(left_running.pid), "the server of the deleted directory is stopped"
        with embedded.Cluster(data, durable=False).hold() as endpoint:
            assert answers(endpoint), "and the new one is found again"
