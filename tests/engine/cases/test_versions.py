"""When a diagram that is deployed again makes a new version, and when it does not."""

from __future__ import annotations

import pytest

from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after

CALL = (
    '<bpmn:callActivity id="chiama"><bpmn:extensionElements><zeebe:calledElement processId="{key}" '
    'propagateAllChildVariables="false" propagateAllParentVariables="false"/></bpmn:extensionElements>'
    "</bpmn:callActivity>"
)


def calling(key: str, called: str) -> bytes:
    """Write a process that does one step and calls another process."""
    return protocols.process(
        key,
        [protocols.start("inizio"), protocols.task("passo"), CALL.format(key=called), protocols.end("fatto")],
        [("inizio", "passo"), ("passo", "chiama"), ("chiama", "fatto")],
        lanes={"cav": "inizio passo chiama fatto"},
    )


def plain(step: str = "passo") -> bytes:
    """Write a process of one step."""
    return protocols.process(
        "chiamato",
        [protocols.start("inizio"), protocols.task(step), protocols.end("fatto")],
        [("inizio", step), (step, "fatto")],
        lanes={"cav": f"inizio {step} fatto"},
    )


def deploy(world: World, sources: dict[str, bytes], minutes: int = 5) -> dict[str, tuple[int, bool]]:
    """Put these in force; give the version of each process, and whether it is new."""
    with world.at(after(minutes=minutes)) as session:
        deployed = deployment.deploy(session, world.people["progettista"], sources, forms_given={})
        return {item.definition.key: (item.definition.version, item.is_new) for item in deployed}


CALLER = {"chi_chiama.bpmn": calling("chi_chiama", "chiamato")}
CALLED = {"chiamato.bpmn": plain()}


def test_a_diagram_is_the_same_with_what_it_calls_or_without(world: World) -> None:
    assert deploy(world, {**CALLER, **CALLED}) == {"chi_chiama": (1, True), "chiamato": (1, True)}
    assert deploy(world, CALLER) == {"chi_chiama": (1, False)}
    assert deploy(world, {**CALLER, **CALLED}) == {"chi_chiama": (1, False), "chiamato": (1, False)}


def test_a_diagram_that_calls_a_changed_process_gets_a_new_version(world: World) -> None:
    deploy(world, {**CALLER, **CALLED})
    assert deploy(world, {"chiamato.bpmn": plain("altro_passo")}) == {"chiamato": (2, True)}
    assert deploy(world, CALLER) == {"chi_chiama": (2, True)}


@pytest.mark.parametrize("first", ["andata", "ritorno"])
def test_two_that_call_each_other_are_the_same_one_by_one(world: World, first: str) -> None:
    both = {"andata.bpmn": calling("andata", "ritorno"), "ritorno.bpmn": calling("ritorno", "andata")}
    deploy(world, both)
    assert deploy(world, {f"{first}.bpmn": both[f"{first}.bpmn"]}) == {first: (1, False)}
    assert deploy(world, both) == {"andata": (1, False), "ritorno": (1, False)}


def test_a_process_that_an_expression_may_choose_counts_as_called(world: World) -> None:
    listed = (
        '<staffetta:callable processId="chiamato"/><staffetta:callable processId="altro"/></bpmn:extensionElements>'
    )
    caller = calling("sceglie", "=&quot;chiamato&quot;").replace(
        b"</bpmn:extensionElements></bpmn:callActivity>", listed.encode() + b"</bpmn:callActivity>"
    )
    other = plain().replace(b'"chiamato"', b'"altro"')
    files = {"sceglie.bpmn": caller, "altro.bpmn": other}
    assert deploy(world, {**files, **CALLED}) == {"sceglie": (1, True), "altro": (1, True), "chiamato": (1, True)}
    assert deploy(world, {"altro.bpmn": plain("nuovo").replace(b'"chiamato"', b'"altro"')}) == {"altro": (2, True)}
    assert deploy(world, {"sceglie.bpmn": caller}) == {"sceglie": (2, True)}
