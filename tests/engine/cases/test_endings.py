"""How a case ended, in its history and on its page; and what ended only a part of it."""

from __future__ import annotations

import pytest

from engine import errors
from engine.cases import case_page, lifecycle
from engine.cases.case_page import CasePage
from engine.cases.models import Case, CaseEvent, InstanceStatus, ProcessInstance
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after

SOON, LATER = after(minutes=5), after(minutes=10)

CALL_ITSELF = (
    '<bpmn:callActivity id="richiama"><bpmn:extensionElements><zeebe:calledElement processId="{key}" '
    'propagateAllChildVariables="false" propagateAllParentVariables="false"/></bpmn:extensionElements>'
    "</bpmn:callActivity>"
)
RECURSIVE = protocols.process(
    "ricorsivo",
    [
        protocols.start("inizio"),
        protocols.task("passo", form="giro"),
        protocols.xor("ancora_uno", default="finito"),
        CALL_ITSELF.format(key="ricorsivo"),
        '<bpmn:endEvent id="richiamato" name="Dopo il richiamo"/>',
        '<bpmn:endEvent id="finito" name="Subito"/>',
    ],
    [
        ("inizio", "passo"),
        ("passo", "ancora_uno"),
        ("ancora_uno", "richiama", "=ancora = true"),
        ("ancora_uno", "finito"),
        ("richiama", "richiamato"),
    ],
    lanes={"cav": "inizio passo ancora_uno richiama richiamato finito"},
)
BOUNDARY = (
    '<bpmn:boundaryEvent id="ritirata" attachedToRef="dentro"><bpmn:errorEventDefinition errorRef="ritiro"/>'
    "</bpmn:boundaryEvent>"
)
CAUGHT = protocols.process(
    "eccezione",
    [
        protocols.start("inizio"),
        protocols.inside(
            "dentro",
            [
                protocols.start("dentro_inizio"),
                protocols.task("passo", form="giro"),
                protocols.xor("bivio", default="dentro_fatto"),
                '<bpmn:endEvent id="ritira"><bpmn:errorEventDefinition errorRef="ritiro"/></bpmn:endEvent>',
                protocols.end("dentro_fatto"),
            ],
            [
                ("dentro_inizio", "passo"),
                ("passo", "bivio"),
                ("bivio", "ritira", "=ancora = true"),
                ("bivio", "dentro_fatto"),
            ],
        ),
        BOUNDARY,
        protocols.task("saluto"),
        protocols.end("fatto"),
        protocols.end("salutata"),
    ],
    [("inizio", "dentro"), ("dentro", "fatto"), ("ritirata", "saluto"), ("saluto", "salutata")],
    lanes={"cav": "inizio dentro ritirata saluto fatto salutata"},
).replace(b"</bpmn:definitions>", b'<bpmn:error id="ritiro" name="ritiro" errorCode="RITIRO"/></bpmn:definitions>')


@pytest.fixture
def deployed(world: World) -> None:
    with world.at(after(minutes=-5)) as session:
        sources = {"ricorsivo.bpmn": RECURSIVE, "eccezione.bpmn": CAUGHT}
        deployment.deploy(session, world.people["progettista"], sources, forms_given={"giro": protocols.FORMS["giro"]})


def kinds(world: World, case: Case) -> list[tuple[str, str | None]]:
    events = sorted(world.rows(CaseEvent, CaseEvent.case_id == case.id), key=lambda event: event.id)
    return [(event.kind, event.element_id) for event in events]


def page(world: World, case: Case, by: str = "operatrice.cav") -> CasePage:
    with world.at(LATER) as session:
        return case_page.case(session, world.people[by], case.id)


def test_only_the_outermost_end_of_a_process_that_calls_itself_ends_it(deployed: None, world: World) -> None:
    case = world.start("ricorsivo")
    world.do(SOON, case, "passo", {"ancora": True})
    world.do(SOON, case, "passo", {"ancora": False})
    ended = [event for event in kinds(world, case) if event[0] == "instance_ended"]
    assert ended == [("instance_ended", "richiamato")]
    (instance,) = world.rows(ProcessInstance)
    assert (instance.outcome, instance.state) == ("richiamato", InstanceStatus.COMPLETED)


