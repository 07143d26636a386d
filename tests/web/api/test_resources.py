"""What each address gives to who may, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from engine import db, parameters
from tests import database
from tests.engine.cases import protocols
from tests.web.api.conftest import INTAKE, Programs, start
from tests.web.api.program import ABSENT, Program, Reply
from tests.web.story import passed_on
from tests.web.world import World

Row = dict[str, Any]

TYPED = protocols.process(
    "tipi",
    [protocols.start("inizio"), protocols.task("passo", form="importi"), protocols.end("fatto")],
    [("inizio", "passo"), ("passo", "fatto")],
    lanes={"cav": "inizio passo fatto"},
    variables={"quanto": "number", "giorno": "date", "istante": "date-time", "elenco": "list"},
)
AMOUNTS = protocols.form(
    "importi",
    {
        "type": "number",
        "key": "importo",
        "id": "campo_importo",
        "label": "Importo",
        "decimalDigits": 2,
        "properties": {"confidentiality": "ordinary", "routing": "true"},
        "validate": {"required": True},
    },
)


def deploy(designer: Program, files: Mapping[str, bytes]) -> Reply:
    return designer.upload(list(files.items()))


@pytest.fixture
def small(program: Programs, world: World) -> None:
    """Some small protocols in force: one of each type of value, one that a message starts, one that waits for one."""
    with db.transaction() as session:
        parameters.load_defaults(session, world.network_id, protocols.PARAMETERS)
    files = {"tipi.bpmn": TYPED, "importi.form": AMOUNTS, "giro.form": protocols.FORMS["giro"]}
    files |= {name: protocols.SOURCES[name] for name in ("su_messaggio.bpmn", "tutto.bpmn")}
    deployed = deploy(program("progettista"), files)
    assert deployed.status == 201, deployed.raw


def begin(caller: Program, world: World, definition: str, **variables: object) -> Reply:
    lanes = {"cav": str(world.agencies["cav"])}
    return caller.post("/cases", {"definition": definition, "lanes": lanes, "variables": variables})


# deployments and definitions


def test_a_deployment_says_what_is_in_force_and_what_was_before(program: Programs) -> None:
    designer = program("progettista")
    first, second = (deploy(designer, {"tipi.bpmn": TYPED, "importi.form": AMOUNTS}) for _ in range(2))
    assert first.status == second.status == 201
    (new,), (same,) = first.body["definitions"], second.body["definitions"]
    assert (new["key"], new["version"], new["is_new"]) == ("tipi", 1, True)
    assert same == {**new, "is_new": False}


def test_a_diagram_with_problems_is_refused_with_all_of_them(program: Programs) -> None:
    broken = TYPED.replace(b'id="passo" name', b'id="pas so" name')
    reply = deploy(program("progettista"), {"tipi.bpmn": broken, "foto.png": b"x", "a.form": b"{"})
    assert (reply.status, reply.code) == (422, "invalid_process")
    assert [problem["element"] for problem in reply.body["problems"]] == ["foto.png"]
    assert {"element", "reason", "way_out", "line", "file", "level", "name"} == set(reply.body["problems"][0])
    assert deploy(program("progettista"), {"tipi.bpmn": broken}).code == "invalid_process"
    assert deploy(program("progettista"), {}).status in {415, 422}


def test_a_set_is_tried_without_putting_it_in_force(program: Programs) -> None:
    designer = program("progettista")
    tried = designer.upload([("tipi.bpmn", TYPED), ("importi.form", AMOUNTS)], to="/deployments/check")
    assert tried.status == 200
    assert [(one["level"], one["element"], one["file"]) for one in tried.body["warnings"]] == [
        ("warning", "passo", "tipi.bpmn"),
        ("warning", "tipi", "tipi.bpmn"),
    ]
    assert [row for row in designer.get("/definitions").body["items"] if row["key"] == "tipi"] == []
    (deployed,) = deploy(designer, {"tipi.bpmn": TYPED, "importi.form": AMOUNTS}).body["definitions"]
    assert deployed["warnings"] == tried.body["warnings"]
    refused = designer.upload([("tipi.bpmn", b"<x/>")], to="/deployments/check")
    assert (refused.status, refused.body["problems"][0]["level"]) == (422, "refusal")


def test_a_file_that_comes_twice_is_refused(program: Programs) -> None:
    twice = [("tipi.bpmn", TYPED), ("cartella/tipi.bpmn", TYPED)]
    assert program("progettista").upload(twice).code == "invalid_process"


def test_only_a_designer_deploys(operator: Program) -> None:
    assert deploy(operator, {"tipi.bpmn": TYPED}).code == "forbidden"


def test_a_deployment_has_to_be_multipart_and_not_too_big(program: Programs) -> None:
    designer = program("progettista")
    assert designer.post("/deployments", {"files": []}).status == 415
    assert deploy(designer, {"grande.bpmn": b"x" * 1_300_000}).status == 413


def test_a_definition_shows_what_one_needs_to_start_it(operator: Program, world: World) -> None:
    rows = {row["key"]: row for row in operator.get("/definitions").body["items"]}
    page = operator.get(f"/definitions/{rows['accoglienza_cav']['id']}").body
    lane = next(lane for lane in page["lanes"] if lane["id"] == "cav")
    assert str(world.agencies["cav"]) in {agency["id"] for agency in lane["agencies"]}
    (begins,) = page["starts"]
    keys = {component.get("key") for component in begins["form"]["components"]}
    assert set(INTAKE) <= keys
    assert page["bpmn"].startswith("<?xml")
    assert rows["accoglienza_cav"].items() <= page.items()


# cases


def test_a_case_is_started_with_values_of_every_type(small: None, operator: Program, world: World) -> None:
    given = {"quanto": 12.5, "giorno": "2026-03-02", "istante": "2026-03-02T09:00:00+01:00", "elenco": ["a", 1]}
    assert begin(operator, world, "tipi", **given).status == 201
    wrong = {"quanto": "12.5", "giorno": "2026-02-30", "istante": "2026-03-02T09:00:00", "elenco": "a", "altro": 1}
    refused = begin(operator, world, "tipi", **wrong)
    assert (refused.status, refused.code) == (422, "invalid_answer")
    assert refused.wrong() == {**dict.fromkeys(wrong, "wrong_type"), "altro": "undeclared"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"definition": "ignoto"}, 404, "not_found"),
        ({"definition": "su_messaggio"}, 422, "starts_by_itself_only"),
        ({"definition": "accoglienza_cav", "variables": {"rischio_segnalato": "ALTISSIMO"}}, 422, "invalid_answer"),
        ({"definition": "accoglienza_cav", "variables": INTAKE}, 422, "lane_without_agency"),
        ({"definition": "accoglienza_cav", "variables": INTAKE, "lanes": {"cav": ABSENT}}, 422, "lane_without_agency"),
        ({"definition": "accoglienza_cav", "variables": INTAKE, "lanes": {"x": ABSENT}}, 422, "no_such_lane"),
        ({"definition": "tipi", "start": "ignoto"}, 422, "no_such_start"),
        ({"definition": "tipi", "happened_at": "2020-01-01T00:00:00Z"}, 422, "too_far_back"),
        ({"definition": "tipi", "happened_at": "2099-01-01T00:00:00Z"}, 422, "in_the_future"),
        ({"variables": {}}, 422, "unprocessable_entity"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_case_that_cannot_be_is_not_started(
    small: None, operator: Program, urls: database.Urls, body: Row, status: int, code: str
) -> None:
    reply = operator.post("/cases", body)
    assert (reply.status, reply.code) == (status, code), reply.raw
    engine = create_engine(urls.owner)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 0
    engine.dispose()


def test_a_designer_starts_no_case(program: Programs, world: World) -> None:
    assert begin(program("progettista"), world, "accoglienza_cav", **INTAKE).code == "forbidden"


def test_a_further_process_starts_in_a_case(small: None, operator: Program, case: Row) -> None:
    started = operator.post(f"/cases/{case['id']}/instances", {"definition": "tipi", "variables": {"quanto": 1}})
    assert started.status == 201, started.raw
    assert (started.body["case_id"], started.body["state"]) == (case["id"], "running")
    names = {row["name"] for row in operator.get("/tasks").body["items"]}
    assert names == {"Accetta l'invio", "Passo passo"}


def test_a_closed_case_takes_no_further_process(
    small: None, operator: Program, program: Programs, case: Row, world: World
) -> None:
    lead = program("responsabile.cav")
    assert lead.post(f"/cases/{case['id']}/cancel", {"reason": "Errore."}).status == 204
    assert operator.post(f"/cases/{case['id']}/instances", {"definition": "tipi"}).code == "case_closed"
    assert operator.get(f"/cases/{case['id']}").body["state"] == "cancelled"


def test_a_case_shows_who_takes_part_and_what_one_may_do(operator: Program, program: Programs, case: Row) -> None:
    page = operator.get(f"/cases/{case['id']}").body
    assert page["code"] == case["code"]
    assert {row["agency_name"] for row in page["participants"]} == {"Centro antiviolenza di prova"}
    assert [(row["task_name"], row["own"]) for row in page["submissions"]] == [(None, True)]
    assert (page["endings"], page["cancellation"]) == ([], None)
    everybody = {"abstain", "exclude", "record_agreement", "record_request"}
    lead = program("responsabile.cav").get(f"/cases/{case['id']}").body
    assert (set(page["may"]), set(lead["may"])) == (everybody, everybody | {"cancel_case", "erase"})


def test_an_operator_cancels_no_case_and_nobody_does_without_a_reason(
    operator: Program, program: Programs, case: Row
) -> None:
    path = f"/cases/{case['id']}/cancel"
    assert operator.post(path, {"reason": "Errore."}).code == "forbidden"
    lead = program("responsabile.cav")
    assert lead.post(path, {}).wrong() == {"#/reason": "required"}
    assert lead.post(path, {"reason": " "}).wrong() == {"reason": "required"}
    assert lead.post(path, {"reason": "x" * 2001}).wrong() == {"#/reason": "wrong_length"}


# tasks


def test_a_task_that_a_colleague_holds_is_not_ours(operator: Program, program: Programs, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    assert program("collega.cav").post(f"{path}/claim", {}).status == 200
    assert operator.post(f"{path}/claim", {}).code == "task_taken"
    assert operator.post(f"{path}/release", {"reason": "x"}).code == "task_not_yours"
    assert operator.put(f"{path}/draft", {"values": {}}).code == "task_not_yours"
    assert operator.post(f"{path}/complete", {"values": {}}).code == "task_not_yours"
    assert operator.post(f"{path}/correct", {"values": {}, "reason": "x"}).code == "not_found"


def test_a_draft_is_its_writers_alone(operator: Program, program: Programs, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    operator.post(f"{path}/claim", {})
    operator.put(f"{path}/draft", {"values": {"esito_invio": "accetta"}})
    assert program("collega.cav").get(path).body["draft"] is None
    assert operator.get(path).body["draft"]["values"] == {"esito_invio": "accetta"}


def test_an_answer_is_checked_field_by_field(operator: Program, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    operator.post(f"{path}/claim", {})
    assert operator.post(f"{path}/complete", {"values": {}}).wrong() == {"esito_invio": "required"}
    assert operator.post(f"{path}/complete", {"values": {"esito_invio": "forse"}}).wrong() == {
        "esito_invio": "not_an_option"
    }
    assert operator.put(f"{path}/draft", {"values": {"ignota": 1}}).wrong() == {"ignota": "undeclared"}
    assert operator.post(f"{path}/complete", {"values": {}, "lanes": {"cav": ABSENT}}).status == 422


def test_a_decimal_keeps_its_digits_from_a_draft_to_its_answer(small: None, operator: Program, world: World) -> None:
    begin(operator, world, "tipi")
    (row,) = operator.get("/tasks").body["items"]
    path = f"/tasks/{row['id']}"
    operator.post(f"{path}/claim", {})
    sent = {"data": b'{"values": {"importo": 1234567.10}}', "content_type": "application/json"}
    assert operator.send("PUT", f"{path}/draft", **sent).status == 200
    kept = operator.get(path)
    assert kept.body["draft"]["values"]["importo"] == Decimal("1234567.10")
    assert b"1234567.10" in kept.raw
    assert operator.put(f"{path}/draft", {"values": {"importo": 0.123}}).wrong() == {"importo": "too_many_decimals"}
    assert operator.put(f"{path}/draft", {"values": {"importo": "12"}}).wrong() == {"importo": "not_a_number"}
    assert operator.put(f"{path}/draft", {"values": {"importo": True}}).wrong() == {"importo": "not_a_number"}
    assert operator.send("POST", f"{path}/complete", **sent).status == 200


def test_a_form_hides_in_its_list_of_questions_what_its_conditions_hide(operator: Program, task: Row) -> None:
    operator.post(f"/tasks/{task['id']}/claim", {})
    done = operator.post(f"/tasks/{task['id']}/complete", {"values": {"esito_invio": "accetta"}})
    path = f"/tasks/{done.body['opened'][0]['id']}"
    operator.post(f"{path}/claim", {})
    assert "colloquio_il" in operator.get(path).body["form"]["visible"]
    operator.put(f"{path}/draft", {"values": {"esito_contatto": "non_raggiunta"}})
    assert "colloquio_il" not in operator.get(path).body["form"]["visible"]


def test_an_act_may_have_been_done_earlier(operator: Program, case: Row, task: Row) -> None:
    opened = datetime.fromisoformat(case["opened_at"])
    reply = operator.post(f"/tasks/{task['id']}/claim", {"happened_at": opened.isoformat()})
    assert reply.status == 200, reply.raw
    lines = operator.get(f"/cases/{case['id']}/history").body["items"]
    claimed = next(line for line in lines if line["kind"] == "task_claimed")
    assert datetime.fromisoformat(claimed["happened_at"]) == opened


def test_an_act_for_an_agency_with_the_portal_is_refused(operator: Program, world: World, task: Row) -> None:
    for agency, code in ((str(world.agencies["cav"]), "agency_uses_the_portal"), (ABSENT, "not_the_owing_agency")):
        assert operator.post(f"/tasks/{task['id']}/claim", {"on_behalf_of": agency}).code == code


def test_an_act_for_an_agency_without_the_portal_says_so(operator: Program, world: World) -> None:
    lanes = {"cav": str(world.agencies["telefono"])}
    operator.post("/cases", {"definition": "accoglienza_cav", "lanes": lanes, "variables": INTAKE})
    passed_on(world)
    path = f"/tasks/{operator.get('/tasks').body['items'][0]['id']}"
    assert operator.get(f"{path}/handover").body["needs_on_behalf_of"] is True
    refused, taken = (operator.post(f"{path}/claim", body) for body in ({}, {"on_behalf_of": lanes["cav"]}))
    assert (refused.code, taken.status) == ("on_behalf_of_needed", 200)


def test_a_completed_task_is_done_once_and_can_be_corrected(operator: Program, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    operator.post(f"{path}/claim", {})
    assert operator.post(f"{path}/complete", {"values": {"esito_invio": "accetta"}}).status == 200
    assert operator.post(f"{path}/complete", {"values": {"esito_invio": "accetta"}}).code == "task_not_open"
    assert operator.post(f"{path}/claim", {}).code == "task_not_open"
    refused = operator.post(f"{path}/correct", {"values": {"esito_invio": "boh"}, "reason": "Errore."})
    assert refused.wrong() == {"esito_invio": "not_an_option"}
    for _ in range(2):
        corrected = operator.post(f"{path}/correct", {"values": {"esito_invio": "accetta"}, "reason": "Errore."})
        assert corrected.status == 201
    page = operator.get(f"/cases/{task['case_id']}").body
    kinds = sorted(row["kind"] for row in page["submissions"] if row["task_name"] is not None)
    assert kinds == ["answer", "correction", "correction"]


def test_what_a_case_was_opened_with_is_read_and_corrected(
    operator: Program, program: Programs, task: Row, world: World
) -> None:
    asked = operator.get(f"/tasks/{task['id']}").body["request"]
    assert (asked["values"], asked["closed"], asked["corrected"]) == (INTAKE, [], False)
    path = f"/submissions/{asked['id']}"
    assert operator.get(path).body["values"] == INTAKE
    for method, place in (("GET", path), ("POST", f"{path}/correct")):
        body = {"values": INTAKE, "reason": "Prova."} if method == "POST" else None
        assert program("operatrice.ps").send(method, place, body).code == "not_found"
    new = {"canale": "n1522", "rischio_segnalato": "MEDIO"}
    corrected = operator.post(f"{path}/correct", {"values": new, "reason": "Errore."}).body
    assert (corrected["corrects_id"], corrected["task_id"]) == (asked["id"], None)
    asked = operator.get(f"/tasks/{task['id']}").body["request"]
    assert (asked["values"], asked["corrected"]) == (new, True)


# messages


def test_a_message_starts_what_begins_with_it_and_moves_what_waits(
    small: None, operator: Program, case: Row, world: World
) -> None:
    sent = {"name": "MSG_INIZIO", "correlation": case["code"], "values": {"motivo": "chiamata"}}
    assert operator.post("/messages", sent).body == {"moved": 1}
    assert "Passo passo" in {row["name"] for row in operator.get("/tasks").body["items"]}
    assert operator.post("/messages", {**sent, "values": {"altro": 1}}).wrong() == {"altro": "undeclared"}
    assert operator.post("/messages", {**sent, "values": {"motivo": 1}}).wrong() == {"motivo": "wrong_type"}
    assert operator.post("/messages", {**sent, "name": "MSG_PROVA"}).code == "nobody_waits"


@pytest.mark.parametrize("code", ["2345-67", "xyz", "K7QF-31"])
def test_a_message_to_no_case_of_ours_finds_nothing(operator: Program, program: Programs, case: Row, code: str) -> None:
    nowhere = operator.post("/messages", {"name": "MSG_INIZIO", "correlation": code})
    strange = program("operatrice.ps").post("/messages", {"name": "MSG_INIZIO", "correlation": case["code"]})
    assert (nowhere.status, nowhere.raw) == (404, strange.raw)


# board


def test_the_board_is_for_those_who_answer_for_it(operator: Program, program: Programs, case: Row) -> None:
    board = program("responsabile.cav").get("/board/overdue")
    assert board.status == 200
    assert [row["label"] for row in board.body["due_soon"]] == ["Accetta l'invio"]
    assert board.body["due_soon"][0]["late_by"] < 0
    assert board.body["watchdog"] == {
        "findings": [{"code": "no_worker", "severity": "alarm", "since": None, "count": 1}],
        "workers": 0,
        "inspected_at": None,
    }
    assert operator.get("/board/overdue").code == "forbidden"


def test_two_cases_are_two(operator: Program, world: World) -> None:
    assert start(operator, world)["code"] != start(operator, world)["code"]
