"""Ladders as data of a network: read and checked, loaded, changed with reason and body, never changed afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from engine import protocol_files
from engine.errors import Forbidden, InvalidValue
from engine.ladders import versions
from engine.ladders.steps import EscalationClass
from engine.participants.access import Actor
from engine.participants.models import Network, Role
from tests.ladders import THREE

E1 = """
[E1]
clock = "H"
acknowledged = "PT30M"
[[E1.step]]
at = "50%"
to = ["assignee"]
[[E1.step]]
at = "breach"
to = ["on_call.first", "on_call.first:cav"]
[[E1.step]]
at = "+PT1H"
to = ["coordinator"]
"""


def refusal(toml: str) -> tuple[str, str]:
    with pytest.raises(InvalidValue) as refused:
        versions.read(toml)
    return refused.value.field, refused.value.code


def test_a_ladder_that_is_well_written_is_read_and_written_again_the_same(session: Session, network: Network) -> None:
    for toml in (E1, THREE, protocol_files.shipped_ladders()):
        versions.load_defaults(session, network.id, toml)
        again = "".join(versions.written(row) for row in versions.current(session, network.id).values())
        assert versions.read(again) == {**versions.read(again), **versions.read(toml)}


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ("[[", "ladders", "not_toml"),
        (E1.replace("E1", "E7"), "E7", "unknown_class"),
        (E1.replace('clock = "H"', 'clock = "X"'), "E1", "invalid_ladder"),
        (E1.replace("PT30M", "30 minuti"), "E1", "invalid_ladder"),
        (E1.replace("acknowledged", "extra"), "E1", "invalid_ladder"),
        (E1.replace('to = ["assignee"]', ""), "E1.step.1", "invalid_ladder_step"),
        (E1.replace("50%", "0%"), "E1.step.1.at", "invalid_ladder_at"),
        (E1.replace("50%", "100%"), "E1.step.1.at", "invalid_ladder_at"),
        (E1.replace("+PT1H", "+1h"), "E1.step.3.at", "invalid_ladder_at"),
        (
            E1.replace('"H"', '"GL"').replace("PT30M", "P1D").replace("+PT1H", "+P1M"),
            "E1.step.3.at",
            "invalid_ladder_at",
        ),
        (E1.replace('["coordinator"]', '["qualcuno"]'), "E1.step.3.to", "unknown_ladder_target"),
        (E1.replace('["coordinator"]', '["coordinator:cav"]'), "E1.step.3.to", "unknown_ladder_target"),
        (E1.replace('["coordinator"]', "[]"), "E1.step.3.to", "unknown_ladder_target"),
        (E1 + 'do = ["sparire"]', "E1.step.3.do", "unknown_ladder_action"),
        (E1.replace('"breach"', '"80%"'), "E1", "ladder_without_breach"),
        (E1.replace("50%", "+PT30M"), "E1", "ladder_order"),
        (E1.replace("+PT1H", "80%"), "E1", "ladder_order"),
        (E1 + '[[E1.step]]\nat = "+PT1H"\nto = ["coordinator"]', "E1", "ladder_order"),
    ],
)
def test_a_wrong_ladder_is_refused_with_the_step_and_what_is_wrong(wrong: str, field: str, code: str) -> None:
    assert refusal(wrong) == (field, code)


def test_what_the_network_has_set_itself_stays(session: Session, network: Network) -> None:
    assert versions.load_defaults(session, network.id, THREE) == ["E0", "E1", "E2", "E3"]
    assert versions.load_defaults(session, network.id, THREE) == []
    versions.change(
        session,
        Actor.system(network.id),
        EscalationClass.E1,
        E1,
        approved_by="Tavolo tecnico, 5 giugno",
        reason="notti",
    )
    assert versions.load_defaults(session, network.id, protocol_files.shipped_ladders()) == ["E0", "E2", "E3"]
    rows = [(row.escalation_class, row.version, row.approved_by) for row in versions.versions(session, network.id)]
    assert rows[2:4] == [("E1", 2, "Tavolo tecnico, 5 giugno"), ("E1", 1, versions.DEFAULT)]


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"approved_by": " "}, "approved_by", "required"),
        ({"approved_by": versions.DEFAULT}, "approved_by", "required"),
        ({"reason": " "}, "reason", "required"),
        ({"toml": THREE}, "E1", "another_class"),
    ],
)
def test_a_change_needs_a_body_a_reason_and_the_ladder_of_its_class(
    session: Session, network: Network, given: dict[str, str], field: str, code: str
) -> None:
    values = {"toml": E1, "approved_by": "Tavolo", "reason": "x"} | given
    with pytest.raises(InvalidValue) as refused:
        versions.change(session, Actor.system(network.id), EscalationClass.E1, **values)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_only_the_coordination_changes_ladders(session: Session, network: Network) -> None:
    for role in set(Role) - {Role.COORDINAMENTO}:
        actor = Actor(network.id, network.id, ((network.id, role),), "operatrice")
        with pytest.raises(Forbidden):
            versions.change(session, actor, EscalationClass.E1, E1, approved_by="Tavolo", reason="x")
