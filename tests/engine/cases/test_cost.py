"""What a command costs, in statements; and that a case which goes round and round costs no more for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.orm import Session

from engine import clock, db
from engine.cases import lifecycle, tasks, timers
from engine.cases.models import Case, CaseState, UserTask
from tests import database
from tests.engine.cases.conftest import World, after

ANSWER = {"obbligatoria": "x"}
# More than this is a query that has crept in. Without BEGIN, COMMIT, savepoints and the look-up of the web session.
MOST = {"start": 9, "claim": 7, "complete": 10, "complete the last": 14, "fire": 9}


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile; savepoints do not come by this way."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_commands_send_few_statements(world: World) -> None:
    actor, lanes = world.people["operatrice.cav"], {"cav": world.agencies["cav"]}
    warm = world.start("conteso")
    world.do(after(minutes=1), warm, "passo", ANSWER)
    found = {}
    with counted() as sent, world.at(after()) as session:
        case = lifecycle.start(session, actor, "conteso", lanes=lanes)
    found["start"] = len(sent)
    task_id = world.task(case, "passo")
    with counted() as sent, world.at(after(minutes=1)) as session:
        tasks.claim(session, actor, task_id)
    found["claim"] = len(sent)
    with counted() as sent, world.at(after(minutes=2)) as session:
        tasks.complete(session, actor, task_id, ANSWER)
    found["complete the last"] = len(sent)
    turning = world.start("giro")
    task_id = world.claim(after(minutes=1), turning, "passo")
    with counted() as sent, world.at(after(minutes=2)) as session:
        tasks.complete(session, actor, task_id, {"ancora": True})
    found["complete"] = len(sent)
    due = world.start("conteso")
    with counted() as sent, clock.frozen(after(hours=1)):
        assert timers.fire(due.id)
    found["fire"] = len(sent)
    assert {name: number for name, number in found.items() if number > MOST[name]} == {}
    print("statements:", found)  # noqa: T201 - the figures are wanted


def turn(world: World, case: Case, number: int) -> int:
    """One round: claim and complete. Gives how many statements both took."""
    actor, instant = world.people["operatrice.cav"], after(minutes=number)
    task_id = world.task(case, "passo")
    with counted() as sent:
        with world.at(instant) as session:
            tasks.claim(session, actor, task_id)
        with world.at(instant) as session:
            tasks.complete(session, actor, task_id, {"ancora": True})
    return len(sent)


def test_a_case_with_5000_completed_tasks_costs_what_it_cost_at_10(world: World, world_urls: database.Urls) -> None:
    """The first rounds are made by the verbs; their rows are then copied, as if 5,000 had been made."""
    case = world.start("giro")
    for number in range(10):
        turn(world, case, number)
    before = (turn(world, case, 11), _size(case))
    _multiply(world_urls, 455)
    with Session(db.engine()) as session:
        completed = session.query(UserTask).where(UserTask.completed_at.is_not(None)).count()
    assert completed > 5_000
    for number in range(12, 15):
        assert (turn(world, case, number), _size(case)) == before


def _size(case: Case) -> int:
    with Session(db.engine()) as session:
        (stored,) = session.query(CaseState).where(CaseState.case_id == case.id).all()
        return len(stored.sealed)


def _multiply(urls: database.Urls, times: int) -> None:
    """Copy each completed task with its submission, its deadlines and its lines of history."""
    statements = [
        f"""CREATE TABLE copied AS SELECT t.id, gen_random_uuid() AS new
            FROM user_task t, generate_series(1, {times}) WHERE t.state = 'completed'""",
        *[
            _copy(table, renamed)
            for table, renamed in [
                ("user_task", "id"),
                ("form_submission", "task_id"),
                ("deadline", "task_id"),
                ("case_event", "task_id"),
            ]
        ],
        "DROP TABLE copied",
        "ANALYZE",
    ]

    plain = make_url(urls.owner).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _copy(table: str, column: str) -> str:
    with Session(db.engine()) as session:
        names = session.scalars(
            text(
                "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 "
                "AND NOT attisdropped AND attidentity = ''"
            ),
            {"name": table},
        ).all()
    new = {column: "copied.new"} | ({"id": "gen_random_uuid()"} if column != "id" and "id" in names else {})
    chosen = ", ".join(new.get(name, f"old.{name}") for name in names)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} old JOIN copied ON copied.id = "
        f"old.{column}"
    )
