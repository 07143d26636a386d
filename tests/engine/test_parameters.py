from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine import clock, parameters
from engine.errors import Forbidden, InvalidValue, Refused
from engine.ladders.steps import EscalationClass
from engine.parameters import Parameter
from engine.participants.access import Actor
from engine.participants.models import Network, Role
from engine.terms import Nature

SHIPPED = Path(__file__).parents[2] / "processes" / "parameters.toml"

ONE = """
["D03.alto"]
length = "PT1H"
clock = "H"
class = "E1"
nature = "interno"
tag = "D"
title.it = "Presa in carico"
title.en = "Taken in charge"
"""


def own_version(session: Session, network: Network, **changes: object) -> None:
    """What a network decides for itself."""
    before = parameters.current(session, network.id)["D03.alto"]
    columns = {
        column.name: getattr(before, column.name) for column in Parameter.__table__.columns if column.name != "id"
    }
    session.add(Parameter(**{**columns, "version": before.version + 1, "approved_by": "Assemblea", **changes}))
    session.flush()


def test_a_default_is_loaded_with_all_that_it_says(session: Session, network: Network) -> None:
    assert parameters.load_defaults(session, network.id, ONE) == ["D03.alto"]
    parameter = parameters.current(session, network.id)["D03.alto"]
    assert (parameter.duration.time, parameter.escalation_class, parameter.nature) == (
        timedelta(hours=1),
        EscalationClass.E1,
        Nature.INTERNO,
    )
    assert (parameter.version, parameter.approved_by) == (1, "predefinito")
    assert (parameter.title_it, parameter.title_en) == ("Presa in carico", "Taken in charge")


def test_the_shipped_parameters_are_all_accepted(session: Session, network: Network) -> None:
    loaded = parameters.load_defaults(session, network.id, SHIPPED.read_bytes())
    assert {"D03.alto", "D04.basso"} <= set(loaded)
    rows = parameters.current(session, network.id).values()
    assert all(row.switch is False or row.duration for row in rows)


def test_loading_again_changes_nothing(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, ONE)
    assert parameters.load_defaults(session, network.id, ONE) == []


def test_a_changed_default_becomes_a_new_version(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, ONE)
    assert parameters.load_defaults(session, network.id, ONE.replace("PT1H", "PT2H")) == ["D03.alto"]
    parameter = parameters.current(session, network.id)["D03.alto"]
    assert (parameter.version, parameter.duration.time) == (2, timedelta(hours=2))
    assert len(session.scalars(select(Parameter)).all()) == 2


def test_what_a_network_has_decided_is_never_overwritten(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, ONE)
    own_version(session, network, length="PT3H")
    assert parameters.load_defaults(session, network.id, ONE.replace("PT1H", "PT2H")) == []
    assert parameters.current(session, network.id)["D03.alto"].duration.time == timedelta(hours=3)


def test_a_version_counts_from_its_date(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, ONE)
    own_version(session, network, length="PT3H", valid_from=clock.now() + timedelta(days=1))
    assert parameters.current(session, network.id)["D03.alto"].duration.time == timedelta(hours=1)


SWITCH = """
["P04.triage_rapido"]
value = false
nature = "protocollo"
tag = "D"
title.it = "Il triage rapido vale"
title.en = "The rapid triage counts"
"""


def test_a_switch_is_off_until_the_network_has_approved_it(session: Session, network: Network) -> None:
    assert parameters.load_defaults(session, network.id, ONE + SWITCH) == ["D03.alto", "P04.triage_rapido"]
    assert dict(parameters.values(session, network.id)) == {"D03.alto": timedelta(hours=1), "P04.triage_rapido": False}

    own_version(session, network, name="P04.triage_rapido", length=None, clock=None, escalation_class=None, switch=True)

    assert parameters.values(session, network.id)["P04.triage_rapido"] is True
    assert parameters.load_defaults(session, network.id, ONE + SWITCH) == []


