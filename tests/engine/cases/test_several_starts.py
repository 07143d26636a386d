"""A protocol that people begin at one of several starts, each with a form of its own."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.cases import corrections, lifecycle, submission_page
from engine.cases.models import Case, FormSubmission, ProcessInstance, UserTask
from engine.definitions import deployment, queries
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after

KEYS = "telefono sportello da_telefono da_sportello fatto"
SOURCE = protocols.process(
    "due_porte",
    [
        protocols.start("telefono", name="Ha telefonato", form="chiamata"),
        protocols.start("sportello", name="È venuta"),
        protocols.task("da_telefono"),
        protocols.task("da_sportello"),
        protocols.end("fatto"),
    ],
    [("telefono", "da_telefono"), ("sportello", "da_sportello"), ("da_telefono", "fatto"), ("da_sportello", "fatto")],
    lanes={"cav": KEYS},
)
FORMS = {"chiamata": protocols.form("chiamata", protocols.field("checkbox", "sicura", routing=True))}


@pytest.fixture
def begin(world: World) -> Any:
    with world.at(START) as session:
        deployment.deploy(session, world.people["progettista"], {"due_porte.bpmn": SOURCE}, forms_given=FORMS)

    def started(start: str | None, **values: object) -> Case:
        with world.at(after(minutes=1)) as session:
            lanes = {"cav": world.agencies["cav"]}
            actor = world.people["operatrice.cav"]
            return lifecycle.start(session, actor, "due_porte", lanes=lanes, start=start, variables=values)

    return started


def test_it_begins_at_the_one_that_is_named(world: World, begin: Any) -> None:
    case = begin("sportello")
    (task,), (instance,) = world.rows(UserTask), world.rows(ProcessInstance)
    assert (task.case_id, task.element_id, instance.start_event) == (case.id, "da_sportello", "sportello")
    assert world.rows(FormSubmission) == []


def test_the_answers_are_those_to_the_form_of_that_start(world: World, begin: Any) -> None:
    begin("telefono", sicura=True)
    (task,), (row,) = world.rows(UserTask), world.rows(FormSubmission)
    assert task.element_id == "da_telefono"
    actor = world.people["operatrice.cav"]
    with world.at(after(minutes=2)) as session:
        corrections.correct(session, actor, row.id, {"sicura": False}, reason="aveva detto di no")
    with world.at(after(minutes=3)) as session:
        page = submission_page.submission(session, actor, row.id)
        assert page.form is not None
        assert (page.form.id, [values for _row, values in page.versions]) == (
            "chiamata",
            [{"sicura": True}, {"sicura": False}],
        )


@pytest.mark.parametrize(("start", "code"), [(None, "required"), ("", "no_such_start"), ("fatto", "no_such_start")])
def test_one_that_is_not_there_or_not_said_is_refused(world: World, begin: Any, start: str | None, code: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        begin(start)
    assert (refused.value.field, refused.value.code) == ("start", code)
    assert world.rows(Case) == []


def test_people_are_shown_all_of_them(world: World, begin: Any) -> None:
    with world.at(after(minutes=1)) as session:
        found = {item.key: item for item in queries.startable(session, world.people["operatrice.cav"])}["due_porte"]
    assert [(one.id, one.name, one.form is not None) for one in found.starts] == [
        ("telefono", "Ha telefonato", True),
        ("sportello", "È venuta", False),
    ]
