"""The rettifica: a new answer beside the old one. What the old one decided has happened."""

from __future__ import annotations

from uuid import UUID

import pytest

from engine import errors, notifications
from engine.cases import case_page, corrections, lifecycle, openings, submission_page
from engine.cases.models import Case, CaseState, CaseStatus, FormSubmission, SubmissionKind, TaskStatus, UserTask
from engine.deadlines.models import Deadline
from tests.engine.cases.conftest import World, after

SOON = after(minutes=10)


@pytest.fixture
def case(world: World) -> Case:
    case = world.open_case(risk="ALTO")
    world.do(after(minutes=5), case, "accetta_invio", {"esito_invio": "accetta", "nota": "prima nota"})
    return case


@pytest.fixture
def answer_id(world: World, case: Case) -> UUID:
    (answer,) = world.rows(FormSubmission, FormSubmission.task_id.is_not(None))
    return answer.id


OPENING = openings.opening("rettifica", ["libero"])


def correct(world: World, answer_id: UUID, values: dict[str, object], **options: object) -> FormSubmission:
    with world.at(SOON) as session:
        return corrections.correct(
            session,
            world.people[str(options.pop("by", "operatrice.cav"))],
            answer_id,
            values,
            reason=str(options.pop("reason", "errore di battitura")),
            **options,
        )


def test_the_old_answer_stays_readable_beside_the_new_one(world: World, case: Case, answer_id: UUID) -> None:
    new = correct(world, answer_id, {"esito_invio": "accetta", "nota": "nota giusta"})
    with world.at(SOON) as session:
        page = submission_page.submission(session, world.people["collega.cav"], new.id, opening=OPENING)
        assert [values["nota"] for _row, values in page.versions] == ["prima nota", "nota giusta"]
        assert page.values["nota"] == "nota giusta"
        first = submission_page.submission(session, world.people["collega.cav"], answer_id, opening=OPENING)
        assert first.values["nota"] == "prima nota"


def test_it_asks_what_the_form_asked_then(world: World, case: Case, answer_id: UUID) -> None:
    """The risk was known when the step was done, so its question was hidden: a correction does not demand it."""
    new = correct(world, answer_id, {"esito_invio": "accetta"})
    assert new.kind is SubmissionKind.CORRECTION


def test_the_path_does_not_change(world: World, case: Case, answer_id: UUID) -> None:
    before = (
        [(task.element_id, task.state) for task in world.rows(UserTask)],
        [row.sealed for row in world.rows(CaseState)],
        [(row.id, row.due_at, row.state) for row in world.rows(Deadline)],
    )
    correct(world, answer_id, {"esito_invio": "declina", "motivo_rifiuto": "lingua"})
    after_it = (
        [(task.element_id, task.state) for task in world.rows(UserTask)],
        [row.sealed for row in world.rows(CaseState)],
        [(row.id, row.due_at, row.state) for row in world.rows(Deadline)],
    )
    assert after_it == before
    with world.at(SOON) as session:
        page = case_page.case(session, world.people["operatrice.cav"], case.id)
    assert {step.label for step in page.steps if step.state is TaskStatus.OPEN} == {"Fissa il colloquio"}


def test_whoever_takes_part_in_the_case_is_told_once_and_nothing_of_what_changed(
    world: World, case: Case, answer_id: UUID
) -> None:
    correct(world, answer_id, {"esito_invio": "accetta", "nota": "nota giusta"})
    with world.at(SOON) as session:
        told = {
            name: [notice.kind for notice in notifications.inbox(session, actor)]
            for name, actor in world.people.items()
        }
    assert {name for name, kinds in told.items() if kinds} == {"operatrice.cav", "collega.cav"}
    assert told["operatrice.cav"] == ["corrected"]


def test_the_author_of_an_answer_hears_of_its_correction_by_somebody_else(
    world: World, case: Case, answer_id: UUID
) -> None:
    correct(world, answer_id, {"esito_invio": "accetta", "nota": "nota giusta"}, by="responsabile.cav")
    with world.at(SOON) as session:
        told = notifications.inbox(session, world.people["operatrice.cav"])
    assert [notice.kind for notice in told] == ["corrected", "corrected"], "as its author, and as one of the agency"


def test_a_correction_can_be_corrected_and_all_hang_on_the_first_answer(world: World, answer_id: UUID) -> None:
    second = correct(world, answer_id, {"esito_invio": "accetta", "nota": "due"})
    third = correct(world, second.id, {"esito_invio": "accetta", "nota": "tre"})
    assert (second.corrects_id, third.corrects_id) == (answer_id, answer_id)
    with world.at(SOON) as session:
        page = submission_page.submission(session, world.people["operatrice.cav"], answer_id)
        assert len(page.versions) == 3


def test_a_closed_case_can_be_corrected_too(world: World, case: Case, answer_id: UUID) -> None:
    with world.at(SOON) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="aperto due volte")
    correct(world, answer_id, {"esito_invio": "accetta", "nota": "vera"})
    (row,) = world.rows(Case)
    assert (row.state, row.next_due_at) == (CaseStatus.CANCELLED, None)


@pytest.mark.parametrize(
    ("values", "errors_expected"),
    [
        ({}, {"esito_invio": "required"}),
        ({"esito_invio": "accetta", "inventata": 1}, {"inventata": "undeclared"}),
        ({"esito_invio": "forse"}, {"esito_invio": "not_an_option"}),
    ],
)
def test_a_bad_correction_is_refused_like_a_bad_answer(
    world: World, answer_id: UUID, values: dict[str, object], errors_expected: dict[str, str]
) -> None:
    with pytest.raises(errors.InvalidAnswer) as refused:
        correct(world, answer_id, values)
    assert refused.value.errors == errors_expected
    assert {row.kind for row in world.rows(FormSubmission)} == {SubmissionKind.ANSWER}


def test_a_correction_without_reason_is_refused(world: World, answer_id: UUID) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        correct(world, answer_id, {"esito_invio": "accetta"}, reason=" ")
    assert refused.value.field == "reason"


@pytest.mark.parametrize("name", ["estranea", "supervisora", "coordinatrice", "forestiera", "amministratrice"])
def test_somebody_elses_answer_is_not_there(world: World, answer_id: UUID, name: str) -> None:
    with pytest.raises(errors.NotFound):
        correct(world, answer_id, {"esito_invio": "accetta"}, by=name)
    with pytest.raises(errors.NotFound), world.at(SOON) as session:
        submission_page.submission(session, world.people[name], answer_id)


def test_a_correction_is_not_older_than_the_answer_that_it_corrects(world: World, answer_id: UUID) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        correct(world, answer_id, {"esito_invio": "accetta"}, happened_at=after(minutes=4))
    assert (caught.value.field, caught.value.code) == ("happened_at", "before_the_answer")
    kept = correct(world, answer_id, {"esito_invio": "accetta"}, happened_at=after(minutes=6))
    assert kept.happened_at == after(minutes=6)
