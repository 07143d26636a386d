"""Activities that are done again while a condition is true, and activities that need or give several tokens."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    again,
    end,
    explaining,
    flow,
    fork,
    many,
    message,
    of_message,
    par,
    plain,
    process,
    receive,
    rule,
    script,
    start,
    sub,
    task,
    timer,
    triggered,
    waits,
    way,
)
from tests.engine.bpmn.play import NOW, Play, one_problem, problems


def one(step: str, *more: str, variables: str = "n") -> bytes:
    return process(start(), step, end(), way("inizio a fine"), *more, variables=variables)


def test_a_step_is_done_once_and_then_as_long_as_its_condition_is_true() -> None:
    play = Play(one(again(task("a"), "=n < 3")), n=9)
    play.do("a", n=1)
    assert play.open == ["a"]
    assert play.do("a", n=5).completed
    assert play.variables["n"] == 5


@pytest.mark.parametrize(("first", "times"), [(5, 0), (1, 2)])
def test_a_condition_that_is_looked_at_before_can_let_the_case_pass(first: int, times: int) -> None:
    play = Play(one(again(script("a", "n + 1", "n"), "=n < 3", before=True)), n=first)
    assert play.completed
    assert play.happened("completed").count("a") == times + 1, "each time, and the whole"
    assert play.variables["n"] == first + times


def test_a_loop_ends_after_its_most_times() -> None:
    assert Play(one(again(script("a", "n + 1", "n"), "=true", most="4")), n=0).variables["n"] == 4
    assert Play(one(again(script("a", "n + 1", "n"), most="4")), n=0).variables["n"] == 4


def test_a_loop_counts_its_times() -> None:
    play = Play(one(again(task("a"), "=loopCounter < 3")))
    for number in (1, 2, 3):
        assert play.seen_at("a")["loopCounter"] == number
        play.do("a")
    assert play.completed
    assert "loopCounter" not in play.variables


def test_a_loop_that_nobody_ends_stops_the_case() -> None:
    play = Play(one(again(script("a", "n + 1", "n"), "=n > 0")), n=1)
    assert play.stuck == [("a", "endless_loop")]


def test_a_condition_without_answer_stops_the_case_until_there_is_one() -> None:
    file = process(
        start(),
        par("p"),
        again(task("a"), "=n < 3"),
        task("b"),
        end(),
        way("inizio p a fine"),
        way("p b fine"),
        variables="n",
    )
    play = Play(file).do("a")
    assert play.stuck == [("a", "condition_not_boolean")]
    play.do("b", n=1).retry("a")
    assert play.open == ["a"]
    assert play.do("a", n=3).completed


def test_what_sits_on_the_border_watches_over_all_times() -> None:
    file = one(again(task("a"), "=n < 3"), timer("t", "a", "PT2H"), way("t fine"))
    play = Play(file, n=0).do("a", n=0)
    assert play.due == {"t": NOW.replace(hour=10)}
    assert play.at(hours=2) == 1
    assert play.completed


def test_a_subprocess_is_entered_anew_each_time() -> None:
    box = sub("a", start("si"), task("t"), timer("ora", "t", "PT1H"), end("sf"), way("si t sf"), way("ora sf"))
    play = Play(one(again(box, "=n < 3")), n=0)
    assert play.at(hours=1) == 1
    assert play.open == ["t"]
    assert play.due["ora"] == NOW.replace(hour=10)
    assert play.do("t", n=3).completed


def test_a_loop_within_an_instance_writes_into_that_instance() -> None:
    box = sub("a", start("si"), again(task("t"), "=n < 3"), end("sf"), way("si t sf"))
    play = Play(one(many(box, "2", "esiti = n")))
    first, second = play.instance.work_items
    play.instance.complete(first.id, {"n": 3})
    play.instance.complete(second.id, {"n": 1})
    play.sleep()
    assert play.open == ["t"]
    assert play.do("t", n=7).variables["esiti"] == [3, 7]


def test_instances_within_a_loop_are_counted_anew_each_time() -> None:
    box = sub("a", start("si"), many(task("t"), "2", "voti = voto"), end("sf"), way("si t sf"))
    play = Play(one(again(box, "=sum(voti) < 10"), variables="voti voto"))
    play.do("t", voto=1).do("t", voto=2)
    assert play.open == ["t", "t"]
    assert play.seen_at("t")["loopCounter"] == 1
    assert play.do("t", voto=5).do("t", voto=5).completed


# --- tokens ---


def quantity(step: str, **given: str) -> str:
    return step.replace(">", "".join(f' {name}="{value}"' for name, value in given.items()) + ">", 1)


def test_an_activity_begins_when_it_has_all_the_tokens_that_it_needs() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        task("c"),
        quantity(task("d"), startQuantity="2"),
        end(),
        way("inizio p a d fine"),
        way("p b d"),
        way("p c d"),
    )
    play = Play(file).do("a")
    assert play.open == ["b", "c"]
    play.do("b")
    assert play.open == ["c", "d"]
    play.do("c").do("d")
    assert play.stuck == [("d", "step_never_begun")], "one token is too few, and no other can come"


def test_an_activity_gives_as_many_tokens_as_it_says() -> None:
    file = process(
        start(),
        quantity(task("a"), completionQuantity="3"),
        task("b"),
        quantity(task("c"), startQuantity="3"),
        end(),
        way("inizio a b c fine"),
    )
    play = Play(file).do("a")
    assert play.open == ["b", "b", "b"]
    assert play.do("b").do("b").open == ["b"]
    assert play.do("b").open == ["c"]
    assert play.do("c").completed


def test_only_the_whole_gives_and_needs_tokens() -> None:
    both = quantity(many(task("a"), "2"), startQuantity="2", completionQuantity="2")
    file = process(start(), par("p"), both, task("b"), end(), way("inizio p a b fine"), flow("p", "a", key="ancora"))
    play = Play(file)
    assert play.open == ["a", "a"]
    assert play.do("a").do("a").open == ["b", "b"]


def test_an_inclusive_join_waits_for_a_step_that_waits_for_its_tokens() -> None:
    file = process(
        start(),
        fork("f", "f_b"),
        task("a"),
        quantity(task("d"), startQuantity="2"),
        task("b"),
        fork("g"),
        end(),
        way("inizio f b g fine"),
        flow("f", "a", "=true"),
        way("a d g"),
    )
    play = Play(file).do("a")
    assert play.stuck == [("d", "step_never_begun")]


# --- what is refused ---

BAD = {
    "two marks": (again(many(task("a"), "2"), "=n > 1"), "insieme più istanze e un ciclo"),
    "no end": (again(task("a")), "non dice quando finisce"),
    "no count": (
        task("a").replace("</userTask>", "<multiInstanceLoopCharacteristics /></userTask>"),
        "non dice quante",
    ),
    "no most": (again(task("a"), "=n > 1", most="0"), "loopMaximum"),
    "negative": (many(task("a"), "-1"), "non è un'espressione FEEL"),
    "too many": (many(task("a"), "201"), "più di 200 istanze"),
    "item without list": (
        many(task("a"), "2").replace(
            "<loopCardinality>",
            '<extensionElements><zeebe:loopCharacteristics inputElement="x" /></extensionElements><loopCardinality>',
        ),
        "non è elemento di nessuna lista",
    ),
    "list and count": (
        many(task("a"), "in =n").replace("</multi", "<loopCardinality>2</loopCardinality></multi"),
        "dice due volte",
    ),
    "result without list": (
        many(task("a"), "2").replace(
            "<loopCardinality>",
            '<extensionElements><zeebe:loopCharacteristics outputElement="=n" /></extensionElements><loopCardinality>',
        ),
        "manca la lista",
    ),
    "unknown list": (many(task("a"), "in =altri"), "usa «altri»"),
    "unknown result": (many(task("a"), "2", "esiti = altro + 1"), "usa «altro»"),
    "unknown end": (many(task("a"), "2", until="=altro"), "usa «altro»"),
    "unknown condition": (again(task("a"), "=altro"), "usa «altro»"),
    "the list reads an item": (many(task("a"), "x in =[x]"), "usa «x»"),
    "reserved item": (many(task("a"), "loopCounter in =n"), "«loopCounter» non può essere"),
    "reserved result": (many(task("a"), "2", "numberOfInstances = n"), "«numberOfInstances» non può essere"),
    "item with blanks": (many(task("a"), "un ente in =n"), "«un ente» non può essere"),
    "list and its item": (many(task("a"), "x in =n", "x = n + 1"), "è insieme la lista e un suo elemento"),
    "many tokens": (quantity(task("a"), startQuantity="101"), "più di 100 gettoni"),
    "no token": (quantity(task("a"), completionQuantity="0"), "completionQuantity"),
    "an input is over before the result": (many(task("a", "> x = 1"), "2", "esiti = x + 1"), "usa «x»"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_repetition_that_cannot_work_is_refused(name: str) -> None:
    step, reason = BAD[name]
    element_id, found = one_problem(one(step))
    assert element_id == "a"
    assert reason in found


def test_what_is_written_in_an_instance_cannot_be_read_outside() -> None:
    step = many(script("a", "1", "solo_qui"), "2")
    file = process(start(), step, script("b", "solo_qui + 1", "y"), end(), way("inizio a b fine"))
    assert one_problem(file) == ("b", "L'espressione usa «solo_qui», che nessun modulo e nessun passo scrive.")


def test_what_an_activity_is_given_can_be_read_in_it_and_on_its_border_only() -> None:
    def drawn(reader: str) -> bytes:
        return process(start(), task("a", "> x = 1"), timer("t", "a", '=if x > 0 then @"PT1H" else @"PT2H"'), reader)

    rest = end() + way("inizio a b fine") + way("t fine")
    assert Play(drawn(task("b") + rest)).due == {"t": NOW.replace(hour=9)}
    assert one_problem(drawn(script("b", "x + 1", "y") + rest))[0] == "b"


@pytest.mark.parametrize("sequential", [False, True])
def test_instances_that_would_overwrite_one_another_are_refused(sequential: bool) -> None:  # noqa: FBT001
    step = many(script("a", "1", "n"), "2", sequential=sequential)
    found = one_problem(one(step))
    assert found == ("a", "Ogni istanza scriverebbe la stessa variabile «n», che c'è anche fuori.")
    box = sub("a", start("si"), script("s", "1", "n"), end("sf"), way("si s sf"))
    assert one_problem(one(many(box, "2")))[0] == "s"
    given = sub("a", start("si"), script("s", "1", "n"), end("sf"), way("si s sf"), mappings=("> n = 0",))
    assert Play(one(many(given, "2")), n=5).variables["n"] == 5
    named = many(script("a", "1", "n"), "2", "tutti = n")
    assert Play(one(named), n=5).variables == {"case_code": "AAAA", "n": 5, "tutti": [1, 1]}
    mapped = many(task("a", "< n = campo"), "2")
    assert one_problem(one(mapped, variables="n campo"))[0] == "a"
    assert Play(one(many(task("a", "< n = n + campo"), "2"), variables="n campo"), n=0).completed is False


def extended(step: str, extension: str) -> str:
    return step.replace("</userTask>", f"<extensionElements>{extension}</extensionElements></userTask>")


def test_instances_choose_the_agency_of_a_lane_one_after_the_other_only() -> None:
    chooses = extended(task("a"), '<staffetta:laneAssignment lane="cav" />')
    assert Play(one(many(chooses, "2", sequential=True))).open == ["a"]
    found = one_problem(one(many(chooses, "2")))
    assert found == ("a", "Più istanze insieme sceglierebbero l'ente della stessa corsia.")
    box = sub("c", start("si"), chooses, end("sf"), way("si a sf"))
    assert one_problem(process(start(), many(box, "2"), end(), way("inizio c fine")))[0] == "a"


def test_each_instance_can_be_kept_for_another_person() -> None:
    apart = extended(task("a"), '<staffetta:separateFrom task="a" />')
    assert Play(one(many(apart, "2"))).open == ["a", "a"]
    assert one_problem(one(apart))[0] == "a"
    assert one_problem(one(again(apart, most="2")))[0] == "a"


def test_the_reasons_of_a_decision_are_shown_in_its_own_instance() -> None:
    decided = (rule("r", "esito", "grado", "> eta = ente"), explaining("spiega", "r"))
    ways = (start("si"), end("sf"))
    inside = sub("a", *ways, *decided, way("si r spiega sf"))
    play = Play(one(many(inside, "ente in =n")), n=[17, 44])
    traces = [item.explains for item in play.instance.work_items]
    assert len(set(traces)) == 2
    assert None not in traces
    alone = sub("a", *ways, decided[0], way("si r sf"))
    file = process(start(), many(alone, "ente in =n"), decided[1], end(), way("inizio a spiega fine"), variables="n")
    assert one_problem(file)[0] == "spiega"


def test_what_waits_for_the_first_of_several_events_is_not_repeated() -> None:
    def drawn(step: str) -> bytes:
        race = (plain("eventBasedGateway", "g"), step, waits("ora", "timeDuration", "PT1H"))
        ways = way("inizio g a fine") + way("g ora fine")
        return process(start(), *race, end(), ways, top=message("m", "M"))

    assert Play(drawn(receive("a", "m"))).waiting == [("M", "AAAA")]
    for step in (many(receive("a", "m"), "2"), again(receive("a", "m"), most="2")):
        assert one_problem(drawn(step)) == ("a", "Un'attesa di un gateway a eventi non si ripete.")


def test_an_event_subprocess_is_not_repeated() -> None:
    watcher = triggered("v", of_message("m"), end("fv"), way("su_v fv"))
    file = process(start(), task("a"), end(), way("inizio a fine"), many(watcher, "2"), top=message("m", "M"))
    assert one_problem(file) == ("v", "Un sottoprocesso evento parte da sé: non si ripete così.")


def test_every_problem_is_said_at_once() -> None:
    file = process(start(), many(task("a"), "in =altri"), again(task("b")), end(), way("inizio a b fine"))
    assert [item.element for item in problems(file)] == ["a", "b"]
