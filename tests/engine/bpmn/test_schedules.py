"""Timer start events of a process: when it begins by itself, in the calendar and after an outage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from engine.bpmn import schedules
from engine.bpmn.expressions import ExpressionFailed, Host
from engine.bpmn.schedules import Planned
from tests.engine.bpmn.diagram import end, process, start, task, triggered, way
from tests.engine.bpmn.play import NOW, PARAMETERS, Play, one_problem, read


def timed(kind: str, text: str, *others: str, variables: str = "") -> bytes:
    inner = f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"
    return process(
        start("ora", inner=inner), *others, task("a"), end(), way("ora a fine"), key="mensile", variables=variables
    )


def planned(file: bytes, now: datetime = NOW) -> list[Planned]:
    return schedules.planned(read(file)["mensile"], Host(now, PARAMETERS))


def instants(file: bytes, count: int, now: datetime = NOW) -> list[str]:
    (item,) = planned(file, now)
    found: list[Planned] = [item]
    while len(found) < count and (following := found[-1].after(found[-1].due_at)) is not None:
        found.append(following)
    return [each.due_at.isoformat() for each in found]


def test_a_date_happens_once() -> None:
    assert instants(timed("timeDate", "2026-04-01T09:00:00+02:00"), 2) == ["2026-04-01T07:00:00+00:00"]


def test_a_date_that_is_past_when_the_version_comes_into_force_does_not_happen() -> None:
    assert planned(timed("timeDate", "2026-03-02T07:59:00Z")) == []


def test_a_cycle_counts_from_when_the_version_came_into_force() -> None:
    assert instants(timed("timeCycle", "R2/PT12H"), 3) == ["2026-03-02T20:00:00+00:00", "2026-03-03T08:00:00+00:00"]


def test_a_month_stays_at_its_hour_in_italy() -> None:
    found = instants(timed("timeCycle", "R/2026-03-10T09:00:00+01:00/P1M"), 3)
    assert found == ["2026-03-10T08:00:00+00:00", "2026-04-10T07:00:00+00:00", "2026-05-10T07:00:00+00:00"]


def test_the_instant_that_a_cycle_names_is_its_first() -> None:
    assert instants(timed("timeCycle", "R2/2026-03-03T08:00:00Z/P1D"), 3) == [
        "2026-03-03T08:00:00+00:00",
        "2026-03-04T08:00:00+00:00",
    ]


@pytest.mark.parametrize("times", ["R3", "R2"])
def test_a_new_version_goes_on_in_the_cycle_that_the_one_before_was_in(times: str) -> None:
    found = planned(timed("timeCycle", f"{times}/2026-03-01T09:00:00Z/P1D"))
    assert [item.due_at.isoformat() for item in found] == ["2026-03-02T09:00:00+00:00"]
    assert planned(timed("timeCycle", "R1/2026-03-01T09:00:00Z/P1D")) == []


def test_what_was_missed_is_not_made_up_for() -> None:
    (item,) = planned(timed("timeCycle", "R/PT1H"))
    following = item.after(NOW + timedelta(hours=50, minutes=30))
    assert following is not None
    assert following.due_at == NOW + timedelta(hours=51)


def test_a_cycle_may_come_from_a_parameter() -> None:
    (item,) = planned(timed("timeCycle", '=cycle(param("D04"))'))
    assert item.due_at == NOW + timedelta(days=3)


def test_instants_follow_each_other() -> None:
    found = instants(timed("timeCycle", "R/2026-01-31T09:00:00+01:00/P1M"), 14, datetime(2026, 1, 1, tzinfo=UTC))
    assert len(found) == 14
    assert all(before < after for before, after in pairwise(found))
    assert found[1] == "2026-02-28T08:00:00+00:00"


def test_it_runs_from_there() -> None:
    play = Play(timed("timeCycle", "R/P1M"), start_event="ora")
    assert play.open == ["a"]
    assert play.due == {}


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("timeDuration", "P1D", "non ha da dove contare"),
        ("timeDate", "2026-04-01T09:00:00", "2026-04-01T09:00:00"),
        ("timeDate", "2026-04-01", "2026-04-01"),
        ("timeCycle", "0 0 9 1 * ?", "R3/PT1H"),
        ("timeCycle", "R/2026-04-01T09:00:00/P1M", "R3/PT1H"),
        ("timeCycle", "R/2026-04-01T09:00:00+02:00/2026-05-01T09:00:00+02:00", "R3/PT1H"),
        ("timeCycle", "R/P0D", "R3/PT1H"),
    ],
)
def test_a_time_at_which_nothing_could_begin_is_refused(kind: str, text: str, reason: str) -> None:
    element, said = one_problem(timed(kind, text))
    assert element in {"ora", ""}
    assert reason in said


def test_it_cannot_read_the_variables_of_a_case() -> None:
    element, reason = one_problem(timed("timeDate", "=quando", variables="quando"))
    assert element == "ora"
    assert "non c'è nessun caso" in reason


def test_what_is_no_cycle_cannot_be_computed() -> None:
    with pytest.raises(ExpressionFailed):
        planned(timed("timeCycle", '="ogni tanto"'))


def test_elsewhere_a_cycle_begins_when_it_is_waited_for() -> None:
    cycle = "<timeCycle>R/2026-04-01T09:00:00+02:00/P1M</timeCycle>"
    inner = f"<timerEventDefinition>{cycle}</timerEventDefinition>"
    parts = (inner, task("b"), end("f2"), way("su_promemoria b f2"))
    listening = triggered("promemoria", *parts, interrupting=False)
    element, reason = one_problem(process(start(), task("a"), end(), listening, way("inizio a fine")))
    assert element == "promemoria"
    assert "comincia a una data" in reason
