"""Ad-hoc subprocesses and complex gateways go over to another version with what they have still to do."""

from __future__ import annotations

from tests.engine.bpmn.diagram import element, end, par, process, start, task, way
from tests.engine.bpmn.play import Play
from tests.engine.bpmn.test_migration import go_over, obstacles


def in_any_order(*steps: str, more: str = "") -> bytes:
    """One at a time, in the order of `steps`."""
    order = ", ".join(f'"{step}"' for step in steps)
    listed = f"<extensionElements><zeebe:adHoc activeElementsCollection='=[{order}]' /></extensionElements>"
    inner = element("adHocSubProcess", "s", listed + "".join(task(step) for step in steps), ordering="Sequential")
    return process(start(), inner, more, end(), way("inizio s fine"))


def test_the_steps_that_are_left_are_begun_in_the_new_version() -> None:
    play = go_over(Play(in_any_order("a", "b", "c")).do("a"), in_any_order("c", "b", "d"))
    assert play.do("b").open == ["c"]
    assert play.do("c").completed


def test_the_steps_that_are_left_may_have_other_names_but_have_to_be_there() -> None:
    play = Play(in_any_order("a", "b", "c")).do("a")
    assert obstacles(play, in_any_order("a", "b")) == [("s", "steps_changed")]
    play = go_over(play, in_any_order("a", "b", "z"), c="z")
    assert play.do("b").open == ["z"]
    assert play.do("z").completed


def enough(*flows: str) -> bytes:
    gate = element("complexGateway", "g", "<activationCondition>=activationCount &gt;= 2</activationCondition>")
    parts = (start(), par("p"), task("a"), task("b"), task("c"), gate, task("dopo"), end())
    return process(*parts, way("inizio p"), *(way(f"p {name} g") for name in "abc"), way("g dopo fine"), *flows)


def test_a_gateway_that_has_gone_on_still_waits_for_what_belongs_to_it() -> None:
    play = go_over(Play(enough()).do("a").do("b"), enough())
    assert play.open == ["c", "dopo"]
    assert play.do("c").open == ["dopo"]
    assert play.do("dopo").completed
    play = go_over(Play(enough()).do("a"), enough())
    assert play.do("c").open == ["b", "dopo"]
