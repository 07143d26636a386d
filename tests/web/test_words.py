"""Every code that the engine can give has words, and every error an answer."""

import re
from pathlib import Path

import pytest

from engine import errors as engine_errors
from engine.cases.history import EventKind
from engine.cases.inbox import Tab
from engine.cases.models import CaseStatus, TaskStatus
from engine.deadlines.models import DeadlineClock, RungStep
from engine.parameters import Nature
from engine.participants.models import Channel, Role
from web import errors, words

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
        (RungStep, words.RUNGS),
        (RungStep, words.TOLD),
        (RungStep, words.ESCALATED),
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
        for call in re.findall(r"notifications\.notify\((.*?)network_id=", path.read_text(), re.DOTALL):
            written |= set(re.findall(r"^\s+\"([a-z_]+)\",$", call, re.MULTILINE))
    assert written >= {"corrected", "taken_over", "part_ended"}
    assert written <= set(words.NOTICES)


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
