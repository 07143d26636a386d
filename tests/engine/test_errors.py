from __future__ import annotations

import pytest

from engine import errors


def classes_below(kind: type[Exception]) -> list[type[Exception]]:
    below = kind.__subclasses__()
    return [*below, *(deeper for sub in below for deeper in classes_below(sub))]


def test_the_drawn_tree_names_every_error() -> None:
    ours = [kind for kind in classes_below(errors.StaffettaError) if kind.__module__ == "engine.errors"]
    assert len(ours) > 15
    assert [kind.__name__ for kind in ours if f"── {kind.__name__}" not in str(errors.__doc__)] == []


def test_a_refusal_says_its_code_and_the_rows_it_is_about() -> None:
    refused = errors.TaskNotOpen(task_id=7)
    assert (refused.code, refused.ids, str(refused)) == ("task_not_open", {"task_id": 7}, "task_not_open task_id=7")


def test_a_refusal_takes_a_code_of_its_own_and_an_id_called_code() -> None:
    refused = errors.NotFound("case_not_found", code="A-1")
    assert (refused.code, refused.ids) == ("case_not_found", {"code": "A-1"})


def test_an_invalid_answer_shows_its_fields_and_codes_in_data_and_no_answer_in_its_text() -> None:
    invalid = errors.InvalidAnswer({"nota": "too_long", "esito": "required"})
    assert invalid.errors == {"nota": "too_long", "esito": "required"}
    assert str(invalid) == "invalid_answer fields=esito,nota"


def test_an_invalid_process_carries_all_its_problems() -> None:
    problems = (errors.Problem("a", "r", "w"), errors.Problem("b", "r", "w", 3))
    assert errors.InvalidProcess(problems).problems == problems


@pytest.mark.parametrize("kind", [errors.Conflict, errors.Invalid, errors.NotFound, errors.Forbidden])
def test_what_refuses_a_command_is_refused(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.Refused)


def test_a_failure_of_ours_is_no_refusal() -> None:
    assert not issubclass(errors.Failure, errors.Refused)
