"""The way back from a completed task: everything is again as it was, or it says why it cannot be."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest

from engine.bpmn import state
from engine.bpmn.way_back import KEPT, NoWayBack
from tests.engine.bpmn import diagram as d
from tests.engine.bpmn.diagram import end, flow, par, process, start, sub, task, timer, way, xor
from tests.engine.bpmn.play import NOW, Play

TWO = process(start(), task("a"), task("b"), end(), way("inizio a b fine"), variables="x")


def standing(play: Play) -> tuple[object, ...]:
    """All that an instance is, less the order of what has none and what it remembers of completions."""
    completed, tokens, inner, scopes, _ways_back, *further = state.plain(play.instance._workflow)
    return completed, tokens, dict(inner), {key: rest for key, *rest in scopes}, further


def done(play: Play, element: str, **values: object) -> UUID:
    """Complete a task; give its id."""
    item = play.item(element)
    play.instance.complete(item.id, values)
    play.sleep()
    return item.id


def back(play: Play, task_id: UUID) -> Play:
    play.sleep()
    play.instance.reopen(task_id)
    play.sleep()
    return play


def refused(play: Play, task_id: UUID) -> tuple[str, str | None]:
    before = standing(play)
    with pytest.raises(NoWayBack) as refusal:
        play.instance.followed(task_id)
    with pytest.raises(NoWayBack):
        play.instance.reopen(task_id)
    assert standing(play) == before
    return refusal.value.code, refusal.value.element


def there_and_back(play: Play, element: str, **values: object) -> None:
    """Complete a task and go back: nothing has changed, and the same task can be completed again."""
    before, item = standing(play), play.item(element).id
    assert done(play, element, **values) == item
    assert play.instance.followed(item) is not None
    back(play, item)
    assert standing(play) == before
    assert play.item(element).id == item
    with pytest.raises(NoWayBack):
        play.instance.followed(item)


def test_the_task_is_open_again_and_what_followed_is_withdrawn() -> None:
    play = Play(TWO, x=1)
    there_and_back(play, "a", x=2, neu=3)
    assert play.variables == {"case_code": "AAAA", "x": 1}
    assert (play.happened("cancelled"), play.happened("reopened")) == (["b"], ["a"])
    play.do("a", x=5).do("b")
    assert play.completed


def test_one_step_back_not_two() -> None:
    play = Play(process(start(), task("a"), task("b"), task("c"), end(), way("inizio a b c fine")))
    first, second = done(play, "a"), done(play, "b")
    assert refused(play, first) == ("gone_on", "b")
    back(play, second)
    assert refused(play, first) == ("gone_on", "b")


def test_an_ended_instance_has_no_way_back() -> None:
    play = Play(process(start(), task("a"), end(), way("inizio a fine")))
    item = play.item("a").id
    play.instance.complete(item, {})
    assert refused(play, item) == ("instance_ended", None)


def test_a_task_that_was_never_completed_has_no_way_back() -> None:
    play = Play(TWO)
    assert refused(play, play.item("a").id) == ("not_remembered", None)
    assert refused(play, UUID(int=1)) == ("not_remembered", None)


def test_borders_are_back_with_the_instants_that_they_had() -> None:
    file = process(
        start(),
        task("a"),
        timer("presto", "a", "PT2H", interrupting=False),
        timer("tardi", "a", "PT5H"),
        task("b"),
        end(),
        way("inizio a b fine"),
        way("presto fine"),
        way("tardi fine"),
    )
    play = Play(file)
    play.at(hours=1)
    there_and_back(play, "a")
    item = done(play, "a")
    play.at(hours=3)
    back(play, item)
    assert play.due == {"presto": NOW + timedelta(hours=2), "tardi": NOW + timedelta(hours=5)}
    assert play.at(hours=3) == 1, "what was missed meanwhile happens at once"


def test_a_task_whose_time_is_up_is_not_opened_to_be_closed_at_once() -> None:
    play = Play(
        process(start(), task("a"), timer("t", "a", "PT2H"), task("b"), end(), way("inizio a b fine"), way("t fine"))
    )
    item = done(play, "a")
    play.at(hours=3)
    assert refused(play, item) == ("time_is_up", "t")


def test_a_timer_that_has_fired_on_what_followed_stands_in_the_way() -> None:
    file = process(
        start(),
        task("a"),
        task("b"),
        timer("t", "b", "PT2H", interrupting=False),
        end(),
        way("inizio a b fine"),
        way("t fine"),
    )
    play = Play(file)
    item = done(play, "a")
    play.at(hours=3)
    assert refused(play, item) == ("gone_on", "t")


JOINED = process(
    start(),
    par("p"),
    task("a"),
    task("b"),
    task("b2"),
    par("j"),
    task("c"),
    end(),
    way("inizio p a j c fine"),
    way("p b b2 j"),
    variables="x y",
)


def test_a_token_comes_back_from_a_join_while_the_other_branch_goes_on() -> None:
    play = Play(JOINED, x=1)
    first = done(play, "a", x=2)
    play.do("b", y=7)
    back(play, first)
    assert play.open == ["a", "b2"]
    assert play.variables == {"case_code": "AAAA", "x": 1, "y": 7}
    play.do("b2")
    assert play.open == ["a"]
    play.do("a")
    assert play.open == ["c"]


def test_a_join_that_went_on_is_undone_with_the_task_that_completed_it() -> None:
    play = Play(JOINED)
    first = done(play, "a")
    play.do("b")
    there_and_back(play, "b2")
    last = done(play, "b2")
    assert refused(play, first) == ("gone_on", "j")
    back(play, last)
    assert play.open == ["b2"]


def test_a_variable_that_somebody_else_has_written_since_stands_in_the_way() -> None:
    play = Play(JOINED, x=1)
    first = done(play, "a", x=2)
    play.do("b", x=3)
    assert refused(play, first) == ("written_since", None)


def test_an_inclusive_join_lets_go_back_only_while_nothing_else_has_happened() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        task("d"),
        d.fork("j"),
        task("c"),
        end(),
        way("inizio p a j c fine"),
        way("p b j"),
        way("p d fine"),
    )
    play = Play(file)
    there_and_back(play, "a")
    item = done(play, "a")
    play.do("d")
    assert refused(play, item) == ("others_went_on", None)


def test_in_a_loop_the_next_round_is_withdrawn() -> None:
    file = process(
        start(),
        xor("m"),
        task("a"),
        timer("t", "a", "P9D"),
        xor("x", default="x_b"),
        task("b"),
        end(),
        way("inizio m a x b fine"),
        flow("x", "m", "=ancora"),
        way("t fine"),
        variables="ancora",
    )
    play = Play(file)
    play.do("a", ancora=True)
    there_and_back(play, "a", ancora=True)
    there_and_back(play, "a", ancora=False)
    play.do("a", ancora=False)
    assert play.open == ["b"]


NESTED = process(
    start(),
    sub(
        "s",
        start("si"),
        par("sp"),
        task("a"),
        d.call("c", "altro", "> n = x", "< x = n"),
        par("sj"),
        end("sf"),
        way("si sp a sj sf"),
        way("sp c sj"),
        mappings=("> y = x",),
    ),
    timer("t", "s", "P9D"),
    task("b"),
    end(),
    way("inizio s b fine"),
    way("t fine"),
    variables="x",
)
CALLED = process(start(), task("dentro"), task("poi"), end(), way("inizio dentro poi fine"), key="altro", variables="n")


def test_the_end_of_a_subprocess_and_of_a_called_process_is_undone() -> None:
    play = Play(NESTED, CALLED, x=1)
    there_and_back(play, "a")
    there_and_back(play, "dentro", n=4)
    play.do("dentro", n=4)
    there_and_back(play, "poi", n=5)
    play.do("poi", n=6)
    there_and_back(play, "a")
    play.do("a")
    assert play.open == ["b"]
    assert play.variables["x"] == 6


def test_what_was_done_in_a_scope_that_has_ended_since_stays_done() -> None:
    file = process(
        start(),
        sub("s", start("si"), par("sp"), task("a"), task("b"), end("sf"), way("si sp a sf"), way("sp b sf")),
        task("c"),
        end(),
        way("inizio s c fine"),
    )
    play = Play(file)
    item = done(play, "a")
    play.do("b")
    assert refused(play, item) == ("scope_ended", "a")


def test_what_listens_and_what_a_condition_began_is_as_before() -> None:
    file = process(
        start(),
        task("a"),
        task("b"),
        end(),
        d.triggered("e", d.of_condition("=x > 1"), task("grave"), end("fe"), way("su_e grave fe"), interrupting=False),
        way("inizio a b fine"),
        variables="x",
    )
    play = Play(file, x=1)
    there_and_back(play, "a", x=2)
    item = done(play, "a", x=2)
    assert play.open == ["b", "grave"]
    play.do("grave")
    assert refused(play, item) == ("gone_on", "grave")


def test_a_task_that_closed_the_steps_of_others_stays_done() -> None:
    file = process(
        start(),
        sub(
            "s",
            start("si"),
            par("p"),
            task("a"),
            task("b"),
            end("sf"),
            '<endEvent id="chiude"><terminateEventDefinition/></endEvent>',
            way("si p a chiude"),
            way("p b sf"),
        ),
        task("c"),
        end(),
        way("inizio s c fine"),
    )
    play = Play(file)
    assert refused(play, done(play, "a")) == ("cannot_be_undone", "b")


def test_an_answer_that_stopped_the_case_can_be_given_again() -> None:
    file = process(
        start(),
        task("prima"),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        end(),
        way("inizio prima x"),
        flow("x", "a", "=livello > 1"),
        way("x b fine"),
        way("a fine"),
        variables="livello",
    )
    play = Play(file)
    item = done(play, "prima", livello="alto")
    assert play.stuck == [("x", "condition_not_boolean")]
    back(play, item)
    assert (play.stuck, play.open) == ([], ["prima"])
    assert play.do("prima", livello=2).open == ["a"]


def test_what_waits_for_a_message_is_withdrawn_while_none_has_come() -> None:
    file = process(start(), task("a"), d.receive("r", "m"), end(), way("inizio a r fine"), top=d.message("m", "M"))
    play = Play(file)
    there_and_back(play, "a")
    assert play.waiting == []


def test_decisions_and_scripts_on_the_way_are_made_anew() -> None:
    file = process(
        start(),
        task("a"),
        d.rule("r", "esito", "e", "> eta = eta"),
        d.script("s", "eta + 1", "dopo"),
        task("b"),
        end(),
        way("inizio a r s b fine"),
        variables="eta",
    )
    play = Play(file, eta=10)
    there_and_back(play, "a", eta=20)
    assert "dopo" not in play.variables
    assert play.do("a", eta=30).variables["dopo"] == 31


def test_only_the_last_completions_are_remembered() -> None:
    file = process(
        start(),
        par("p"),
        *[task(f"t{n}") for n in range(KEPT + 2)],
        par("j"),
        end(),
        way("inizio p"),
        way("j fine"),
        *[way(f"p t{n} j") for n in range(KEPT + 2)],
    )
    play = Play(file)
    items = [done(play, f"t{n}") for n in range(KEPT + 1)]
    assert refused(play, items[0]) == ("not_remembered", None)
    assert len(play.instance.followed(items[1])) == 1
    for item in reversed(items[1:]):
        back(play, item)
    assert play.open == sorted(f"t{n}" for n in range(1, KEPT + 2))


@pytest.mark.parametrize("seed", range(30))
def test_any_step_of_a_long_way_can_be_undone_at_once(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a play, no secret
    play = Play(NESTED, CALLED, x=1)
    while not play.completed:
        element = chance.choice(play.open)
        before, item = standing(play), play.item(element).id
        play.instance.complete(item, {"n": chance.randrange(5)})
        if play.completed:
            break
        back(play, item)
        assert standing(play) == before
        play.do(element, n=chance.randrange(5))