def test_an_error_that_is_caught_is_no_timer_and_ends_nothing_but_its_part(deployed: None, world: World) -> None:
    case = world.start("eccezione")
    world.do(SOON, case, "passo", {"ancora": True})
    found = kinds(world, case)
    assert ("error_caught", "ritirata") in found
    assert {"timer_fired", "instance_ended"} & {kind for kind, _ in found} == set()
    world.do(SOON, case, "saluto", {})
    assert ("instance_ended", "salutata") in kinds(world, case)


def test_a_closed_case_says_its_outcome_in_words(deployed: None, world: World) -> None:
    case = world.start("ricorsivo")
    assert page(world, case).endings == ()
    world.do(SOON, case, "passo", {"ancora": False})
    (ending,) = page(world, case).endings
    assert (ending.protocol_name, ending.outcome, ending.ended_at) == ("Prova ricorsivo", "Subito", SOON)


def test_an_end_without_a_name_has_no_words(world: World) -> None:
    case = world.start("giro")
    world.do(SOON, case, "passo", {})
    assert [ending.outcome for ending in page(world, case).endings] == [None]


def test_who_only_opened_the_case_sees_that_it_is_closed_and_not_how(deployed: None, world: World) -> None:
    case = world.start("ricorsivo", by="supervisora")
    world.do(SOON, case, "passo", {"ancora": False})
    shown = page(world, case, "supervisora")
    assert (shown.case.state, shown.endings) == ("closed", ())


def test_whoever_gave_its_lane_away_reads_no_end_of_it_though_it_opened_the_case(world: World) -> None:
    case = world.open_case()
    world.do(SOON, case, "accetta_invio", {"esito_invio": "declina", "motivo_rifiuto": "lingua"})
    lanes = {"cav": world.agencies["estraneo"]}
    told = {"mittente_avvisato": True}
    world.do(SOON, case, "riassegna_invio", told, by="operatrice.capofila", lanes=lanes)
    world.pass_on(SOON, case)
    world.claim(SOON, case, "accetta_invio", by="estranea")
    with world.at(LATER) as session:
        lifecycle.cancel(session, world.people["coordinatrice"], case.id, reason="aperto due volte")
    # The lead agency had a part only for the step in which it gave the lane on.
    with pytest.raises(errors.NotFound):
        page(world, case, "operatrice.capofila")
    reads = {name: page(world, case, name) for name in ("operatrice.cav", "estranea")}
    assert {name: len(shown.endings) for name, shown in reads.items()} == {"operatrice.cav": 0, "estranea": 1}
    assert {name: shown.cancellation and shown.cancellation.reason for name, shown in reads.items()} == {
        "operatrice.cav": None,
        "estranea": "aperto due volte",
    }


def test_a_cancelled_case_says_who_and_why_to_those_who_have_a_part_in_it(world: World) -> None:
    case = world.start("conteso", by="supervisora")
    world.claim(SOON, case, "passo")
    with world.at(SOON) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="aperto due volte")
    shown = page(world, case)
    assert shown.cancellation is not None
    assert shown.cancellation.at == SOON
    told = (shown.cancellation.agency_name, shown.cancellation.actor_name, shown.cancellation.reason)
    assert told == ("Centro antiviolenza", "responsabile.cav", "aperto due volte")
    assert [ending.state for ending in shown.endings] == [InstanceStatus.CANCELLED]
    shown = page(world, case, "supervisora")
    assert shown.cancellation is not None
    told = (shown.cancellation.agency_name, shown.cancellation.actor_name, shown.cancellation.reason)
    assert told == ("Centro antiviolenza", None, None)
    assert [line.reason for line in shown.timeline if line.kind == "case_cancelled"] == [None]
