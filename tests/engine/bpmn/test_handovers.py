"""What the linter wants of hand-overs: no agency comes to a case without one, and each says enough."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine import errors
from engine.bpmn import lanes, parsing
from tests.engine.bpmn.play import one_problem, problems, read
from tests.engine.cases.protocols import (
    Flow,
    both,
    deadline,
    end,
    handover,
    inside,
    process,
    start,
    task,
    timer,
    xor,
)

CLOCKS = (deadline("sending", "D03"), deadline("reception", "D03"))
TOLD = (handover(), *CLOCKS)
MISSING = "senza un passaggio di consegne"


def line(*keys: str) -> list[Flow]:
    return list(pairwise(keys))


def relay(*told: str, more: str = "", lane: str = "rifugio") -> bytes:
    """A process in which a second lane follows the first."""
    nodes = [start("inizio"), task("prima"), task("dopo", *told), end("fine")]
    members = {"cav": "inizio prima fine", lane: f"dopo {more}"}
    return process(
        "prova", nodes, line("inizio", "prima", "dopo", "fine"), lanes=members, variables={"rischio": "string"}
    )


def test_a_lane_is_reached_by_a_hand_over() -> None:
    assert set(read(relay(*TOLD))) == {"prova"}
    key, reason = one_problem(relay())
    assert (key, MISSING in reason) == ("dopo", True)


def test_the_lane_in_which_a_process_begins_needs_none() -> None:
    nodes = [start("inizio"), task("dopo"), task("ancora"), end("fine")]
    members = {"rifugio": "inizio dopo ancora fine"}
    assert set(read(process("prova", nodes, line("inizio", "dopo", "ancora", "fine"), lanes=members)))


def test_a_hand_over_counts_for_the_later_steps_of_its_lane_on_every_path() -> None:
    nodes = [start("inizio"), task("a"), xor("x", "b"), task("b", *TOLD), xor("y"), task("c"), end("fine")]
    ways = [("inizio", "a"), ("a", "x"), ("x", "b"), ("b", "y"), ("y", "c"), ("c", "fine")]
    members = {"cav": "inizio a x y fine", "rifugio": "b c"}
    straight = process("prova", nodes, ways, lanes=members, variables={"rischio": "string"})
    assert set(read(straight)) == {"prova"}
    around = process(
        "prova", nodes, [*ways, ("x", "y", '=rischio = "ALTO"')], lanes=members, variables={"rischio": "string"}
    )
    key, reason = one_problem(around)
    assert (key, MISSING in reason) == ("c", True)


def test_a_part_that_ends_with_its_step_is_none_for_the_next_one() -> None:
    nodes = [start("inizio"), task("a"), task("b", handover(until="step"), *CLOCKS), task("c"), end("fine")]
    members = {"cav": "inizio a fine", "rifugio": "b c"}
    key, reason = one_problem(process("prova", nodes, line("inizio", "a", "b", "c", "fine"), lanes=members))
    assert (key, MISSING in reason) == ("c", True)


def test_behind_a_parallel_join_all_lanes_of_its_branches_are_there() -> None:
    nodes = [start("inizio"), task("a"), both("s"), task("b", *TOLD), task("c"), both("j"), task("d"), end("fine")]
    ways = [*line("inizio", "a", "s", "b", "j", "d", "fine"), ("s", "c"), ("c", "j")]
    assert read(process("prova", nodes, ways, lanes={"cav": "inizio a s c j fine", "rifugio": "b d"}))


def test_what_happens_on_the_border_of_a_handed_over_step_may_come_before_it_is_accepted() -> None:
    nodes = [start("inizio"), task("a"), task("b", *TOLD), timer("t", "b", "PT1H"), task("c"), end("fine")]
    ways = [*line("inizio", "a", "b", "fine"), ("t", "c"), ("c", "fine")]
    key, reason = one_problem(process("prova", nodes, ways, lanes={"cav": "inizio a fine", "rifugio": "b t c"}))
    assert (key, MISSING in reason) == ("c", True)


def test_a_subprocess_carries_in_and_out_which_lanes_are_there() -> None:
    inner = inside("s", [start("si"), task("b", *TOLD), end("sf")], line("si", "b", "sf"))
    nodes = [start("inizio"), task("a"), inner, task("c"), end("fine")]
    ways = line("inizio", "a", "s", "c", "fine")
    assert read(process("prova", nodes, ways, lanes={"cav": "inizio a s fine", "rifugio": "b c"}))


def test_a_called_process_begins_in_a_lane_that_is_there_or_hands_over() -> None:
    def called(*told: str) -> bytes:
        nodes = [start("ai"), task("aa", *told), end("af")]
        return process("altro", nodes, line("ai", "aa", "af"), lanes={"rifugio": "ai aa af"})

    call = (
        '<bpmn:callActivity id="chiama" name="Chiama"><bpmn:extensionElements><zeebe:calledElement processId="altro" '
        'propagateAllChildVariables="false" propagateAllParentVariables="false"/></bpmn:extensionElements>'
        "</bpmn:callActivity>"
    )
    nodes = [start("inizio"), task("a"), call, end("fine")]
    calling = process("prova", nodes, line("inizio", "a", "chiama", "fine"), lanes={"cav": "inizio a chiama fine"})
    assert read(calling, called(*TOLD))
    key, reason = one_problem(calling, called())
    assert (key, "«altro» comincia nella corsia «rifugio»" in reason) == ("chiama", True)


@pytest.mark.parametrize(
    ("told", "piece"),
    [
        ((handover("curiosita"), *CLOCKS), "finalità sconosciuta «curiosita»"),
        ((handover("contatti"), *CLOCKS), "finalità sconosciuta «contatti»"),
        ((handover(basis="consenso"), *CLOCKS), "basis=«consenso»"),
        ((handover(basis="interesse_vitale"), *CLOCKS), "basis=«interesse_vitale»"),
        ((handover(send="subito"), *CLOCKS), "send=«subito»"),
        ((handover(until="sempre"), *CLOCKS), "until=«sempre»"),
        ((handover(basis="obbligo"), *CLOCKS), "quale obbligo di legge"),
        ((handover(duty="art. 331 c.p.p."), *CLOCKS), "nomina un obbligo di legge"),
        ((handover(fields="inventata"), *CLOCKS), "«inventata»"),
        ((handover(fields="rischio, rischio"), *CLOCKS), "due volte"),
        ((handover(fields="scheda.nome"), *CLOCKS), "«scheda.nome»"),
        ((handover(), CLOCKS[1]), "per chi lo deve inviare"),
        ((handover(), CLOCKS[0]), "per chi lo deve accogliere"),
        ((handover(send="automatic"),), "per chi lo deve accogliere"),
        ((handover(), handover(), *CLOCKS), "compare due volte"),
        ((CLOCKS[0],), "c'è un termine per il passaggio"),
    ],
)
def test_a_hand_over_that_says_too_little_or_too_much_is_refused(told: tuple[str, ...], piece: str) -> None:
    found = problems(relay(*told))
    assert any(piece.casefold() in problem.reason.casefold() for problem in found), found
    assert all(problem.way_out for problem in found)


@pytest.mark.parametrize(
    ("lane", "rule", "piece"),
    [
        ("rifugio", 'by="caso"', "by=«caso»"),
        ("rifugio", "", "by=«»"),
        ("rifugio", 'by="rule"', "senza espressione"),
        ("rifugio", 'by="area" expression="=rischio"', "senza espressione"),
        ("rifugio", 'by="rule" expression="rischio"', "non è un'espressione"),
        ("rifugio", 'by="rule" expression="=inventata"', "«inventata»"),
        ("rifugio", 'by="rule" expression="=quanti"', "non dà il nome"),
        ("rifugio", 'by="rule" expression="=&quot;Ambito nord&quot;"', "non dà il nome"),
        ("cav", 'by="area"', "non arriva con un passaggio"),
    ],
)
def test_a_rule_that_cannot_choose_an_agency_is_refused(lane: str, rule: str, piece: str) -> None:
    found = problems(_ruled(lane, f"<staffetta:laneRule {rule}/>"))
    assert any(piece in problem.reason for problem in found), found
    assert all(problem.way_out for problem in found)


def test_a_lane_has_one_rule_and_no_step_has_any() -> None:
    rule = '<staffetta:laneRule by="area"/>'
    assert read(_ruled("rifugio", rule))
    assert any("due volte" in problem.reason for problem in problems(_ruled("rifugio", rule + rule)))
    assert problems(relay(*TOLD, rule))


def _ruled(lane: str, rule: str) -> bytes:
    nodes = [start("inizio"), task("prima"), task("dopo", *TOLD), end("fine")]
    plain = process(
        "prova",
        nodes,
        line("inizio", "prima", "dopo", "fine"),
        lanes={"cav": "inizio prima fine", "rifugio": "dopo"},
        variables={"rischio": "string", "quanti": "number"},
    )
    opened = f'<bpmn:lane id="{lane}">'.encode()
    return plain.replace(opened, opened + f"<bpmn:extensionElements>{rule}</bpmn:extensionElements>".encode())


def test_one_lane_is_told_for_one_purpose_unless_each_part_ends_with_its_step() -> None:
    def twice(until: str) -> bytes:
        second = task("c", handover("cura", until=until), *CLOCKS)
        nodes = [start("inizio"), task("a"), task("b", handover(until=until), *CLOCKS), second, end("fine")]
        members = {"cav": "inizio a fine", "rifugio": "b c"}
        return process("prova", nodes, line("inizio", "a", "b", "c", "fine"), lanes=members)

    assert read(twice("step"))
    key, reason = one_problem(twice("process"))
    assert (key, "due finalità" in reason) == ("c", True)


def test_the_steps_that_may_have_been_the_last_before_one_are_told_by_the_diagram() -> None:
    inner = inside("s", [start("si"), task("b"), end("sf")], line("si", "b", "sf"))
    nodes = [start("inizio"), task("a"), inner, timer("t", "s", "PT1H"), xor("x"), task("c", *TOLD), end("fine")]
    ways = [*line("inizio", "a", "s", "x", "c", "fine"), ("t", "x")]
    source = process("prova", nodes, ways, lanes={"cav": "inizio a b s t x fine", "rifugio": "c"})
    read_process = parsing.read(source, "prova.bpmn")
    assert lanes.before(read_process, "c") == {"a", "b"}
    assert lanes.before(read_process, "a") == set()


def test_a_broken_diagram_is_still_only_refused() -> None:
    with pytest.raises(errors.InvalidProcess):
        read(process("prova", [start("i"), task("a"), end("f")], [("i", "x"), ("y", "a")], lanes={"cav": "i a f"}))


def test_what_is_offered_has_a_term_for_its_sender_also_where_it_goes_by_itself() -> None:
    rule = '<staffetta:laneRule by="offer"/>'
    assert read(_ruled("rifugio", rule))
    without = _ruled("rifugio", rule).replace(deadline("sending", "D03").encode(), b"")
    by_itself = without.replace(b'send="by_hand"', b'send="automatic"')
    for diagram in (without, by_itself):
        assert any("per chi lo deve inviare" in problem.reason for problem in problems(diagram))
