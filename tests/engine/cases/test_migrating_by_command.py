"""`staffetta migrate plan | apply`: what it says, and what it does."""

from __future__ import annotations

from contextlib import nullcontext
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from engine.cases.models import Case, ProcessInstance
from engine.cli import migrations, opening
from tests.engine.cases.conftest import World
from tests.engine.cases.protocols import deadline, task
from tests.engine.cases.test_migration import LINE, deploy


@pytest.fixture
def cases(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Two cases on version 1 of a protocol, one step apart."""
    monkeypatch.setattr(opening, "ready", nullcontext)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    deploy(world, [task("primo"), task("secondo")], LINE)
    first, second = world.start("passa"), world.start("passa")
    world.do("2026-03-02T10:00:00+01:00", first, "primo", {})
    return [first, second]


def newer(world: World) -> UUID:
    """A version that has no second step any more."""
    return deploy(world, [task("primo", deadline("conclusion", "T.mese")), task("terzo")],
                  [("inizio", "primo"), ("primo", "terzo"), ("terzo", "fatto")],
                  {"cav": "inizio primo terzo fatto"})  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(migrations.migrate, [*arguments, "--network", "rete"])


def gone(world: World, target: UUID) -> set[UUID]:
    return {row.case_id for row in world.rows(ProcessInstance, ProcessInstance.definition_id == target)}


def test_the_plan_says_of_each_case_what_would_become_of_it(world: World, cases: list[Case]) -> None:
    target = newer(world)
    ran = run("plan", "passa")
    assert ran.exit_code == 0
    assert f"{cases[1].code}  version 1 -> 2\n  task primo: goes on\n  conclusion clock primo: begins" in ran.output
    assert f"{cases[0].code}  stays on version 1\n" in ran.output
    assert "secondo: A case stands here, and the new version does not have the element." in ran.output
    assert "1 of 2 cases can go to version 2" in ran.output
    assert gone(world, target) == set()


def test_all_that_can_go_go(world: World, cases: list[Case]) -> None:
    target = newer(world)
    ran = run("apply", "passa", "--all")
    assert (ran.exit_code, "1 of 1 cases gone to version 2" in ran.output) == (0, True)
    assert gone(world, target) == {cases[1].id}
    assert "0 of 0 cases gone" in run("apply", "passa", "--all").output


def test_a_case_that_was_asked_for_and_cannot_go_is_told(world: World, cases: list[Case]) -> None:
    target = newer(world)
    ran = run("apply", "passa", "--case", cases[0].code, "--case", "ZZZZ-ZZ")
    assert ran.exit_code == 1
    assert f"{cases[0].code}: not gone (cannot_migrate)" in ran.output
    assert "ZZZZ-ZZ: no case of passa on another version" in ran.output
    ran = run("apply", "passa", "--case", cases[0].code, "--map", "secondo=terzo")
    assert (ran.exit_code, gone(world, target)) == (0, {cases[0].id})


def test_which_cases_has_to_be_said(world: World, cases: list[Case]) -> None:
    newer(world)
    assert run("apply", "passa").exit_code == 2
    assert run("apply", "passa", "--all", "--case", cases[0].code).exit_code == 2
    assert run("plan", "passa", "--map", "senza").exit_code == 2
    assert run("plan", "passa", "--to", "1").output.endswith("0 of 0 cases can go to version 1\n")


def test_many_cases_go_page_by_page_and_it_is_said_how_far_it_is(
    world: World, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "PAGE", 2)
    more = [world.start("passa") for _number in range(3)]
    target = newer(world)
    planned = run("plan", "passa")
    assert "4 of 5 cases can go" in planned.output
    assert "2 of 5 cases looked at" in planned.output
    assert "4 of 5 cases looked at" in planned.output
    assert "4 of 4 cases gone to version 2" in run("apply", "passa", "--all").output
    assert gone(world, target) == {one.id for one in (cases[1], *more)}


def test_the_command_speaks_italian_too(world: World, cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "it_IT.UTF-8")
    newer(world)
    ran = run("plan", "passa")
    assert (
        f"{cases[1].code}  versione 1 -> 2\n  passo primo: resta\n  orologio conclusion primo: comincia" in ran.output
    )
    assert "1 di 2 casi possono passare alla versione 2" in ran.output
