"""A clock stands still for the reasons that its protocol allows, for so long and no longer, and everybody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from engine import errors, parameters
from engine.cases import case_page, clock_pauses, pauses, tasks, terms_page
from engine.cases.models import Case, CaseEvent
from engine.consent.models import Manner
from engine.deadlines.models import Deadline, DeadlineClock, DeadlinePause, DeadlineStatus, Rung, RungStatus
from engine.definitions import deployment
from engine.notifications.models import Notice
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.protocols import deadline, end, process, start, task

BY = "operatrice.cav"
CONCLUSION = DeadlineClock.CONCLUSION
REASONS = """
["P.referto"]
length = "PT10H"
clock = "H"
nature = "protocollo"
tag = "D"
title.it = "Si aspetta il referto"
title.en = "The medical report is awaited"

["P.traduzione"]
length = "P1D"
clock = "GL"
nature = "protocollo"
tag = "D"
title.it = "Si aspetta la traduzione"
title.en = "The translation is awaited"
"""


def allows(clock: str, parameter: str) -> str:
    return f'<staffetta:pause clock="{clock}" parameter="{parameter}"/>'


BOTH = (allows("conclusion", "P.referto"), allows("conclusion", "P.traduzione"))
CLOCKS = (deadline("reception", "T.ora"), deadline("conclusion", "T.giorno"))


def drawn(*parts: str) -> bytes:
    return process(
        "attesa",
        [start("inizio"), task("passo", *(parts or (*CLOCKS, *BOTH))), end("fine")],
        [("inizio", "passo"), ("passo", "fine")],
        lanes={"cav": "inizio passo fine"},
    )


def deploy(world: World, source: bytes) -> None:
    with world.at(START) as session:
        parameters.load_defaults(session, world.network_id, REASONS)
        deployment.deploy(session, world.people["progettista"], {"attesa.bpmn": source}, forms_given={})


@pytest.fixture
def case(world: World) -> Case:
    deploy(world, drawn())
    opened = world.start("attesa")
    world.claim(after(minutes=10), opened, "passo")
    return opened


def do(world: World, case: Case, at: datetime, verb: str, **options: Any) -> None:
    with world.at(at) as session:
        getattr(clock_pauses, verb)(session, world.people[BY], world.task(case, "passo"), CONCLUSION, **options)


def running(world: World) -> Deadline:
    (row,) = world.rows(Deadline, Deadline.clock == CONCLUSION)
    return row


def test_a_clock_that_stands_still_runs_on_with_what_was_left_and_its_ladder_with_it(world: World, case: Case) -> None:
    before = {row.position: row.due_at for row in world.rows(Rung, Rung.deadline_id == running(world).id)}
    do(world, case, after(hours=2), "pause", reason="P.referto")
    assert running(world).state is DeadlineStatus.PAUSED
    world.worker_at(after(hours=7))
    assert {row.state for row in world.rows(Rung, Rung.deadline_id == running(world).id)} == {RungStatus.PAUSED}
    do(world, case, after(hours=7), "resume")
    row = running(world)
    assert (row.state, row.due_at) == (DeadlineStatus.ARMED, after(hours=29))
    moved = {rung.position: rung.due_at for rung in world.rows(Rung, Rung.deadline_id == row.id)}
    assert {moved[each] - before[each] for each in before} == {after(hours=5) - after(hours=0)}
    (stood,) = world.rows(DeadlinePause)
    assert (stood.since, stood.until, stood.parameter) == (after(hours=2), after(hours=7), "P.referto")


def test_it_runs_again_by_itself_when_the_longest_time_is_over_and_everybody_is_told(world: World, case: Case) -> None:
    do(world, case, after(hours=2), "pause", reason="P.referto")
    assert world.worker_at(after(hours=12, minutes=-1)) == 0
    assert world.worker_at(after(hours=12)) == 1
    assert running(world).due_at == after(hours=34)
    kinds = [row.kind for row in world.rows(Notice, Notice.case_id == case.id)]
    assert (kinds.count("clock_paused"), kinds.count("clock_resumed")) == (1, 1)
    lines = [row.kind for row in world.rows(CaseEvent, CaseEvent.case_id == case.id)]
    assert lines.count("clock_resumed") == 1
    assert world.worker_at(after(hours=13)) == 0


def test_a_worker_that_was_down_lets_it_run_from_when_the_pause_was_over(world: World, case: Case) -> None:
    do(world, case, after(hours=2), "pause", reason="P.referto")
    world.worker_at(after(hours=40))
    row = running(world)
    assert row.due_at == after(hours=34)
    fired = {rung.step.value for rung in world.rows(Rung, Rung.deadline_id == row.id) if rung.fired_at}
    assert "breach" in fired


def test_each_reason_counts_once(world: World, case: Case) -> None:
    do(world, case, after(hours=2), "pause", reason="P.referto")
    do(world, case, after(hours=3), "resume")
    with pytest.raises(errors.Conflict, match="pause_used"):
        do(world, case, after(hours=4), "pause", reason="P.referto")
    do(world, case, after(hours=4), "pause", reason="P.traduzione")
    (stood,) = world.rows(DeadlinePause, DeadlinePause.until.is_(None))
    assert stood.ends_at == after(hours=28), "one working day, at the same time"


def test_what_the_shape_does_not_allow_is_refused(world: World, case: Case) -> None:
    with pytest.raises(errors.InvalidValue, match="not_allowed"):
        do(world, case, after(hours=2), "pause", reason="T.ora")
    with pytest.raises(errors.Conflict, match="not_paused"):
        do(world, case, after(hours=2), "resume")
    with pytest.raises(errors.Refused), world.at(after(hours=2)) as session:
        task_id = world.task(case, "passo")
        clock_pauses.pause(session, world.people["coordinatrice"], task_id, CONCLUSION, reason="P.referto")
    assert world.rows(DeadlinePause) == []


def test_a_breach_is_not_paused_away(world: World, case: Case) -> None:
    with pytest.raises(errors.Conflict, match="term_over"):
        do(world, case, after(hours=24), "pause", reason="P.referto")


@pytest.mark.parametrize(
    ("at", "happened", "kept"), [(30, None, True), (11, None, True), (40, 35, False), (11, 1, True)]
)
def test_an_act_is_judged_by_what_was_left_when_it_was_done(
    world: World, case: Case, at: int, happened: int | None, *, kept: bool
) -> None:
    do(world, case, after(hours=2), "pause", reason="P.referto")
    with world.at(after(hours=at)) as session:
        said = {} if happened is None else {"happened_at": after(hours=happened), "late_reason": "al telefono"}
        tasks.complete(session, world.people[BY], world.task(case, "passo"), {}, **said)
    row = running(world)
    assert (row.state, row.kept, row.recorded_late) == (DeadlineStatus.STOPPED, kept, False)
    (stood,) = world.rows(DeadlinePause)
    assert stood.until == min(after(hours=12), after(hours=max(2, happened or at)))
    world.worker_at(after(hours=50))
    assert [line.kind for line in world.rows(CaseEvent)].count("clock_resumed") == int(at > 12)


def test_her_own_wish_holds_it_on_when_the_reason_is_over(world: World, case: Case) -> None:
    do(world, case, after(hours=2), "pause", reason="P.referto")
    with world.at(after(hours=5)) as session:
        pauses.pause(session, world.people[BY], case.id, until=after(hours=20), manner=Manner.A_VOCE)
    world.worker_at(after(hours=12))
    assert running(world).state is DeadlineStatus.PAUSED
    world.worker_at(after(hours=20))
    assert (running(world).state, running(world).due_at) == (DeadlineStatus.ARMED, after(hours=42))
    assert len(world.rows(DeadlinePause)) == 2


def test_a_reason_outlasts_her_wish(world: World, case: Case) -> None:
    do(world, case, after(hours=2), "pause", reason="P.referto")
    with world.at(after(hours=3)) as session:
        pauses.pause(session, world.people[BY], case.id, until=after(hours=5), manner=Manner.A_VOCE)
    world.worker_at(after(hours=5))
    assert running(world).state is DeadlineStatus.PAUSED
    world.worker_at(after(hours=12))
    assert running(world).due_at == after(hours=34)


def test_the_ledger_says_what_is_used_up_and_why_it_stood_still(world: World, case: Case) -> None:
    task_id = world.task(case, "passo")
    do(world, case, after(hours=2), "pause", reason="P.referto")
    with world.at(after(hours=5)) as session:
        (ledger,) = _of(session, world, task_id)
        assert (ledger.length, ledger.consumed, ledger.running_since) == ("P1D", "PT2H", None)
        seen = case_page.case(session, world.people[BY], case.id).standing
    assert [(one.title_en, one.since, one.ends_at) for one in seen] == [
        ("The medical report is awaited", after(hours=2), after(hours=12))
    ]
    do(world, case, after(hours=6), "resume")
    with world.at(after(hours=9)) as session:
        (ledger,) = _of(session, world, task_id)
    assert (ledger.consumed, ledger.running_since) == ("PT5H", after(hours=6))
    assert [each.parameter for each in ledger.reasons] == ["P.traduzione"]


def _of(session: Any, world: World, task_id: UUID) -> list[Any]:
    ledgers = terms_page.page(session, world.people[BY], task_id).ledgers
    return [ledger for ledger in ledgers if ledger.clock is CONCLUSION]


WRONG = {
    "no such clock": ((*CLOCKS, allows("sending", "P.referto")), "non ha"),
    "of law": ((deadline("conclusion", "T.legge", "E3", nature="legge"), BOTH[0]), "termine di legge"),
    "unknown": ((*CLOCKS, allows("conclusion", "P.mai")), "«P.mai»"),
    "twice": ((*CLOCKS, BOTH[0], BOTH[0]), "due volte"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_pause_that_could_not_be_fails_the_deploy(world: World, name: str) -> None:
    parts, piece = WRONG[name]
    with pytest.raises(errors.InvalidProcess) as refused:
        deploy(world, drawn(*parts))
    (problem,) = [problem for problem in refused.value.problems if not problem.warns]
    assert problem.element == "passo"
    assert piece in problem.reason
    assert problem.in_language("en").reason != problem.reason
