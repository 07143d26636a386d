"""The embedded PostgreSQL under its supervisor: started, adopted, shared, killed, stopped."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from engine import embedded
from engine.embedded import binaries, places, server
from tests import database

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


@pytest.fixture
def home() -> Iterator[Path]:
    with database.embedded_home() as directory:
        yield directory


@pytest.fixture
def cluster(home: Path) -> Iterator[embedded.Cluster]:
    cluster = embedded.Cluster(home / "data", durable=False)
    yield cluster
    cluster.stop()


def postmaster(home: Path) -> server.Postmaster | None:
    return server.find(places.settle(home / "data").cluster)


def answers(endpoint: embedded.Endpoint) -> bool:
    with endpoint.connect(embedded.APPLICATION) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def write_through_owner(endpoint: embedded.Endpoint, text: str) -> None:
    with endpoint.connect(embedded.OWNER) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def notes(endpoint: embedded.Endpoint) -> list[str]:
    with endpoint.connect(embedded.OWNER) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note")]


def test_it_starts_on_a_private_socket_and_on_no_tcp_port(cluster: embedded.Cluster, home: Path) -> None:
    endpoint = cluster.start()

    assert answers(endpoint)
    assert stat.S_IMODE(endpoint.socket_directory.stat().st_mode) == 0o700
    found = postmaster(home)
    assert [c for c in psutil.Process(found.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
    with endpoint.connect(embedded.OWNER) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_a_durable_server_waits_for_the_disk(home: Path) -> None:
    cluster = embedded.Cluster(home / "data")
    endpoint = cluster.start()
    try:
        with endpoint.connect(embedded.APPLICATION) as connection:
            shown = [connection.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "synchronous_commit")]
    finally:
        cluster.stop()

    assert shown == ["on", "on"]


def test_a_running_server_is_adopted(cluster: embedded.Cluster, home: Path) -> None:
    cluster.start()
    first = postmaster(home)

    endpoint = embedded.Cluster(home / "data", durable=False).start()

    assert postmaster(home).pid == first.pid
    assert answers(endpoint)


def test_data_outlive_a_restart(cluster: embedded.Cluster) -> None:
    write_through_owner(cluster.start(), "kept")
    cluster.stop()

    assert notes(cluster.start()) == ["kept"]


def test_after_kill_9_of_the_server_it_comes_back_with_everything_committed(
    cluster: embedded.Cluster, home: Path
) -> None:
    endpoint = cluster.start()
    write_through_owner(endpoint, "committed")
    killed = postmaster(home)
    os.kill(killed.pid, signal.SIGKILL)
    wait_until_gone(killed.pid)

    endpoint = cluster.ensure_running()

    assert postmaster(home).pid != killed.pid
    assert notes(endpoint) == ["committed"]


def test_backends_that_outlive_a_killed_server_are_ended(cluster: embedded.Cluster, home: Path) -> None:
    endpoint = cluster.start()
    connection = endpoint.connect(embedded.OWNER)
    backend = connection.info.backend_pid
    # A busy backend does not look for its postmaster; a stopped one is as deaf, and for certain.
    os.kill(backend, signal.SIGSTOP)
    killed = postmaster(home)
    os.kill(killed.pid, signal.SIGKILL)
    wait_until_gone(killed.pid)

    assert answers(cluster.ensure_running())

    assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE
    connection.close()


def test_a_server_that_has_lost_a_backend_and_recovers_is_waited_for(cluster: embedded.Cluster, home: Path) -> None:
    endpoint = cluster.start()
    before = postmaster(home)
    connection = endpoint.connect(embedded.OWNER)
    os.kill(connection.info.backend_pid, signal.SIGKILL)

    assert answers(cluster.start())

    assert postmaster(home).pid == before.pid
    connection.close()


def test_a_lost_password_is_said(cluster: embedded.Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.embedded.cluster._LONGEST_SILENCE", 0.3)
    cluster.start()
    (home / "data" / "passwords" / embedded.SUPERUSER).unlink()

    with pytest.raises(embedded.EmbeddedDatabaseError, match="password authentication failed"):
        cluster.start()


def test_a_lock_file_with_the_process_id_of_somebody_else_does_not_stop_the_start(
    cluster: embedded.Cluster, home: Path
) -> None:
    cluster.start()
    settled = places.settle(home / "data")
    pid_file = settled.cluster / "postmaster.pid"
    kept = pid_file.read_text()
    killed = postmaster(home)
    os.kill(killed.pid, signal.SIGKILL)
    wait_until_gone(killed.pid)
    # A bystander that runs as the server's own user: PostgreSQL itself would take it for a living postmaster.
    bystander = subprocess.Popen(["/bin/sleep", "60"], user=settled.account.uid, group=settled.account.gid)
    try:
        pid_file.write_text(kept.replace(str(killed.pid), str(bystander.pid), 1))

        assert answers(cluster.ensure_running())
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_the_last_of_two_holders_stops_it(home: Path) -> None:
    first = embedded.Cluster(home / "data", durable=False).hold()
    second = embedded.Cluster(home / "data", durable=False).hold()

    first.release()
    assert answers(second.endpoint)

    second.release()
    assert postmaster(home) is None


def test_releasing_twice_takes_nothing_from_another_holder(home: Path) -> None:
    first = embedded.Cluster(home / "data", durable=False).hold()
    with embedded.Cluster(home / "data", durable=False).hold() as endpoint:
        first.release()
        first.release()
        assert answers(endpoint)


def test_a_holder_that_is_killed_leaves_a_server_that_the_next_one_adopts_and_stops(home: Path) -> None:
    script = (
        "import sys, time, pathlib; from engine import embedded; "
        "hold = embedded.Cluster(pathlib.Path(sys.argv[1]), durable=False).hold(); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(home / "data")], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    left = postmaster(home)
    assert left is not None

    with embedded.Cluster(home / "data", durable=False).hold() as endpoint:
        assert answers(endpoint)
        assert postmaster(home).pid == left.pid

    assert postmaster(home) is None


def test_many_who_start_at_once_get_one_server(home: Path) -> None:
    holds: list[embedded.Hold] = []
    threads = [
        threading.Thread(target=lambda: holds.append(embedded.Cluster(home / "data", durable=False).hold()))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(holds) == 5
    assert len({hold.endpoint for hold in holds}) == 1
    for hold in holds:
        assert answers(hold.endpoint)
        hold.release()
    assert postmaster(home) is None


def test_an_initialisation_cut_short_is_begun_again(cluster: embedded.Cluster, home: Path) -> None:
    (home / "data").mkdir(mode=0o700)
    settled = places.settle(home / "data")
    unfinished = settled.home / "cluster.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    assert answers(cluster.start())
    assert not unfinished.exists()


def test_the_application_role_cannot_change_the_schema(cluster: embedded.Cluster) -> None:
    with (
        cluster.start().connect(embedded.APPLICATION) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_neither_role_rises_above_its_use(cluster: embedded.Cluster) -> None:
    with cluster.start().connect(embedded.APPLICATION) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
            " FROM pg_roles WHERE rolname LIKE 'staffetta%' ORDER BY rolname"
        ).fetchall()

    assert rows == [(embedded.APPLICATION, False), (embedded.OWNER, False)]


def test_a_wrong_password_is_refused(cluster: embedded.Cluster) -> None:
    endpoint = cluster.start()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=str(endpoint.socket_directory), user=embedded.APPLICATION, password="x", dbname="postgres")


def test_passwords_are_random_and_closed_to_others(cluster: embedded.Cluster, home: Path) -> None:
    cluster.start()

    files = list((home / "data" / "passwords").iterdir())
    assert {file.name for file in files} == {embedded.SUPERUSER, embedded.OWNER, embedded.APPLICATION}
    assert len({file.read_text() for file in files}) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_directory_of_another_major_version_is_refused(cluster: embedded.Cluster, home: Path) -> None:
    cluster.start()
    cluster.stop()
    version = places.settle(home / "data").cluster / "PG_VERSION"
    right = version.read_text()
    version.write_text("17\n")

    with pytest.raises(embedded.EmbeddedDatabaseError, match="was made by PostgreSQL 17"):
        cluster.start()
    version.write_text(right)


def test_a_failed_start_tells_the_last_words_of_the_server(cluster: embedded.Cluster, home: Path) -> None:
    cluster.start()
    cluster.stop()
    local = places.settle(home / "data").cluster / "local.conf"
    local.write_text("shared_buffers = 'plenty'\n")

    with pytest.raises(embedded.EmbeddedDatabaseError, match="shared_buffers"):
        cluster.start()
    local.unlink()


def test_a_path_too_long_for_a_socket_gets_a_short_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFFETTA_EMBEDDED_HOME", str(home / ("h" * 90)))
    cluster = embedded.Cluster(home / ("d" * 90), durable=False)
    with cluster.hold() as endpoint:
        assert answers(endpoint)
        assert len(str(endpoint.socket_directory)) < 80
        assert stat.S_IMODE(endpoint.socket_directory.stat().st_mode) == 0o700
    with cluster.hold() as again:
        assert again.socket_directory == endpoint.socket_directory
    endpoint.socket_directory.rmdir()


def test_the_log_tells_neither_statements_nor_values(cluster: embedded.Cluster, home: Path) -> None:
    endpoint = cluster.start()
    with endpoint.connect(embedded.OWNER) as connection:
        connection.execute("CREATE TABLE secret (value text UNIQUE)")
        connection.execute("INSERT INTO secret VALUES ('canarino')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO secret VALUES ('canarino')")
    cluster.stop()

    logs = "".join(path.read_text() for path in (places.settle(home / "data").home / "log").iterdir())
    assert "duplicate key" in logs
    assert "canarino" not in logs


@as_root
def test_for_root_it_runs_as_another_user_and_no_permission_on_the_way_changes(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    before = {path: path.stat().st_mode for path in (home, closed, *home.parents)}

    with embedded.Cluster(closed / "data", durable=False).hold() as endpoint:
        assert answers(endpoint)
        found = server.find(places.settle(closed / "data").cluster)
        assert psutil.Process(found.pid).uids().effective != 0

    assert {path: path.stat().st_mode for path in before} == before
    assert {path.stat().st_uid for path in (closed / "data").rglob("*")} == {0}


@as_root
def test_programs_that_its_user_cannot_reach_are_copied_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    programs = binaries.copy(binaries.installed(), closed)
    monkeypatch.setattr(binaries, "installed", lambda: programs)

    cluster = embedded.Cluster(home / "data", durable=False)
    with cluster.hold() as endpoint:
        assert answers(endpoint)
    copied = list((home / "home").glob("postgresql-*"))
    made = copied[0].stat().st_ctime_ns
    with cluster.hold() as endpoint:
        assert answers(endpoint)

    assert len(copied) == 1
    assert copied[0].stat().st_ctime_ns == made
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_a_home_that_its_user_cannot_enter_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("STAFFETTA_EMBEDDED_HOME", str(closed / "home"))

    with pytest.raises(embedded.EmbeddedDatabaseError, match="cannot reach"):
        embedded.Cluster(home / "data").start()


@as_root
def test_a_copied_data_directory_is_refused(cluster: embedded.Cluster, home: Path) -> None:
    cluster.start()
    subprocess.run(["/bin/cp", "-a", home / "data", home / "copy"], check=True)

    with pytest.raises(embedded.EmbeddedDatabaseError, match="is a copy of"):
        embedded.Cluster(home / "copy").start()


@as_root
def test_a_moved_data_directory_keeps_its_data(cluster: embedded.Cluster, home: Path) -> None:
    write_through_owner(cluster.start(), "moved along")
    cluster.stop()
    (home / "data").rename(home / "elsewhere")

    with embedded.Cluster(home / "elsewhere", durable=False).hold() as endpoint:
        assert notes(endpoint) == ["moved along"]


def wait_until_gone(pid: int) -> None:
    end = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.01)
