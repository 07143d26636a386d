"""By telephone: whom to call for a late step, what comes of it; and that one person at a time rings her."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from engine import errors
from engine.cases import acknowledging, her_phone, pauses, ringing
from engine.cases.her_call_models import HerCall, HerCallOutcome
from engine.cases.models import Case, CaseEvent, UserTask
from engine.cases.ringing import Ring
from engine.consent.models import Manner
from engine.deadlines.models import Deadline, Rung, RungStatus
from engine.definitions import deployment
from engine.notifications.models import Notice
from engine.participants.models import Agency
from tests.engine.cases import handing_over
from tests.engine.cases.conftest import World, after
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.protocols import deadline, end, process, start, task

NUMBER = "+39 0331 000001"
CALLS = process(
    "chiamata",
    [start("inizio"), task("chiama", "<staffetta:callsHer/>"), task("scrive"), end("fine")],
    [("inizio", "chiama"), ("chiama", "scrive"), ("scrive", "fine")],
    lanes={"cav": "inizio chiama scrive fine"},
)


def shown(world: World, minutes: float, name: str, task_id: UUID) -> Ring | None:
    with world.at(after(minutes=minutes)) as session:
        return ringing.of_step(session, world.people[name], task_id)


def unanswered(world: World, minutes: float, name: str, ring: Ring) -> None:
    with world.at(after(minutes=minutes)) as session:
        ringing.unanswered(session, world.people[name], ring.task_id, ring.rung_id)


def kinds(world: World, case: Case) -> list[str]:
    rows = sorted(world.rows(CaseEvent, CaseEvent.case_id == case.id), key=lambda row: row.id)
    return [row.kind for row in rows if row.kind.startswith(("rung_", "her_"))]


@pytest.fixture
def case(world: World) -> Case:
    """A step owed at once: its ladder tells who owes it after 30 minutes, its lead after 60, then the coordination."""
    with world.at(after(minutes=0)) as session:
        session.get_one(Agency, world.agencies["cav"]).telephone = NUMBER
    return world.start("orologi", urgenza="alta")


def test_who_does_not_answer_is_passed_over_at_once_and_once(world: World, case: Case) -> None:
    task_id = world.task(case, "passo")
    world.worker_at(after(minutes=30))
    assert shown(world, 31, "operatrice.cav", task_id) is None, "nobody but her own office is to be called"
    world.worker_at(after(minutes=60))
    assert shown(world, 61, "estranea", task_id) is None
    world.worker_at(after(minutes=80))
    ring = shown(world, 81, "operatrice.cav", task_id)
    assert ring is not None, "the coordination was told last"
    assert [duty.agency_name for duty in ring.duties] == ["Comune capofila"]
    ring = shown(world, 82, "coordinatrice", task_id)
    assert ring is None, "she would call herself"
    assert_rows_follow_from_state(world.network_id)


def test_the_sender_sees_the_number_and_climbs_by_saying_that_nobody_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = (
        *(deadline("sending", "T.ora"), deadline("reception", "T.ora", "E0")),
        deadline("conclusion", "T.giorno", "E1"),
    )
    monkeypatch.setattr(handing_over, "CLOCKS", clocks)
    relay = Relay.of(world)
    with world.at(after(minutes=0)) as session:
        session.get_one(Agency, relay.shelters["rosa"]).telephone = NUMBER
    case = relay.listened()
    relay.agrees(case)
    sent = relay.send(case)
    (step,) = world.rows(UserTask, UserTask.id == sent.task_id)
    (clock,) = world.rows(Deadline, Deadline.task_id == step.id, Deadline.clock == "reception")
    at = (clock.starts_at - after(minutes=0)) / timedelta(minutes=1)
    first = shown(world, at + 1, "operatrice.cav", step.id)
    assert first is not None
    assert [duty.telephone for duty in first.duties] == [NUMBER]
    assert first.next_targets == ("assignee",)
    unanswered(world, at + 2, "operatrice.cav", first)
    with pytest.raises(errors.Conflict, match="already_climbed"):
        unanswered(world, at + 3, "operatrice.cav", first)
    second = shown(world, at + 3, "operatrice.cav", step.id)
    assert second is not None
    assert (second.next_targets, second.rung_id != first.rung_id) == (("agency_lead",), True)
    with world.at(after(minutes=at + 4)) as session:
        (seen,) = ringing.answered(session, world.people["operatrice.cav"], step.id)[:1]
        assert seen.until == after(minutes=at + 14)
        assert acknowledging.of_tasks(session, [step.id])[step.id][0].how == "call"
    told = world.rows(Notice, Notice.deadline_id == clock.id)
    assert [(row.kind, row.created_at) for row in told] == [("reminder", after(minutes=at + 2))]
    states = [row.state for row in sorted(world.rows(Rung, Rung.deadline_id == clock.id), key=lambda row: row.position)]
    assert states == [RungStatus.FIRED, RungStatus.WAITING, RungStatus.WAITING]
    assert kinds(world, case) == ["rung_unanswered", "rung_reminder", "rung_acknowledged"]
    with pytest.raises(errors.NotFound):
        unanswered(world, at + 5, "estranea", second)
    world.worker_at(after(minutes=at + 59))
    with pytest.raises(errors.Conflict, match="already_climbed"):
        unanswered(world, at + 60, "operatrice.cav", second)
    assert_rows_follow_from_state(world.network_id)


def test_one_person_at_a_time_rings_her(world: World) -> None:
    with world.at(after(minutes=0)) as session:
        deployment.deploy(session, world.people["progettista"], {"chiamata.bpmn": CALLS}, forms_given={})
    case = world.start("chiamata")
    task_id, her, colleague = world.task(case, "chiama"), world.people["operatrice.cav"], world.people["collega.cav"]
    with world.at(after(minutes=1)) as session:
        her_phone.begin(session, her, task_id)
    with pytest.raises(errors.Conflict, match="call_under_way"), world.at(after(minutes=2)) as session:
        her_phone.begin(session, colleague, task_id)
    with world.at(after(minutes=2)) as session:
        seen = her_phone.going_on(session, colleague, case.id)
        assert seen is not None
        assert (seen.by, seen.own, seen.since) == ("operatrice.cav", False, after(minutes=1))
    with pytest.raises(errors.Conflict, match="no_call"), world.at(after(minutes=3)) as session:
        her_phone.end(session, colleague, task_id, HerCallOutcome.ANSWERED)
    with world.at(after(minutes=4)) as session:
        her_phone.end(session, her, task_id, HerCallOutcome.UNANSWERED)
        her_phone.begin(session, colleague, task_id)
    over = after(minutes=4) + her_phone.CALL_FOR
    with world.at(over) as session:
        assert her_phone.going_on(session, her, case.id) is None, "what nobody has ended ends by itself"
        her_phone.begin(session, her, task_id)
        assert her_phone.begin(session, her, task_id).until == over + her_phone.CALL_FOR
    rows = sorted(world.rows(HerCall), key=lambda row: row.since)
    assert [row.outcome for row in rows] == ["unanswered", "expired", None]
    assert kinds(world, case) == ["her_call_begun", "her_call_unanswered", "her_call_begun", "her_call_begun"]


def test_nobody_calls_where_no_call_is_asked_for_nor_while_she_wants_to_be_left_alone(world: World) -> None:
    with world.at(after(minutes=0)) as session:
        deployment.deploy(session, world.people["progettista"], {"chiamata.bpmn": CALLS}, forms_given={})
    case, her = world.start("chiamata"), world.people["operatrice.cav"]
    task_id = world.task(case, "chiama")
    with pytest.raises(errors.NotFound), world.at(after(minutes=1)) as session:
        her_phone.begin(session, world.people["estranea"], task_id)
    with world.at(after(minutes=1)) as session:
        pauses.pause(session, her, case.id, manner=Manner.A_VOCE, until=after(days=9))
    with pytest.raises(errors.PathHeld), world.at(after(minutes=2)) as session:
        her_phone.begin(session, her, task_id)
    with world.at(after(minutes=3)) as session:
        pauses.resume(session, her, case.id)
    world.do(after(minutes=4), case, "chiama", {})
    with pytest.raises(errors.Conflict, match="no_call_here"), world.at(after(minutes=5)) as session:
        her_phone.begin(session, her, world.task(case, "scrive"))
