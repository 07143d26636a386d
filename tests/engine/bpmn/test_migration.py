"""A running instance goes over to another version of its process: what it is waiting for goes along, or it stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine.bpmn.building import Definition
from engine.bpmn.migration import CannotMigrate
from tests.engine.bpmn import diagram as d
from tests.engine.bpmn.diagram import end, flow, par, process, start, sub, task, timer, way, xor
from tests.engine.bpmn.play import NOW, Play, build

ONE = process(start(), task("a"), end(), way("inizio a fine"))


def version(*files: bytes) -> Definition:
    """A definition of its own, with an id of its own."""
    built = build(*files)
    return Definition(uuid4(), built.process, built.spec, built.called)


def go_over(play: Play, *files: bytes, began: bool = False, **names: str) -> Play:
    play.sleep()
    definition = version(*files)
    since = {item.id: NOW for item in play.instance.work_items} if began else {}
    play.instance = play.instance.migrated(definition, names, since)
    play.definition = definition
    play.sleep()
    return play


def obstacles(play: Play, *files: bytes, **names: str) -> list[tuple[str, str]]:
    before = play.instance.dump()
    with pytest.raises(CannotMigrate) as refused:
        play.instance.migrated(version(*files), names, {})
    assert play.instance.dump() == before
    return [(found.element, found.code) for found in refused.value.obstacles]


def test_an_open_task_goes_on_under_its_id_to_what_follows_now() -> None:
    play = Play(ONE)
    item = play.item("a").id
    go_over(play, process(start(), task("a"), task("b"), end(), way("inizio a b fine")))
    assert play.item("a").id == item
    assert play.do("a").open == ["b"]
    assert play.do("b").completed


def test_a_running_timer_keeps_its_instant_whatever_its_length_is_now() -> None:
    play = Play(process(start(), task("a"), timer("t", "a", "PT5H"), end(), way("inizio a fine"), way("t fine")))
    play.at(hours=2)
    key = play.instance.timers[0].id
    go_over(play, process(start(), task("a"), timer("t", "a", "PT1H"), end(), way("inizio a fine"), way("t fine")))
    assert play.due == {"t": NOW + timedelta(hours=5)}
    assert play.instance.timers[0].id == key


BORDERED = process(
    start(), task("a"), timer("t", "a", "PT5H"), timer("r", "a", "PT1H", interrupting=False), end(),
    way("inizio a fine"), way("t fine"), way("r fine"),
)  # fmt: skip


def test_a_new_border_counts_from_when_the_task_began() -> None:
    play = Play(ONE)
    play.at(hours=2)
    go_over(play, BORDERED, began=True)
    assert play.due == {"t": NOW + timedelta(hours=5), "r": NOW + timedelta(hours=1)}
    assert play.at(hours=2) == 1, "what is past by then happens next"
    assert go_over(Play(ONE), BORDERED).due["t"] == NOW + timedelta(hours=5)


def test_a_border_that_has_happened_does_not_come_again() -> None:
    play = Play(BORDERED)
    play.at(hours=2)
    go_over(play, BORDERED, began=True)
    assert list(play.due) == ["t"]


def test_a_border_that_is_gone_is_let_go_only_on_purpose() -> None:
    play = Play(BORDERED)
    assert obstacles(play, ONE) == [("t", "removed"), ("r", "removed")]
    go_over(play, ONE, t="", r="")
    assert (play.due, play.open) == ({}, ["a"])
    assert obstacles(play, ONE, a="") == [("a", "cannot_fall_away")]


def test_a_task_goes_where_it_is_told() -> None:
    other = process(start(), task("b"), timer("t2", "b", "PT9H"), end(), way("inizio b fine"), way("t2 fine"))
    play = Play(process(start(), task("a"), timer("t", "a", "PT5H"), end(), way("inizio a fine"), way("t fine")))
    assert obstacles(play, other) == [("a", "removed"), ("t", "removed")]
    assert obstacles(play, other, a="b") == [("t", "removed")]
    go_over(play, other, a="b", t="t2")
    assert (play.open, play.due) == (["b"], {"t2": NOW + timedelta(hours=5)})


def test_what_has_become_something_else_stands_in_the_way() -> None:
    receiving = process(start(), d.receive("a", "m"), end(), way("inizio a fine"), top=d.message("m", "M"))
    assert obstacles(Play(ONE), receiving) == [("a", "kind_changed")]
    assert obstacles(Play(receiving), ONE) == [("a", "kind_changed")]
    other = receiving.replace(b'name="M"', b'name="N"')
    assert obstacles(Play(receiving), other) == [("a", "listens_for_another")]
    non = BORDERED.replace(b'attachedToRef="a" cancelActivity="true"', b'attachedToRef="a" cancelActivity="false"')
    assert obstacles(Play(BORDERED), non) == [("t", "kind_changed")]
    moved = process(
        start(), task("a"), task("b"), timer("t", "b", "PT5H"), end(), way("inizio a b fine"), way("t fine")
    )  # fmt: skip
    first = process(start(), task("a"), timer("t", "a", "PT5H"), end(), way("inizio a fine"), way("t fine"))
    assert obstacles(Play(first), moved) == [("t", "moved")]


def test_another_lane_stands_in_the_way() -> None:
    elsewhere = ONE.replace(b'<lane id="cav"', b'<lane id="capofila"')
    assert obstacles(Play(ONE), elsewhere) == [("a", "lane_changed")]


NESTED = process(
    start(), sub("s", start("si"), task("a"), d.call("c", "altro"), end("sf"), way("si a c sf"), mappings=("> y = x",)),
    task("b"), end(), way("inizio s b fine"), variables="x",
)  # fmt: skip
CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro")


def test_within_subprocesses_and_called_processes() -> None:
    longer = process(start(), task("dentro"), task("poi"), end(), way("inizio dentro poi fine"), key="altro")
    play = Play(NESTED, CALLED, x=1)
    go_over(play, NESTED, longer)
    assert play.seen_at("a")["y"] == 1
    play.do("a")
    go_over(play, NESTED, CALLED)
    item = play.item("dentro")
    go_over(play, NESTED, longer)
    assert play.item("dentro").id == item.id
    assert play.do("dentro").open == ["poi"]
    assert obstacles(play, NESTED, CALLED) == [("poi", "removed")]
    without = process(start(), task("a"), task("b"), end(), way("inizio a b fine"), variables="x")
    assert obstacles(play, without) == [("s", "removed")]


def test_a_new_event_subprocess_begins_to_listen() -> None:
    listening = process(
        start(), task("a"), end(), d.triggered("e", d.of_time("timeDuration", "PT3H"), task("grave"), end("fe"),
        way("su_e grave fe"), interrupting=False), way("inizio a fine"),
    )  # fmt: skip
    play = Play(ONE)
    play.at(hours=1)
    go_over(play, listening)
    assert play.due == {"e": NOW + timedelta(hours=4)}
    play.at(hours=5)
    assert play.open == ["a", "grave"]
    assert obstacles(Play(listening), ONE) == [("e", "removed")]
    assert go_over(Play(listening), ONE, e="").due == {}


SPLIT = process(start(), par("p"), task("a"), task("b"), par("j"), task("c"), end(),
                way("inizio p a j c fine"), way("p b j"))  # fmt: skip
THREE = process(start(), par("p"), task("a"), task("b"), task("n"), par("j"), task("c"), end(),
                way("inizio p a j c fine"), way("p b j"), way("p n j"))  # fmt: skip
LINE = process(start(), task("a"), task("b"), task("c"), end(), way("inizio a b c fine"))


def test_a_join_that_would_wait_in_vain_stands_in_the_way() -> None:
    assert obstacles(Play(SPLIT), THREE) == [("j", "join_never_completed")]
    play = Play(SPLIT).do("a")
    assert obstacles(play, THREE) == [("j", "join_never_completed")]
    assert obstacles(Play(LINE), SPLIT) == [("j", "join_never_completed")]
    longer = process(start(), par("p"), task("a"), task("b"), task("b2"), par("j"), task("c"), end(),
                     way("inizio p a j c fine"), way("p b"), flow("b", "b2"), flow("b2", "j", key="b_j"))  # fmt: skip
    go_over(play, longer)
    assert play.do("b").open == ["b2"]
    assert play.do("b2").open == ["c"]


def test_what_would_be_done_twice_stands_in_the_way() -> None:
    assert ("b", "would_be_done_twice") in obstacles(Play(SPLIT), LINE)
    assert ("j", "join_changed") in obstacles(Play(SPLIT), LINE)


def test_before_and_after_a_part_that_has_changed_all_is_well() -> None:
    head = process(start(), task("prima"), par("p"), task("a"), task("b"), par("j"), task("c"), end(),
                   way("inizio prima p a j c fine"), way("p b j"))  # fmt: skip
    flat = process(start(), task("prima"), task("a"), task("b"), task("c"), end(), way("inizio prima a b c fine"))
    assert go_over(Play(flat), head).do("prima").open == ["a", "b"]
    assert go_over(Play(head), flat).do("prima").open == ["a"]
    late = Play(head).do("prima").do("a").do("b")
    assert go_over(late, flat).do("c").completed


def test_a_loop_that_is_new_around_branches_is_no_obstacle() -> None:
    around = process(start(), xor("m"), par("p"), task("a"), task("b"), par("j"), xor("x", default="x_c"), task("c"),
                     end(), way("inizio m p a j x c fine"), way("p b j"), flow("x", "m", "=ancora"),
                     variables="ancora")  # fmt: skip
    plain = process(start(), par("p"), task("a"), task("b"), par("j"), task("c"), end(),
                    way("inizio p a j c fine"), way("p b j"), variables="ancora")  # fmt: skip
    play = go_over(Play(plain, ancora=True).do("a"), around)
    assert play.do("b").open == ["a", "b"]


def test_an_instance_that_stood_still_goes_on_in_a_version_that_is_mended() -> None:
    stuck = process(
        start(), task("prima"), xor("x", default="x_b"), task("a"), task("b"), end(), way("inizio prima x"),
        flow("x", "a", "=livello > 1"), way("x b fine"), way("a fine"), variables="livello",
    )  # fmt: skip
    play = Play(stuck).do("prima", livello="alto")
    assert play.stuck == [("x", "condition_not_boolean")]
    go_over(play, stuck.replace(b"livello &gt; 1", b'livello = "alto"'))
    assert play.stuck
    assert play.retry("x").open == ["a"]


def test_races_go_along_while_they_are_between_the_same() -> None:
    def race(*names: str) -> bytes:
        events = "".join(d.catch(name, name.upper()) + flow("g", name) + flow(name, "fine") for name in names)
        messages = "".join(d.message(name.upper(), f"MSG_{name}") for name in names)
        return process(start(), d.plain("eventBasedGateway", "g"), end(), events, way("inizio g"), top=messages)

    play = Play(race("e1", "e2"))
    assert set(obstacles(play, race("e1", "e2", "e3"))) == {("e1", "race_changed"), ("e2", "race_changed")}
    go_over(play, race("e1", "e2"))
    assert play.deliver("MSG_e2").completed


def test_completions_before_a_migration_are_not_undone_after_it() -> None:
    play = Play(LINE)
    first = play.item("a").id
    play.do("a")
    go_over(play, LINE)
    with pytest.raises(Exception, match="not_remembered"):
        play.instance.followed(first)


def test_going_over_to_the_same_diagram_changes_nothing() -> None:
    play = Play(NESTED, CALLED, x=1).do("a")
    before = play.instance.dump()
    go_over(play, NESTED, CALLED)
    assert len(play.instance.dump()) <= len(before)
    assert play.do("dentro").open == ["b"]
