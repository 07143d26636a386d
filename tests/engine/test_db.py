from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, InternalError

from engine import audit, clock, db, errors
from engine.audit.models import AuditEntry
from engine.cases.models import Case
from engine.participants.models import Network
from tests import database

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def add_network(session: db.Session, key: str) -> None:
    session.add(Network(key=key, name=key))
    session.flush()


def stored_keys() -> set[str]:
    with db.transaction(read_only=True) as session:
        return set(session.scalars(select(Network.key)))


def test_a_command_commits_on_return(configured: database.Urls) -> None:
    with db.transaction() as session:
        add_network(session, "a")
    assert stored_keys() == {"a"}


def test_a_command_that_raises_leaves_nothing(configured: database.Urls) -> None:
    with pytest.raises(KeyError), db.transaction() as session:
        add_network(session, "a")
        raise KeyError
    assert stored_keys() == set()


def test_a_refused_command_leaves_nothing(configured: database.Urls) -> None:
    with pytest.raises(errors.TaskTaken), db.transaction() as session:
        add_network(session, "a")
        raise errors.TaskTaken
    assert stored_keys() == set()


def test_a_refused_command_keeps_the_due_work_and_only_that(configured: database.Urls) -> None:
    with pytest.raises(errors.TaskNotOpen) as caught, db.transaction() as session:
        add_network(session, "due")
        db.keep(session)
        add_network(session, "command")
        raise errors.TaskNotOpen(task_id=1)
    assert caught.value.ids == {"task_id": 1}
    assert stored_keys() == {"due"}


def test_a_crash_takes_the_due_work_back_too(configured: database.Urls) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        add_network(session, "due")
        db.keep(session)
        raise ZeroDivisionError
    assert stored_keys() == set()


def test_a_command_lives_in_one_instant_of_the_database(configured: database.Urls) -> None:
    with db.transaction() as session:
        first = clock.now()
        session.execute(text("SELECT pg_sleep(0.01)"))
        assert clock.now() == first == session.info["now"]
        later = session.execute(select(func.clock_timestamp())).scalar_one()
    assert timedelta(0) < later - first < timedelta(seconds=5)
    assert not clock.running()


def test_a_frozen_clock_gives_each_command_that_instant(configured: database.Urls) -> None:
    with clock.frozen(NOON), db.transaction() as session:
        assert clock.now() == NOON
        add_network(session, "a")
        assert session.scalars(select(Network.created_at)).one() == NOON


def test_a_command_within_a_command_is_a_mistake(configured: database.Urls) -> None:
    with db.transaction(), pytest.raises(RuntimeError, match="running already"), db.transaction():
        pytest.fail("two commits in one command")


def test_a_read_only_command_cannot_write(configured: database.Urls) -> None:
    with pytest.raises(InternalError) as caught, db.transaction(read_only=True) as session:
        add_network(session, "a")
    assert isinstance(caught.value.orig, psycopg.errors.ReadOnlySqlTransaction)
    with db.transaction() as session:  # and the connection is not read-only afterwards
        add_network(session, "b")
    assert stored_keys() == {"b"}


def test_rows_stay_readable_after_their_command(configured: database.Urls) -> None:
    with db.transaction() as session:
        network = Network(key="a", name="A")
        session.add(network)
    assert (network.name, network.created_at.tzinfo) == ("A", UTC)


def test_a_datetime_without_zone_never_reaches_a_row(configured: database.Urls) -> None:
    with pytest.raises(ValueError, match="no instant"), db.transaction() as session:
        session.add(Network(key="a", name="A", created_at=datetime(2026, 3, 2)))  # noqa: DTZ001 - that is the point
        session.flush()


def test_a_status_that_is_none_of_ours_is_refused_by_the_database(configured: database.Urls) -> None:
    with pytest.raises(IntegrityError, match="ck_case_file_casestatus"), db.transaction() as session:
        add_network(session, "a")
        session.execute(
            text(
                "INSERT INTO case_file (id, network_id, code, state, opened_at, version, attempts)"
                " SELECT gen_random_uuid(), id, 'C', 'lost', now(), 0, 0 FROM network",
            ),
        )


