"""A request that comes twice happens once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from engine import clock, db
from engine.participants import repetition
from tests import database
from tests.web.api.conftest import INTAKE, Programs
from tests.web.api.program import Program, Reply
from tests.web.world import World, diagrams

Row = dict[str, Any]
KEY = "3f0c1f6e-3f55-4c58-9c2a-0a7d0f6f2f51"


def opening(world: World) -> Row:
    return {"definition": "accoglienza_cav", "lanes": {"cav": str(world.agencies["cav"])}, "variables": INTAKE}


def cases(urls: database.Urls) -> int:
    engine = create_engine(urls.owner)
    with engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM case_file"))
    engine.dispose()
    return int(count or 0)


def test_the_same_request_again_gets_the_same_answer(operator: Program, world: World, urls: database.Urls) -> None:
    first, second = (operator.post("/cases", opening(world), key=KEY) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.raw == second.raw
    assert cases(urls) == 1


def test_without_a_key_every_request_happens(operator: Program, world: World, urls: database.Urls) -> None:
    assert operator.post("/cases", opening(world)).body["id"] != operator.post("/cases", opening(world)).body["id"]
    assert cases(urls) == 2


def test_the_same_key_with_another_request_is_refused(operator: Program, world: World, urls: database.Urls) -> None:
    assert operator.post("/cases", opening(world), key=KEY).status == 201
    other = operator.post("/cases", {**opening(world), "variables": {**INTAKE, "rischio_segnalato": "MEDIO"}}, key=KEY)
    assert (other.status, other.code) == (422, "used_for_another_request")
    assert other.wrong() == {"idempotency_key": "used_for_another_request"}
    elsewhere = operator.post("/messages", {"name": "M", "correlation": "2345-67"}, key=KEY)
    assert elsewhere.status == 422
    assert cases(urls) == 1


def test_the_key_of_another_person_is_another_key(operator: Program, program: Programs, world: World) -> None:
    mine = operator.post("/cases", opening(world), key=KEY).body
    hers = program("collega.cav").post("/cases", opening(world), key=KEY).body
    assert mine["id"] != hers["id"]


def test_a_refused_request_may_be_sent_again_under_its_key(operator: Program, task: Row) -> None:
    path, body = f"/tasks/{task['id']}/complete", {"values": {"esito_invio": "accetta"}}
    assert operator.post(path, body, key=KEY).code == "task_not_yours"
    operator.post(f"/tasks/{task['id']}/claim", {})
    done = operator.post(path, body, key=KEY)
    assert done.status == 200
    again = operator.post(path, body, key=KEY)
    assert (again.raw, again.etag) == (done.raw, done.etag)
    assert operator.post(path, body).code == "task_not_open"


def test_an_answer_without_a_body_is_given_again_too(program: Programs, case: Row) -> None:
    lead = program("responsabile.cav")
    first, second = (lead.post(f"/cases/{case['id']}/cancel", {"reason": "Errore."}, key=KEY) for _ in range(2))
    assert (first.status, second.status, second.raw) == (204, 204, b"")
    assert lead.post(f"/cases/{case['id']}/cancel", {"reason": "Errore."}).code == "case_closed"


def test_a_deployment_is_recognised_by_its_files_not_by_its_boundaries(program: Programs) -> None:
    designer = program("progettista")
    answers = [designer.upload(list(diagrams().items()), boundary=one, key=KEY) for one in ("uno", "due")]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].raw == answers[1].raw
    fewer = list(diagrams().items())[:1]
    assert designer.upload(fewer, boundary="tre", key=KEY).code == "used_for_another_request"


def test_after_a_day_a_key_is_new_again(operator: Program, world: World, urls: database.Urls) -> None:
    assert operator.post("/cases", opening(world), key=KEY).status == 201
    with db.transaction(read_only=True):
        later = clock.now() + repetition.KEPT_FOR + timedelta(seconds=1)
    with clock.frozen(later), db.transaction() as session:
        repetition.purge(session)
    assert operator.post("/cases", opening(world), key=KEY).status == 201
    assert cases(urls) == 2


def test_an_answer_that_is_too_old_is_not_given_even_before_it_is_purged(world: World, operator: Program) -> None:
    actor = world.actor("operatrice.cav")
    request = repetition.Request(b"k" * 32, b"f" * 32)
    with db.transaction() as session:
        repetition.keep(session, actor, request, status=200, etag=None, body=b"{}")
        later = clock.now() + repetition.KEPT_FOR
    with db.transaction() as session:
        assert repetition.earlier(session, actor, request) is not None
    with clock.frozen(later), db.transaction() as session:
        assert repetition.earlier(session, actor, request) is None


@pytest.mark.parametrize("key", ["", " ", "due parole", "x" * 201, "è"])
def test_a_key_that_is_none_is_refused(operator: Program, world: World, key: str) -> None:
    assert operator.post("/cases", opening(world), key=key).code == "no_idempotency_key"


def test_neither_key_nor_request_can_be_read_in_the_database(
    operator: Program, world: World, urls: database.Urls
) -> None:
    operator.post("/cases", opening(world), key=KEY)
    engine = create_engine(urls.owner)
    with engine.connect() as connection:
        row = str(connection.execute(text("SELECT * FROM stored_answer")).one())
    engine.dispose()
    assert KEY not in row
    assert "ALTO" not in row
    assert "da_sola" not in row
    assert "code" not in row.replace("key_id", ""), "the answer itself is sealed"


def test_two_at_once_happen_once_and_both_are_answered(operator: Program, world: World, urls: database.Urls) -> None:
    replies = at_once(4, lambda client: client.post("/cases", opening(world), key=KEY), operator)
    assert [reply.status for reply in replies] == [201] * 4
    assert len({reply.raw for reply in replies}) == 1
    assert cases(urls) == 1


def test_of_two_who_complete_at_once_without_a_key_one_is_told_that_it_is_done(operator: Program, task: Row) -> None:
    operator.post(f"/tasks/{task['id']}/claim", {})
    path, body = f"/tasks/{task['id']}/complete", {"values": {"esito_invio": "accetta"}}
    replies = at_once(3, lambda client: client.post(path, body), operator)
    assert sorted(reply.status for reply in replies) == [200, 409, 409]


def test_a_command_that_fails_while_it_is_answered_leaves_neither_effect_nor_answer(
    operator: Program, world: World, urls: database.Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise KeyError("rotto")

    with monkeypatch.context() as patched:
        patched.setattr(repetition, "keep", broken)
        assert operator.post("/cases", opening(world), key=KEY).status == 500
    assert cases(urls) == 0
    assert operator.post("/cases", opening(world), key=KEY).status == 201


def at_once(count: int, ask: Any, caller: Program) -> list[Reply]:
    start = threading.Barrier(count)
    replies: list[Reply] = []

    def run() -> None:
        client = Program(caller.app, caller.token)
        start.wait()
        replies.append(ask(client))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies
