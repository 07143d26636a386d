"""Timers on the border of activities."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feel import YearsMonths
from tests.engine.bpmn.diagram import call, end, flow, par, process, start, sub, task, timer, way, xor
from tests.engine.bpmn.play import NOW, Play

HOUR = timedelta(hours=1)
CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro")
INNER = sub("attesa", start("si"), task("dentro"), end("sf"), way("si dentro sf"))


def timed(host: str, when: str, *, interrupting: bool, variables: str = "") -> bytes:
    """An activity called `attesa` with a timer that leads to `sollecito`."""
    return process(
        start(),
        host,
        timer("scatta", "attesa", when, interrupting=interrupting),
        task("sollecito"),
        task("dopo"),
        end(),
        end("altra_fine"),
        way("inizio attesa dopo fine"),
        way("scatta sollecito altra_fine"),
        variables=variables,
    )


HOSTS = {"user task": task("attesa"), "subprocess": INNER, "call activity": call("attesa", "altro")}
INSIDE = {"user task": "attesa", "subprocess": "dentro", "call activity": "dentro"}


@pytest.mark.parametrize("kind", HOSTS)
def test_an_interrupting_timer_takes_the_activity_away(kind: str) -> None:
    play = Play(timed(HOSTS[kind], "PT1H", interrupting=True), CALLED)
    assert play.open == [INSIDE[kind]]
    assert play.at(hours=0.99) == 0
    assert play.open == [INSIDE[kind]]
    assert play.at(hours=1) == 1
    assert play.open == ["sollecito"]
    assert INSIDE[kind] in play.happened("cancelled")
    assert play.happened("fired") == ["scatta"]
    assert play.due == {}
    assert play.do("sollecito").completed


@pytest.mark.parametrize("kind", HOSTS)
def test_a_timer_that_does_not_interrupt_opens_a_way_beside_the_activity(kind: str) -> None:
    play = Play(timed(HOSTS[kind], "PT1H", interrupting=False), CALLED)
    assert play.at(hours=1) == 1
    assert play.open == sorted([INSIDE[kind], "sollecito"])
    assert play.at(hours=100) == 0, "it fires once"
    play.do(INSIDE[kind])
    assert play.open == ["dopo", "sollecito"], "the reminder outlives the activity that it reminded of"
    assert not play.do("dopo").completed
    assert play.do("sollecito").completed


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_timer_dies_with_its_activity(kind: str, interrupting: bool) -> None:  # noqa: FBT001 - parametrized
    play = Play(timed(HOSTS[kind], "PT1H", interrupting=interrupting), CALLED)
    play.do(INSIDE[kind])
    assert play.due == {}
    assert play.at(hours=2) == 0
    assert play.open == ["dopo"]


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("PT30M", NOW + HOUR / 2),
        ("PT0S", NOW),
        ("P2D", NOW + 48 * HOUR),
        # On the calendar of Italy: 09:00 before the clocks go forward, 09:00 after.
        ("P1M", datetime(2026, 4, 2, 7, 0, tzinfo=UTC)),
        ("2026-03-02T11:00:00+02:00", NOW + HOUR),
        ("2026-03-02T10:00:00@Europe/Rome", NOW + HOUR),
        ("2026-03-02T09:00:00Z", NOW + HOUR),
        ('=param("D03")', NOW + 2 * HOUR),
        ('=param("D03") * 2', NOW + 4 * HOUR),
        ('=duration("PT" + string(ore) + "H")', NOW + 3 * HOUR),
        ('=if ore > 2 then param("D03") else param("D04")', NOW + 2 * HOUR),
    ],
)
def test_a_timer_says_when_in_iso_8601_or_in_feel(when: str, due: datetime) -> None:
    play = Play(timed(task("attesa"), when, interrupting=True, variables="ore"), ore=3)
    assert play.due == {"scatta": due}


def test_a_date_may_come_from_an_answer() -> None:
    file = process(
        start(),
        task("chiedi"),
        task("attesa"),
        '<boundaryEvent id="scatta" attachedToRef="attesa"><timerEventDefinition>'
        "<timeDate>=quando</timeDate></timerEventDefinition></boundaryEvent>",
        end(),
        way("inizio chiedi attesa fine"),
        way("scatta fine"),
        variables="quando",
    )
    play = Play(file).do("chiedi", quando=NOW + 5 * HOUR)
    assert play.due == {"scatta": NOW + 5 * HOUR}
    assert play.at(hours=5) == 1
    assert play.completed


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ('="domani"', "not_a_duration"),
        ("=ore", "not_a_duration"),
        ("=null", "not_a_duration"),
        ('=duration("-PT1H")', "not_a_duration"),
        ('=duration("-P1M")', "not_a_duration"),
        ("=assente", "not_a_duration"),
        ("P999999999D", "beyond_the_calendar"),
        ("P9999Y", "beyond_the_calendar"),
        ('=param("D03") * 999999999', "beyond_the_calendar"),
    ],
)
def test_a_timer_that_cannot_be_set_is_an_incident_and_leaves_the_task_open(when: str, code: str) -> None:
    play = Play(timed(task("attesa"), when, interrupting=True, variables="ore assente"), ore=3)
    assert play.open == ["attesa"]
    assert play.stuck == [("scatta", code)]
    assert play.due == {}
    assert play.do("attesa").open == ["dopo"], "the work itself is not held up"
    assert play.stuck == []


def test_a_parameter_that_is_missing_at_run_time_is_an_incident_until_it_is_there() -> None:
    play = Play(timed(task("attesa"), '=param("D03")', interrupting=True), parameters={})
    assert play.stuck == [("scatta", "unknown_parameter")]
    play.parameters = {"D03": 3 * HOUR}
    play.sleep()
    play.retry("scatta")
    assert play.stuck == []
    assert play.due == {"scatta": NOW + 3 * HOUR}
    assert play.happened("resumed") == ["scatta"], "there is something to save"


def test_months_come_from_parameters_too() -> None:
    play = Play(timed(task("attesa"), '=param("D03")', interrupting=True), parameters={"D03": YearsMonths(12)})
    assert play.due == {"scatta": datetime(2027, 3, 2, 8, 0, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("start_at", "when", "due"),
    [
        ("2026-01-31T11:00:00+00:00", "P1M", "2026-02-28T11:00:00+00:00"),
        ("2024-02-29T11:00:00+00:00", "P1Y", "2025-02-28T11:00:00+00:00"),
        ("2026-02-28T01:30:00+00:00", "P1M", "2026-03-28T01:30:00+00:00"),
        # 00:30 on 1 March in Italy, winter time; 00:30 on 1 April is summer time.
        ("2026-02-28T23:30:00+00:00", "P1M", "2026-03-31T22:30:00+00:00"),
        # 02:30 does not exist on 29 March: it is 03:30 then.
        ("2026-01-29T01:30:00+00:00", "P2M", "2026-03-29T01:30:00+00:00"),
        # A day is 24 hours, also over the change of the clocks.
        ("2026-03-28T11:00:00+00:00", "P1D", "2026-03-29T11:00:00+00:00"),
    ],
)
def test_months_end_on_a_day_that_exists(start_at: str, when: str, due: str) -> None:
    play = Play(timed(task("attesa"), when, interrupting=True), now=datetime.fromisoformat(start_at))
    assert play.due["scatta"] == datetime.fromisoformat(due)


# --- several timers ---


def with_two(first: str, second: str, *, interrupting: tuple[bool, bool]) -> bytes:
    return process(
        start(),
        task("a"),
        timer("t1", "a", first, interrupting=interrupting[0]),
        timer("t2", "a", second, interrupting=interrupting[1]),
        task("uno"),
        task("due"),
        end(),
        way("inizio a fine"),
        way("t1 uno fine"),
        way("t2 due fine"),
    )


def test_after_an_outage_timers_fire_in_the_order_of_their_instants() -> None:
    play = Play(with_two("PT5H", "PT2H", interrupting=(False, False)))
    assert play.at(hours=24) == 2
    assert play.happened("fired") == ["t2", "t1"]
    assert play.open == ["a", "due", "uno"]


def test_an_earlier_interrupting_timer_makes_the_later_one_void() -> None:
    play = Play(with_two("PT5H", "PT2H", interrupting=(False, True)))
    assert play.at(hours=24) == 1
    assert play.open == ["due"]
    assert play.happened("fired") == ["t2"]


def test_it_is_known_when_the_timer_was_due_that_took_something_away() -> None:
    play = Play(with_two("PT5H", "PT2H", interrupting=(False, True)))
    taken = play.item("a").id
    play.instance.advance(NOW + timedelta(hours=24))
    assert play.instance.taken_away[taken] == NOW + timedelta(hours=2)
    play.instance.take_journal()
    assert play.instance.taken_away == {}


def test_an_earlier_reminder_is_given_though_the_activity_is_then_taken_away() -> None:
    play = Play(with_two("PT2H", "PT5H", interrupting=(False, True)))
    assert play.at(hours=24) == 2
    assert play.open == ["due", "uno"]


def test_of_two_interrupting_timers_due_at_the_same_instant_one_fires() -> None:
    play = Play(with_two("PT2H", "PT2H", interrupting=(True, True)))
    assert play.at(hours=2) == 1
    assert play.open == ["uno"]


def test_a_timer_of_an_outer_activity_makes_those_inside_void() -> None:
    inner = sub(
        "s", start("si"), task("dentro"), end("sf"), timer("ti", "dentro", "PT5H"), way("si dentro sf"), way("ti sf")
    )
    file = process(
        start(), inner, timer("te", "s", "PT2H"), task("fuori"), end(), way("inizio s fine"), way("te fuori fine")
    )
    play = Play(file)
    assert play.at(hours=24) == 1
    assert play.open == ["fuori"]
    play = Play(file)
    play.at(hours=1)
    assert play.open == ["dentro"]


def test_an_inner_timer_that_came_first_may_end_the_outer_activity_before_its_own_fires() -> None:
    inner = sub(
        "s", start("si"), task("dentro"), end("sf"), timer("ti", "dentro", "PT1H"), way("si dentro sf"), way("ti sf")
    )
    file = process(
        start(), inner, timer("te", "s", "PT2H"), task("fuori"), end(), way("inizio s fine"), way("te fuori fine")
    )
    play = Play(file)
    assert play.at(hours=24) == 1
    assert play.happened("fired") == ["ti"]
    assert play.completed


# --- loops ---

REMINDERS = process(
    start(),
    xor("di_nuovo"),
    task("a"),
    timer("t", "a", "PT1H"),
    task("b"),
    end(),
    way("inizio di_nuovo a b fine"),
    way("t di_nuovo"),
)


def test_a_timer_in_a_loop_is_set_anew_each_time() -> None:
    play = Play(REMINDERS)
    for hour in range(1, 6):
        assert play.due == {"t": NOW + hour * HOUR}
        assert play.at(hours=hour) == 1
        assert play.open == ["a"]
    assert play.do("a").open == ["b"]


def test_after_an_outage_a_repeating_timer_fires_once_and_goes_on_from_now() -> None:
    play = Play(REMINDERS)
    assert play.at(hours=100) == 1
    assert play.due == {"t": NOW + 101 * HOUR}


def test_a_past_instant_that_is_set_anew_each_time_it_fires_is_stopped() -> None:
    file = process(
        start(),
        xor("di_nuovo"),
        task("a"),
        timer("t", "a", "2020-01-01T00:00:00Z"),
        end(),
        way("inizio di_nuovo a fine"),
        way("t di_nuovo"),
    )
    play = Play(file)
    play.at(hours=1)
    assert play.stuck == [("t", "endless_loop")]
    assert play.open == ["a"]
    assert play.due == {}, "it wakes nobody up any more"
    assert play.at(hours=2) == 0
    assert play.retry("t").stuck == [("t", "endless_loop")]
    assert play.do("a").completed


def test_a_retried_timer_whose_instant_has_come_fires() -> None:
    play = Play(timed(task("attesa"), '=param("D03")', interrupting=True), parameters={})
    play.parameters = {"D03": timedelta(0)}
    play.sleep()
    play.retry("scatta")
    assert play.open == ["sollecito"]


# --- what a timer sees ---


def test_a_timer_sees_the_inputs_of_its_activity() -> None:
    for host in (
        task("attesa", "> quanto = ore * 2"),
        sub("attesa", start("si"), task("d"), end("sf"), way("si d sf"), mappings=("> quanto = ore * 2",)),
        call("attesa", "altro", "> quanto = ore * 2"),
    ):
        called = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro", variables="quanto")
        when = '=duration("PT" + string(quanto + ore) + "H")'
        play = Play(timed(host, when, interrupting=True, variables="ore"), called, ore=1)
        assert play.due == {"scatta": NOW + 3 * HOUR}


def test_several_tokens_at_one_step_have_a_timer_each() -> None:
    file = process(
        start(),
        par("p"),
        xor("m"),
        task("a"),
        timer("t", "a", "PT1H"),
        end(),
        way("inizio p m a fine"),
        flow("p", "m", key="ancora"),
        way("t fine"),
    )
    play = Play(file)
    assert len(play.instance.timers) == 2
    play.do("a")
    assert len(play.instance.timers) == 1
    assert play.at(hours=1) == 1
    assert play.completed


def test_a_host_whose_timer_fires_gives_no_outputs() -> None:
    host: dict[str, Any] = {"mappings": ("< esito = 1",)}
    file = timed(sub("attesa", start("si"), task("d"), end("sf"), way("si d sf"), **host), "PT1H", interrupting=True)
    play = Play(file)
    play.at(hours=1)
    assert "esito" not in play.variables
