"""Messages between processes: at once within a case, by the post between cases, kept when nobody waits for them yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import clock, db, errors
from engine.cases import execution, incidents, lifecycle, messages, post, tasks, timers
from engine.cases.models import Case, CaseEvent, Incident, ProcessInstance, TaskStatus, UserTask
from engine.cases.post_models import Outgoing
from engine.definitions import deployment
from tests.engine.bpmn.diagram import (
    catch,
    element,
    end,
    hears,
    io,
    message,
    of_signal,
    of_time,
    plain,
    process,
    sends,
    signal,
    start,
    task,
    throws,
    way,
)  # fmt: skip
from tests.engine.cases import invariants
from tests.engine.cases.conftest import World, after

TOP = message("m", "MSG_RICHIESTA", "=chiave") + message("r", "MSG_RISPOSTA", "=chiave")
NETWORK = signal("s", "SIG_ALLARME", "network") + signal("c", "SIG_CASO")


def asks(lives: str = "PT2H", key: str = "chiede", value: str = "posti") -> bytes:
    """Sends a request under the key that it was given."""
    sending = element(
        "intermediateThrowEvent", "manda", io(f"> {value} = 2") + sends("m", keyed="=chiave", lives=lives)
    )
    parts = (start(), task("prepara"), sending, task("aspetta"), end(), way("inizio prepara manda aspetta fine"))
    return process(*parts, key=key, variables="chiave", top=TOP)


SOURCES = {
    "chiede.bpmn": asks(),
    "chiede_subito.bpmn": asks("PT0S", "chiede_subito"),
    "chiede_sempre.bpmn": asks("", "chiede_sempre"),
    "risponde.bpmn": process(
        start(), task("pronto"), catch("riceve", "m"), task("legge"), end(),
        way("inizio pronto riceve legge fine"), key="risponde", variables="chiave posti", top=TOP,
    ).replace(b'name="posti" type="string"', b'name="posti" type="number"'),
    "gara.bpmn": process(
        start(), plain("eventBasedGateway", "chi_prima"), catch("riceve", "m"),
        hears("tempo", of_time("timeDuration", "PT1H")),
        task("in_tempo"), task("tardi"), end(), way("inizio chi_prima riceve in_tempo fine"),
        way("chi_prima tempo tardi fine"), key="gara", variables="chiave posti", top=TOP,
    ).replace(b'name="posti" type="string"', b'name="posti" type="number"'),
    "allarme.bpmn": process(
        start(), task("vede"), throws("lancia", of_signal("s") + of_signal("c")), task("resta"), end(),
        way("inizio vede lancia resta fine"), key="allarme", top=NETWORK,
    ),
    "ascolta.bpmn": process(
        start(), hears("sente", of_signal("s")), task("avvisata"), end(), way("inizio sente avvisata fine"),
        key="ascolta", top=NETWORK,
    ),
    "ascolta_caso.bpmn": process(
        start(), hears("sente", of_signal("c")), task("avvisata"), end(), way("inizio sente avvisata fine"),
        key="ascolta_caso", top=NETWORK,
    ),
}  # fmt: skip
BEGINS = process(
    element("startEvent", "inizio", '<messageEventDefinition messageRef="m" />'), task("accoglie"), end(),
    way("inizio accoglie fine"), key="accoglie_richiesta", variables="posti", top=TOP,
).replace(b'name="posti" type="string"', b'name="posti" type="number"')  # fmt: skip
SOON, LATER = after(minutes=5), after(minutes=30)


@pytest.fixture
def net(world: World) -> World:
    deploy(world, SOURCES)
    return world


def deploy(world: World, sources: dict[str, bytes]) -> None:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        deployment.deploy(session, world.people["progettista"], sources, forms_given={})


def further(world: World, case: Case, key: str, *, minutes: int = 1, **variables: Any) -> ProcessInstance:
    with world.at(after(minutes=minutes)) as session:
        return lifecycle.start_in(session, world.people["operatrice.cav"], case.id, key, variables=variables)


def steps(world: World, case: Case) -> list[str]:
    rows = world.rows(UserTask, UserTask.case_id == case.id, UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]))
    return sorted(row.element_id for row in rows)


def kinds(world: World, case: Case) -> list[str]:
    return [row.kind for row in world.rows(CaseEvent, CaseEvent.case_id == case.id) if row.kind.startswith("message")]


def posti(world: World, case: Case) -> Any:
    """What has come to the case with the message."""
    (row,) = world.rows(ProcessInstance, ProcessInstance.case_id == case.id)
    with world.at(LATER) as session, execution.locked(session, case.id, None) as running:
        return running.instance(row.id).variables().get("posti")


def test_within_a_case_it_is_received_in_the_transaction_that_sends_it(net: World) -> None:
    case, other = net.start("chiede", chiave="1"), net.start("risponde", chiave="2")
    further(net, case, "risponde", chiave="1")
    net.do(after(minutes=2), case, "pronto", {})
    net.do(after(minutes=2), other, "pronto", {})
    net.do(SOON, case, "prepara", {})
    assert steps(net, case) == ["aspetta", "legge"]
    assert steps(net, other) == [], "it waits under another key"
    assert (kinds(net, case), net.rows(Outgoing)) == (["message_received", "message_sent"], [])
    invariants.assert_rows_follow_from_state(net.network_id)


def test_it_starts_in_its_case_the_process_that_begins_with_it(net: World) -> None:
    deploy(net, {"accoglie.bpmn": BEGINS})
    case = net.start("chiede", chiave="1")
    net.do(SOON, case, "prepara", {})
    assert steps(net, case) == ["accoglie", "aspetta"]
    assert net.rows(Outgoing) == []


def test_to_another_case_it_goes_by_the_post_and_once(net: World) -> None:
    case, other = net.start("chiede", chiave="1"), net.start("risponde", chiave="1")
    net.do(after(minutes=2), other, "pronto", {})
    net.do(SOON, case, "prepara", {})
    assert (steps(net, case), steps(net, other)) == (["aspetta"], [])
    (row,) = net.rows(Outgoing)
    assert (row.from_case_id, row.to_case_id, row.name, row.correlation_key) == (case.id, None, "MSG_RICHIESTA", "1")
    assert b"posti" not in row.sealed
    assert net.worker_at(after(minutes=6)) == 1
    assert (steps(net, other), posti(net, other), net.rows(Outgoing)) == (["legge"], 2, [])
    assert net.worker_at(after(minutes=7)) == 0
    assert (kinds(net, case), kinds(net, other)) == (["message_sent"], ["message_received"])
    invariants.assert_rows_follow_from_state(net.network_id)


def test_one_that_nobody_waits_for_yet_is_kept_and_received_later(net: World) -> None:
    case, other = net.start("chiede", chiave="1"), net.start("risponde", chiave="1")
    net.do(SOON, case, "prepara", {})
    assert net.worker_at(after(minutes=6)) == 0
    net.do(after(minutes=20), other, "pronto", {})
    assert steps(net, other) == []
    assert net.worker_at(after(minutes=21)) == 1
    assert (steps(net, other), posti(net, other), net.rows(Outgoing)) == (["legge"], 2, [])


def test_one_that_nobody_takes_in_time_lapses_and_the_history_says_so(net: World) -> None:
    case, other = net.start("chiede", chiave="1"), net.start("risponde", chiave="1")
    net.do(SOON, case, "prepara", {})
    net.worker_at(after(hours=2, minutes=4))
    assert len(net.rows(Outgoing)) == 1
    net.do(after(hours=2, minutes=6), other, "pronto", {})
    net.worker_at(after(hours=2, minutes=6))
    assert (net.rows(Outgoing), steps(net, other)) == ([], [])
    assert kinds(net, case) == ["message_sent", "message_lapsed"]


def test_one_that_is_not_to_be_kept_lapses_at_once(net: World) -> None:
    case = net.start("chiede_subito", chiave="1")
    net.do(SOON, case, "prepara", {})
    assert net.rows(Outgoing) == []
    assert sorted(kinds(net, case)) == ["message_lapsed", "message_sent"]


def test_without_a_length_of_its_own_it_is_kept_as_long_as_the_network_says(net: World) -> None:
    case = net.start("chiede_sempre", chiave="1")
    net.do(SOON, case, "prepara", {})
    (row,) = net.rows(Outgoing)
    assert row.until - row.sent_at == timedelta(days=7)


def test_a_late_answer_to_a_closed_request_is_void(net: World) -> None:
    """The case waits again, under another key: the answer to the first request must not count for the second."""
    case, other = net.start("chiede", chiave="AB-1"), net.start("gara", chiave="AB-1")
    net.worker_at(after(hours=1))
    assert steps(net, other) == ["tardi"]
    further(net, other, "gara", minutes=65, chiave="AB-2")
    net.do(after(minutes=70), case, "prepara", {})
    net.worker_at(after(minutes=71))
    assert steps(net, other) == ["tardi"]
    net.worker_at(after(hours=4))
    assert steps(net, other) == ["tardi", "tardi"]
    assert kinds(net, case) == ["message_sent", "message_lapsed"]


@pytest.mark.parametrize(("sent_after", "first"), [(50, "in_tempo"), (70, "tardi")])
def test_after_an_outage_what_came_first_counts(net: World, sent_after: int, first: str) -> None:
    case, other = net.start("chiede", chiave="1"), net.start("gara", chiave="1")
    net.do(after(minutes=sent_after), case, "prepara", {})
    net.worker_at(after(minutes=100))
    assert steps(net, other) == [first]
    invariants.assert_rows_follow_from_state(net.network_id)


def test_one_whose_receiver_waits_no_more_is_kept_for_the_next(net: World) -> None:
    case, other = net.start("chiede", chiave="1"), net.start("gara", chiave="1")
    net.do(after(minutes=70), case, "prepara", {})
    net.worker_at(after(minutes=100))
    assert (steps(net, other), [row.to_case_id for row in net.rows(Outgoing)]) == (["tardi"], [None])
    third = net.start("risponde", chiave="1")
    net.do(after(minutes=101), third, "pronto", {})
    net.worker_at(after(minutes=102))
    assert (steps(net, third), net.rows(Outgoing)) == (["legge"], [])


def test_of_two_cases_that_wait_under_one_key_one_receives_it(net: World) -> None:
    case = net.start("chiede", chiave="1")
    others = [net.start("risponde", chiave="1") for _number in range(2)]
    for other in others:
        net.do(after(minutes=2), other, "pronto", {})
    net.do(SOON, case, "prepara", {})
    net.worker_at(after(minutes=6))
    net.worker_at(after(minutes=7))
    assert sorted(steps(net, other) for other in others) == [[], ["legge"]]


def test_values_that_the_receiver_does_not_declare_are_an_incident_and_it_waits_on(net: World) -> None:
    deploy(net, {"strano.bpmn": asks(key="strano", value="altro")})
    case, other = net.start("strano", chiave="1"), net.start("risponde", chiave="1")
    net.do(after(minutes=2), other, "pronto", {})
    net.do(SOON, case, "prepara", {})
    net.worker_at(after(minutes=6))
    (stuck,) = net.rows(Incident)
    assert (stuck.case_id, stuck.element_id, stuck.code) == (other.id, "riceve", "message_values_wrong")
    with net.at(after(minutes=7)) as session:
        incidents.retry(session, net.people["responsabile.cav"], stuck.id)
    right = net.start("chiede", chiave="1")
    net.do(after(minutes=8), right, "prepara", {})
    net.worker_at(after(minutes=9))
    assert steps(net, other) == ["legge"]


def test_a_signal_of_the_network_reaches_all_cases_that_wait_for_it_and_carries_nothing(net: World) -> None:
    case = net.start("allarme")
    others = [net.start("ascolta"), net.start("ascolta"), net.start("ascolta_caso")]
    further(net, case, "ascolta")
    net.do(SOON, case, "vede", {})
    assert steps(net, case) == ["avvisata", "resta"], "its own case at once"
    assert sorted(row.to_case_id for row in net.rows(Outgoing)) == sorted(other.id for other in others[:2])
    assert {(row.sealed, row.correlation_key) for row in net.rows(Outgoing)} == {(None, None)}
    assert net.worker_at(after(minutes=6)) == 2
    assert [steps(net, other) for other in others] == [["avvisata"], ["avvisata"], []]
    assert net.rows(Outgoing) == []
    invariants.assert_rows_follow_from_state(net.network_id)


# --- from outside ---


def test_one_from_outside_can_be_kept(net: World) -> None:
    other = net.start("risponde", chiave="1")
    options: dict[str, Any] = {"case_code": other.code, "key": "1", "values": {"posti": 3}}
    with pytest.raises(errors.NobodyWaits), net.at(SOON) as session:
        messages.deliver(session, net.people["operatrice.cav"], "MSG_RICHIESTA", **options)
    with net.at(SOON) as session:
        kept_for = timedelta(hours=1)
        moved = messages.deliver(session, net.people["operatrice.cav"], "MSG_RICHIESTA", **options, kept_for=kept_for)
    assert moved == 0
    net.do(after(minutes=20), other, "pronto", {})
    net.worker_at(after(minutes=21))
    assert (steps(net, other), posti(net, other)) == (["legge"], 3)


@pytest.mark.parametrize("days", [-1, 400])
def test_not_for_ever(net: World, days: int) -> None:
    other = net.start("risponde", chiave="1")
    with pytest.raises(errors.InvalidValue), net.at(SOON) as session:
        kept_for = timedelta(days=days)
        messages.deliver(session, net.people["operatrice.cav"], "X", case_code=other.code, kept_for=kept_for)


# --- several at once ---


def test_two_workers_deliver_each_message_once(net: World) -> None:
    cases = [net.start("chiede", chiave=str(number)) for number in range(6)]
    others = [net.start("risponde", chiave=str(number)) for number in range(6)]
    for number in range(6):
        net.do(after(minutes=2), others[number], "pronto", {})
        net.do(SOON, cases[number], "prepara", {})

    def work(_number: int) -> None:
        for _round in range(4):
            with clock.frozen(after(minutes=6)):
                post.sort()
                for case_id in timers.due(limit=100).case_ids:
                    timers.fire(case_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    net.worker_at(after(minutes=10))
    assert [steps(net, other) for other in others] == [["legge"]] * 6
    assert [kinds(net, other) for other in others] == [["message_received"]] * 6
    assert net.rows(Outgoing) == []


def test_a_refused_command_sends_nothing(net: World) -> None:
    case = net.start("chiede", chiave="1")
    task_id = net.claim(after(minutes=4), case, "prepara")
    with pytest.raises(RuntimeError), net.at(SOON) as session:
        tasks.complete(session, net.people["operatrice.cav"], task_id, {})
        raise RuntimeError
    assert (net.rows(Outgoing), kinds(net, case)) == ([], [])


def test_what_is_asked_of_the_database_uses_indexes(net: World) -> None:
    with Session(db.engine()) as session:
        session.execute(text("SET enable_seqscan = off"))
        plan = "\n".join(
            session.scalars(
                text(
                    "EXPLAIN SELECT o.id FROM outgoing o JOIN message_subscription s ON s.network_id = o.network_id"
                    " AND s.name = o.name AND s.correlation_key = o.correlation_key WHERE o.to_case_id IS NULL"
                    " ORDER BY o.sent_at LIMIT 10"
                )
            )
        )
    assert "ix_message_subscription_network_id_name_correlation_key" in plan
    assert "ix_outgoing_kept" in plan
