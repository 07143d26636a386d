"""The stories that go with each protocol are well told: steps that exist, answers that their forms accept."""

import tomllib
from datetime import datetime

import pytest

import feel
import forms
from tests.processes import drawing

SCENARIOS = sorted((drawing.ROOT / "processes").glob("*/scenarios/*.toml"))
ACTIONS = {"at", "claim", "complete", "expect_open", "expect_due", "expect_rungs", "expect_ended"}
DRAWN = {path.stem: drawing.read(path) for path in drawing.PROCESSES}
FORMS = {path.stem: forms.parse(path.read_bytes()) for path in (drawing.ROOT / "forms" / "catalog").glob("*.form")}
STEP_FORMS = {
    str(task.get("id")): FORMS[str(task.find(".//{*}formDefinition").get("formId"))]
    for drawn in DRAWN.values()
    for task in drawn.of_kind("userTask")
}
LANES = {str(lane.get("id")) for drawn in DRAWN.values() for lane in drawn.of_kind("lane")}


@pytest.fixture(params=SCENARIOS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def path(request):
    return request.param


@pytest.fixture
def story(path):
    return tomllib.loads(path.read_text("utf-8"))


def test_each_protocol_tells_at_least_three_stories():
    for name in DRAWN:
        assert len([path for path in SCENARIOS if path.parts[-3] == name]) >= 3


def test_each_step_does_one_thing_that_exists(story):
    for step in story["step"]:
        assert len(step.keys() & ACTIONS) == 1, step
        assert step.keys() <= ACTIONS | {"by", "values", "lanes"}, step
        named = [step.get("claim"), step.get("complete"), *step.get("expect_open", ())]
        named += [step[key]["task"] for key in ("expect_due",) if key in step]
        named += [rung["task"] for rung in step.get("expect_rungs", ())]
        assert {name for name in named if name} <= STEP_FORMS.keys(), step
        if "by" in step:
            assert step["by"].partition(".")[0] in story["lanes"]


def test_times_have_a_zone_and_never_go_back(story):
    assert datetime.fromisoformat(story["scenario"]["start"]).tzinfo is not None
    lengths = [feel.parse_duration(step["at"]) for step in story["step"] if "at" in step]
    assert lengths == sorted(lengths)
    for step in story["step"]:
        if "expect_due" in step:
            assert datetime.fromisoformat(step["expect_due"]["at"]).tzinfo is not None


def test_a_story_ends_in_an_end_of_its_protocol(path, story):
    ends = {str(event.get("id")) for event in DRAWN[path.parts[-3]].of_kind("endEvent")}
    assert story["step"][-1]["expect_ended"] in ends


def test_the_lanes_of_a_story_are_those_of_the_protocols(story):
    assert story["lanes"].keys() <= LANES


def test_every_answer_is_accepted_by_its_form(story):
    known = dict(story["scenario"]["variables"]) | {"richiami": 0}
    start = now = datetime.fromisoformat(story["scenario"]["start"])
    for step in story["step"]:
        if "at" in step:
            now = start + feel.parse_duration(step["at"])
        if "complete" in step:
            accepted = forms.validate(STEP_FORMS[step["complete"]], step["values"], context=known, now=now)
            known |= accepted.routing
            known["richiami"] += step["complete"] == "richiamo"


def test_together_the_stories_complete_every_step():
    told = {step.get("complete") for path in SCENARIOS for step in tomllib.loads(path.read_text("utf-8"))["step"]}
    assert told - {None} == STEP_FORMS.keys()
