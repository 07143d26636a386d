"""Every code that the engine can give has words, and every error an answer."""

import re
from pathlib import Path

import pytest

from engine import errors as engine_errors
from engine.cases import jobs, lane_rules, routing, starting, timers, withheld
from engine.cases.history import EventKind
from engine.cases.inbox import Tab
from engine.cases.models import CaseStatus, TaskStatus
from engine.deadlines.models import DeadlineClock, RungStep
from engine.ladders.steps import Target
from engine.participants.models import Channel, Role
from engine.terms import Nature
from web import errors, ladder_words, troubles, words

ENGINE = Path(engine_errors.__file__).parent


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (EventKind, words.EVENTS),
        (Tab, words.TABS),
        (Tab, words.EMPTY_TABS),
        (CaseStatus, words.CASE_STATES),
        (TaskStatus, words.TASK_STATES),
        (DeadlineClock, words.CLOCKS),
        (Target, ladder_words.TARGETS),
        (RungStep, ladder_words.TOLD),
        (RungStep, ladder_words.ESCALATED),
        (RungStep, words.NOTICES),
        (Nature, words.NATURES),
        (Channel, words.CHANNELS),
        (Role, words.ROLES),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "words",
)
def test_every_code_has_words(codes, table):
    assert {code.value for code in codes} <= set(table)


def test_every_kind_of_notice_that_the_engine_writes_has_words():
    written = set()
    for path in ENGINE.rglob("*.py"):
        written |= set(re.findall(r"\btell\([^\n]*?\"([a-z_]+)\"", path.read_text()))
        for call in re.findall(r"notifications\.notify\((.*?)network_id=", path.read_text(), re.DOTALL):
            written |= set(re.findall(r"^\s+\"([a-z_]+)\",$", call, re.MULTILINE))
    assert written >= {"corrected", "taken_over", "part_ended", "handover_came_back"}
    assert written <= set(words.NOTICES)


def test_every_reason_why_a_case_stands_still_has_words():
    found = {timers.FAILED, timers.KILLED, routing.UNFIT, jobs.FAILED, *lane_rules.TROUBLES, withheld.WITHOUT_BASIS}
    found.add(starting.NOT_STARTED)
    for path in [*(ENGINE / "bpmn").rglob("*.py"), ENGINE / "cases/clocks.py"]:
        text = path.read_text()
        raised = re.findall(r'code = "([a-z_]+)"\n\s+raise ExpressionFailed\(code\)', text)
        assert len(raised) == text.count("raise ExpressionFailed(code)"), path
        found |= {*raised, *re.findall(r'(?:_stick\(\w+, |starved = )"([a-z_]+)"', text)}
        found |= set(re.findall(r'except \w+:\n\s+return "([a-z_]+)"', text))
    assert {"join_never_completed", "nested_too_deep", "beyond_the_calendar", "no_condition_holds"} <= found
    assert found == set(troubles.INCIDENTS)


def test_every_reason_why_a_decision_fails_has_words():
    texts = [path.read_text() for path in (ENGINE / "dmn").rglob("*.py")]
    found = {code for text in texts for code in re.findall(r'(?:\.fail|Failure)\([\w.]+, "([a-z_]+)"\)', text)}
    assert "several_rules" in found
    assert found == set(troubles.DECISIONS)


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_clock_that_could_not_be_set_is_named_with_the_reason(app, language):
    with app.test_request_context(headers={"Cookie": f"lingua={language}"}):
        said = troubles.incident("deadline_reception_beyond_the_calendar")
    expected = {
        "it": "Presa in carico: l'orologio non è partito, una durata o una data porta fuori dal calendario",
        "en": "Taking charge: the clock did not start, a length or a date leads beyond the calendar",
    }
    assert said == expected[language]


def all_errors(kind=engine_errors.StaffettaError):
    return [kind, *[found for child in kind.__subclasses__() for found in all_errors(child)]]


def test_every_refusal_has_a_page_in_the_four_hundreds():
    refusals = [kind for kind in all_errors() if issubclass(kind, engine_errors.Refused)]
    assert len(refusals) > 10
    for kind in refusals:
        found = next(errors.REFUSALS[ancestor] for ancestor in kind.__mro__ if ancestor in errors.REFUSALS)
        assert 400 <= found.status < 500, kind


def test_absent_and_not_allowed_to_see_share_one_page():
    assert errors.REFUSALS[engine_errors.NotFound] is errors.HTTP[404]


def test_an_outage_in_the_middle_of_a_commit_asks_to_check_before_repeating(app):
    with app.test_request_context():
        sure = errors.answer_for(engine_errors.DatabaseUnavailable())
        unsure = errors.answer_for(engine_errors.DatabaseUnavailable(in_doubt=True))
        assert sure.status == unsure.status == 503
        assert "non è stato registrato nulla" in str(sure.text)
        assert "prima di ripetere" in str(unsure.text)