def test_a_network_turns_a_switch_on_and_off_in_the_name_of_a_body(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, ONE + SWITCH)
    system = Actor.system(network.id)

    row = parameters.approve(session, system, "P04.triage_rapido", value=True, approved_by=" Tavolo tecnico ")

    assert (row.version, row.approved_by, row.nature) == (2, "Tavolo tecnico", Nature.PROTOCOLLO)
    assert parameters.values(session, network.id)["P04.triage_rapido"] is True
    parameters.approve(session, system, "P04.triage_rapido", value=False, approved_by="Tavolo tecnico")
    assert parameters.values(session, network.id)["P04.triage_rapido"] is False


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("D03.alto", "Tavolo", "not_a_switch"),
        ("P04.triage_rapido", " ", "required"),
        ("X", "Tavolo", "parameter_not_found"),
    ],
)
def test_only_a_switch_is_approved_and_only_by_somebody(
    session: Session, network: Network, name: str, body: str, code: str
) -> None:
    parameters.load_defaults(session, network.id, ONE + SWITCH)

    with pytest.raises(Refused) as caught:
        parameters.approve(session, Actor.system(network.id), name, value=True, approved_by=body)
    assert caught.value.code == code


def test_who_works_on_cases_approves_no_rule(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, ONE + SWITCH)
    worker = Actor(uuid4(), network.id, ((uuid4(), Role.COORDINAMENTO),), "prova")

    with pytest.raises(Forbidden):
        parameters.approve(session, worker, "P04.triage_rapido", value=True, approved_by="Io")


@pytest.mark.parametrize(("clock", "length"), [("GC", "P7D"), ("GCL", "P1M"), ("GL", "P1DT2H")])
def test_a_length_may_be_counted_on_a_calendar(session: Session, network: Network, clock: str, length: str) -> None:
    toml = ONE.replace('clock = "H"', f'clock = "{clock}"').replace("PT1H", length)
    parameters.load_defaults(session, network.id, toml)
    value = parameters.values(session, network.id)["D03.alto"]
    assert (value.clock, value.text) == (clock, length)
    actor = Actor.system(network.id)
    for unfit in ("PT90S", "-P1D", "P20000D"):
        with pytest.raises(InvalidValue):
            parameters.change(session, actor, "D03.alto", length=unfit, approved_by="Tavolo")
    parameters.change(session, actor, "D03.alto", length="P9D", approved_by="Tavolo")
    assert parameters.values(session, network.id)["D03.alto"].days == 9


def test_a_switch_has_no_length(session: Session, network: Network) -> None:
    parameters.load_defaults(session, network.id, SWITCH)

    with pytest.raises(TypeError, match="no length"):
        _ = parameters.current(session, network.id)["P04.triage_rapido"].duration


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("not toml =", "not_toml"),
        (ONE.replace("PT1H", "PT1X"), "invalid_length"),
        (ONE.replace("PT1H", "P1M"), "invalid_length"),
        (ONE.replace("PT1H", "-PT1H"), "invalid_length"),
        (ONE.replace("PT1H", "PT0S"), "invalid_length"),
        (ONE.replace('"PT1H"', "1"), "invalid_parameter"),
        (ONE.replace('"E1"', '"E9"'), "invalid_parameter"),
        (ONE.replace('"H"', '"X"'), "invalid_parameter"),
        (ONE.replace('"H"', '"GC"'), "invalid_length"),
        (ONE.replace('tag = "D"', ""), "invalid_parameter"),
        (ONE.replace("title.en", "title.fr"), "invalid_parameter"),
        (ONE + 'extra = "x"', "invalid_parameter"),
        ('D03 = "PT1H"', "invalid_parameter"),
        (ONE.replace("D03.alto", "d03 alto"), "invalid_parameter"),
        (SWITCH.replace("false", "0"), "invalid_parameter"),
        (SWITCH + 'class = "E1"', "invalid_parameter"),
        (SWITCH + 'length = "PT1H"', "invalid_parameter"),
        (ONE + "value = true", "invalid_parameter"),
    ],
)
def test_a_default_that_cannot_be_right_is_refused(session: Session, network: Network, wrong: str, code: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parameters.load_defaults(session, network.id, wrong)
    assert caught.value.code == code
    assert parameters.current(session, network.id) == {}


def test_what_a_process_knows_is_seen_to_be_old_when_a_network_decides(session: Session, network: Network) -> None:
    stamp = select(parameters.stamp(Network.id, bindparam("now", type_=Network.created_at.type)))

    def length() -> object:
        read = session.execute(stamp.where(Network.id == network.id), {"now": clock.now()}).scalar_one()
        return parameters.values(session, network.id, read)["D03.alto"]

    parameters.load_defaults(session, network.id, ONE)
    assert (length(), length()) == (timedelta(hours=1), timedelta(hours=1))
    own_version(session, network, length="PT3H", valid_from=clock.now() + timedelta(days=1))
    assert length() == timedelta(hours=1)
    own_version(session, network, length="PT2H", version=3)
    assert length() == timedelta(hours=2)