def test_an_error_of_the_database_does_not_show_the_values_of_the_statement(configured: database.Urls) -> None:
    with pytest.raises(IntegrityError) as caught, db.transaction() as session:
        session.add(Case(network_id=db.new_id(), code="segreto"))
        session.flush()
    assert "segreto" not in str(caught.value)


def test_the_instants_of_eight_threads_do_not_mix(configured: database.Urls) -> None:
    seen: dict[int, bool] = {}

    def command(number: int) -> None:
        at = NOON + timedelta(days=number)
        with clock.frozen(at), db.transaction() as session:
            session.execute(text("SELECT pg_sleep(0.02)"))
            seen[number] = clock.now() == at

    threads = [threading.Thread(target=command, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == dict.fromkeys(range(8), True)


def test_one_command_at_a_time_passes_an_exclusive_name(configured: database.Urls) -> None:
    inside: list[str] = []
    entered = threading.Event()

    def second() -> None:
        with db.transaction() as session:
            entered.set()
            db.exclusive(session, "x")
            inside.append("second")

    with db.transaction() as session:
        db.exclusive(session, "x")
        thread = threading.Thread(target=second)
        thread.start()
        assert entered.wait(10)
        session.execute(text("SELECT pg_sleep(0.1)"))
        inside.append("first")
    thread.join()
    assert inside == ["first", "second"]


def test_a_server_that_is_not_there_is_said_so() -> None:
    db.configure("postgresql://nobody@127.0.0.1:1/nothing")
    try:
        with pytest.raises(errors.DatabaseUnavailable) as caught, db.transaction():
            pytest.fail("there is no server")
        assert not caught.value.in_doubt
    finally:
        db.dispose()


def test_a_connection_cut_within_a_command_is_said_and_the_next_command_works(configured: database.Urls) -> None:
    with pytest.raises(errors.DatabaseUnavailable) as caught, db.transaction() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        kill(configured, pid)
        add_network(session, "a")
    assert not caught.value.in_doubt
    assert stored_keys() == set()


def test_a_connection_cut_at_the_commit_leaves_the_outcome_in_doubt(configured: database.Urls) -> None:
    with pytest.raises(errors.DatabaseUnavailable) as caught, db.transaction() as session:
        add_network(session, "a")
        kill(configured, session.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert caught.value.in_doubt


def test_a_pooled_connection_that_died_meanwhile_is_replaced(configured: database.Urls) -> None:
    with db.transaction() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    kill(configured, pid)
    assert stored_keys() == set()


def test_a_statement_that_the_server_refuses_is_no_outage(configured: database.Urls) -> None:
    with pytest.raises(Exception, match="does not exist") as caught, db.transaction() as session:
        session.execute(text("SELECT 1 FROM nothing"))
    assert not isinstance(caught.value, errors.DatabaseUnavailable)


def test_without_a_configured_database_a_command_is_a_mistake() -> None:
    db.dispose()
    with pytest.raises(RuntimeError, match="no database is configured"), db.transaction():
        pytest.fail("there is no database")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_the_address_uses_our_driver(scheme: str) -> None:
    assert db.normalised(f"{scheme}://a:p%40ss@h/d") == "postgresql+psycopg://a:p%40ss@h/d"


def kill(urls: database.Urls, pid: int) -> None:
    """End a connection of the application from outside, and wait until it is gone."""
    engine = create_engine(urls.app)  # the same role may end its own connections
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    finally:
        engine.dispose()


def _recorded(session: db.Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_row_without_an_object_is_written_before_anybody_asks_for_it(configured: database.Urls) -> None:
    with db.transaction() as session:
        audit.record(session, None, "first", "test", "1")
        assert _recorded(session) == ["first"]
        audit.record(session, None, "second", "test", "1")
    with db.transaction() as session:
        assert _recorded(session) == ["first", "second"]


def test_a_row_without_an_object_goes_with_the_savepoint_that_it_was_added_in(configured: database.Urls) -> None:
    with db.transaction() as session:
        audit.record(session, None, "kept", "test", "1")
        with pytest.raises(KeyError), session.begin_nested():
            audit.record(session, None, "taken back", "test", "1")
            raise KeyError
    with db.transaction() as session:
        assert _recorded(session) == ["kept"]
