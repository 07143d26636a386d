"""Decision tables in force: deployed and frozen with their protocol, their decisions kept sealed and explained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from engine import audit, errors, parameters
from engine.cases import confidential, incidents, task_page
from engine.cases.decision_models import DecisionRecord, TaskExplanation
from engine.cases.models import CaseEvent, Incident
from engine.definitions import deployment
from engine.definitions.models import DeployedDecision, ProcessDefinition
from tests.engine.bpmn import diagram
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after
from tests.engine.dmn import drawing

TABLE = (
    '<decisionTable id="tabella" hitPolicy="UNIQUE"><input><inputExpression typeRef="string"><text>notte</text>'
    '</inputExpression><inputValues><text>"si", "no"</text></inputValues></input><output name="esito"/>'
    '<rule id="r_notte"><description>È notte: si decide subito</description>'
    '<extensionElements xmlns:s="urn:staffetta:dmn:1"><s:description lang="en">It is night</s:description>'
    '</extensionElements><inputEntry><text>"si"</text></inputEntry>'
    '<outputEntry><text>"SUBITO"</text></outputEntry></rule>'
    '<rule id="r_giorno"><description>È giorno</description><inputEntry><text>not("si")</text></inputEntry>'
    '<outputEntry><text>"DOMANI"</text></outputEntry></rule>'
    "</decisionTable>"
)
DECIDED = drawing.decision("urgenza", TABLE, needs="i:notte", type_="string").replace(
    '<decision name="urgenza" id="decision urgenza">', '<decision name="urgenza" id="urgenza" label="Urgenza">'
)
DMN = drawing.model(drawing.given("notte", "string"), DECIDED)
BPMN = diagram.process(
    diagram.start(),
    diagram.rule("decidi", "urgenza", "urgenza"),
    diagram.explaining("conferma", "decidi"),
    diagram.task("dopo"),
    diagram.end(),
    diagram.way("inizio decidi conferma dopo fine"),
    key="urgente",
    variables="notte",
)
SET = {"urgente.bpmn": BPMN, "urgenza.dmn": DMN}


def deploy(world: World, sources: dict[str, bytes]) -> ProcessDefinition:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        return deployment.deploy(session, world.people["progettista"], sources, forms_given={})[0].definition


def refused(world: World, sources: dict[str, bytes]) -> list[tuple[str, str]]:
    """Element and reason of each refusal; nothing has changed."""
    before = world.rows(ProcessDefinition), world.rows(DeployedDecision)
    with pytest.raises(errors.InvalidProcess) as caught:
        deploy(world, sources)
    assert [len(rows) for rows in before] == [len(world.rows(ProcessDefinition)), len(world.rows(DeployedDecision))]
    assert all(problem.way_out for problem in caught.value.problems)
    refusals = [problem for problem in caught.value.problems if not problem.warns and problem.file in sources]
    return [(problem.element, problem.reason) for problem in refusals]


def explained(world: World, task_id: UUID, *, by: str = "operatrice.cav") -> Any:
    with world.at(after(minutes=1)) as session:
        return task_page.task(session, world.people[by], task_id).explanation


# --- deployment ---


def test_the_tables_are_frozen_with_the_version_and_the_same_again_is_no_new_one(world: World) -> None:
    first, second = deploy(world, SET), deploy(world, SET)

    assert (first.version, second.id) == (1, first.id)
    kept = world.rows(DeployedDecision, DeployedDecision.definition_id == first.id)
    assert [(row.name, row.source) for row in kept] == [("urgenza.dmn", DMN)]


def test_another_table_is_another_version_and_running_cases_keep_theirs(world: World) -> None:
    deploy(world, SET)
    case = world.start("urgente", notte="si")
    changed = deploy(world, {**SET, "urgenza.dmn": DMN.replace(b'"SUBITO"', b'"ORA"')})

    assert changed.version == 2
    assert explained(world, world.task(case, "conferma")).version == 1
    assert explained(world, world.task(world.start("urgente", notte="si"), "conferma")).version == 2
    results = [_opened(world, row)["result"] for row in world.rows(DecisionRecord)]
    assert sorted(results) == ["ORA", "SUBITO"]


def test_a_diagram_alone_keeps_the_tables_of_its_latest_version(world: World) -> None:
    deploy(world, SET)
    renamed = deploy(world, {"urgente.bpmn": BPMN.replace(b"Fare dopo", b"Fare poi")})

    assert renamed.version == 2
    kept = world.rows(DeployedDecision, DeployedDecision.definition_id == renamed.id)
    assert [(row.name, row.source) for row in kept] == [("urgenza.dmn", DMN)]


def test_a_set_without_its_tables_is_refused(world: World) -> None:
    assert refused(world, {"urgente.bpmn": BPMN}) == [("decidi", "La decisione «urgenza» non esiste.")]


@pytest.mark.parametrize(
    ("table", "element", "piece"),
    [
        (DMN.replace(b'not("si")', b'"no"').replace(b'"si", "no"', b'"si", "no", "forse"'), "tabella", "Nessuna riga"),
        (DMN.replace(b'not("si")', b"-"), "r_giorno", "valgono insieme"),
        (DMN.replace(b'not("si")', b"> 3"), "r_giorno", "Riga 2"),
        (DMN.replace(b"<text>notte</text>", b"<text>sera</text>"), "tabella", "sera"),
        (b"<!DOCTYPE x><x/>", "urgenza.dmn", "DOCTYPE"),
    ],
    ids=["gap", "overlap", "type", "unknown name", "no table"],
)
def test_a_table_that_could_fail_is_refused_with_its_file_and_row(
    world: World, table: bytes, element: str, piece: str
) -> None:
    found = refused(world, {"urgente.bpmn": BPMN, "urgenza.dmn": table})

    assert any(where == element and piece in reason for where, reason in found), found


def test_an_input_that_no_step_writes_is_refused(world: World) -> None:
    undeclared = diagram.process(
        *(diagram.start(), diagram.rule("decidi", "urgenza", "urgenza"), diagram.task("a"), diagram.end()),
        diagram.way("inizio decidi a fine"),
        key="urgente",
    )
    ((where, reason),) = refused(world, {"urgente.bpmn": undeclared, "urgenza.dmn": DMN})

    assert where == "decidi"
    assert "legge «notte»" in reason


def test_a_file_of_tables_that_nothing_asks_is_refused(world: World) -> None:
    other = drawing.model(drawing.decision("altro", "1"), namespace="urn:altro")

    assert [where for where, _ in refused(world, {**SET, "altro.dmn": other})] == ["altro.dmn"]


# --- in a case ---


def test_a_decision_is_kept_sealed_with_inputs_rules_result_and_version_of_its_tables(world: World) -> None:
    definition = deploy(world, SET)
    case = world.start("urgente", notte="si")

    (row,) = world.rows(DecisionRecord, DecisionRecord.case_id == case.id)
    assert (row.definition_id, row.element_id) == (definition.id, "decidi")
    assert b"SUBITO" not in row.sealed
    values = _opened(world, row)
    assert (values["decision"], values["file"], values["inputs"], values["result"]) == (
        *("urgenza", "urgenza.dmn"),
        {"notte": "si"},
        "SUBITO",
    )
    assert len(values["digest"]) == 64
    assert [(rule["number"], rule["rule"]) for table in values["tables"] for rule in table["rules"]] == [(1, "r_notte")]
    kinds = [event.kind for event in world.rows(CaseEvent, CaseEvent.case_id == case.id)]
    assert kinds.count("decision_made") == 1
    assert all(event.sealed is None for event in world.rows(CaseEvent, CaseEvent.kind == "decision_made")), (
        "history says that it was made, never what came out"
    )


def test_a_range_on_the_way_is_used_and_not_kept(world: World) -> None:
    within = drawing.model(
        drawing.given("notte", "string"),
        drawing.decision("ore", "[1..3]"),
        drawing.decision("urgenza", 'if 2 in ore then "SUBITO" else notte', needs="d:ore, i:notte").replace(
            'id="decision urgenza"', 'id="urgenza"'
        ),
    )
    deploy(world, {**SET, "urgenza.dmn": within})
    world.start("urgente", notte="si")

    (row,) = world.rows(DecisionRecord)
    assert _opened(world, row)["decisions"] == {"urgenza": "SUBITO"}


def test_a_record_opens_only_as_itself(world: World) -> None:
    deploy(world, SET)
    world.start("urgente", notte="si")
    world.start("urgente", notte="no")
    one, other = world.rows(DecisionRecord)
    one.sealed = other.sealed

    with pytest.raises(errors.SealBroken):
        _opened(world, one)


def test_who_confirms_reads_the_reasons_in_the_words_of_the_table_and_the_reading_is_audited(world: World) -> None:
    deploy(world, SET)
    case = world.start("urgente", notte="si")
    found = explained(world, world.task(case, "conferma"))

    (part,) = found.parts
    assert (part.heading, part.remarks) == (
        {"it": "Urgenza"},
        ({"it": "È notte: si decide subito", "en": "It is night"},),
    )
    (row,) = world.rows(DecisionRecord)
    entries = world.rows(audit.AuditEntry, audit.AuditEntry.action == "decision.read")
    assert [entry.subject_id for entry in entries] == [str(row.id)]


def test_a_step_that_does_not_ask_for_them_has_no_reasons(world: World) -> None:
    deploy(world, SET)
    case = world.start("urgente", notte="si")
    world.do(after(minutes=5), case, "conferma", {})

    assert explained(world, world.task(case, "dopo")) is None
    assert len(world.rows(TaskExplanation)) == 1


@pytest.mark.parametrize("by", ["estranea", "forestiera", "coordinatrice", "supervisora", "progettista"])
def test_nobody_else_reads_them(world: World, by: str) -> None:
    deploy(world, SET)
    case = world.start("urgente", notte="si")

    with pytest.raises(errors.NotFound):
        explained(world, world.task(case, "conferma"), by=by)


def test_of_a_step_that_is_telephoned_only_who_plays_in_its_diagram_reads_them(world: World) -> None:
    telephoned = diagram.process(
        diagram.start(),
        diagram.task("prima"),
        diagram.rule("decidi", "urgenza", "urgenza"),
        diagram.explaining("conferma", "decidi"),
        diagram.end(),
        diagram.way("inizio prima decidi conferma fine"),
        key="urgente",
        variables="notte",
    ).replace(
        b"<flowNodeRef>conferma</flowNodeRef></lane>",
        b'</lane><lane id="associazioni" name="Associazioni"><flowNodeRef>conferma</flowNodeRef></lane>',
    )
    handed = protocols.handover("supervisione", basis="compito", fields="urgenza", send="automatic")
    clock = protocols.deadline("conclusion", "T.giorno")
    explains = '<staffetta:explains task="decidi" />'
    telephoned = telephoned.replace(explains.encode(), f"{handed}{clock}{explains}".encode())
    deploy(world, {**SET, "urgente.bpmn": telephoned})
    case = world.start("urgente", by="operatrice.capofila", notte="si")
    world.do(after(minutes=1), case, "prima", {})
    behalf = world.agencies["telefono"]
    task_id = world.claim(after(minutes=2), case, "conferma", on_behalf_of=behalf)

    with pytest.raises(errors.NotFound):
        explained(world, task_id, by="operatrice.capofila")
    assert explained(world, task_id, by="operatrice.cav").parts


def test_a_decision_that_gives_nothing_stops_the_case_until_a_person_lets_it_try_again(world: World) -> None:
    deploy(world, SET)
    case = world.start("urgente", notte="forse")

    (incident,) = world.rows(Incident, Incident.case_id == case.id)
    assert (incident.element_id, incident.code) == ("decidi", "decision_input_not_allowed")
    assert world.rows(DecisionRecord) == []
    with world.at(after(minutes=5)) as session:
        incidents.retry(session, world.people["responsabile.cav"], incident.id)
    found = world.rows(Incident, Incident.case_id == case.id)
    assert sorted(row.resolved_at is not None for row in found) == [False, True]


def test_what_a_network_approves_counts_from_the_next_decision_on(world: World) -> None:
    switched = BPMN.replace(
        b'resultVariable="urgenza" />',
        b'resultVariable="urgenza" /><zeebe:ioMapping><zeebe:input target="notte" '
        b'source="=if param(&quot;P04.triage_rapido&quot;) then &quot;si&quot; else &quot;no&quot;" />'
        b"</zeebe:ioMapping>",
    )
    deploy(world, {**SET, "urgente.bpmn": switched})
    before = world.start("urgente")
    with world.at(after(minutes=5)) as session:
        person = world.people["progettista"]
        parameters.approve(session, person, "P04.triage_rapido", value=True, approved_by="Tavolo tecnico")
    later = world.start("urgente", after(minutes=10))

    results = {row.case_id: _opened(world, row)["result"] for row in world.rows(DecisionRecord)}
    assert results == {before.id: "DOMANI", later.id: "SUBITO"}


def test_the_database_lets_nobody_change_a_record(world: World) -> None:
    deploy(world, SET)
    world.start("urgente", notte="si")

    with pytest.raises(Exception, match="permission denied"), world.at(START) as session:
        session.execute(update(DecisionRecord).values(element_id="altro"))


def _opened(world: World, row: DecisionRecord) -> dict[str, Any]:
    with world.at(START) as session:
        session.scalars(select(DecisionRecord.id)).all()
        return confidential.open_decision(session, row)
