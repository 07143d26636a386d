"""What the administrator of a network may do, and may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.audit import AuditEntry
from engine.errors import Conflict, DuplicateName, Forbidden, InvalidValue, MustBeAnotherPerson, NotFound
from engine.participants import access, administration, credentials, directory, imports, sessions
from engine.participants.access import Actor
from engine.participants.models import Agency, Channel, Network, NetworkAgency, Role, User
from tests.engine.participants.conftest import admitted, made


def id_of(actor: Actor) -> UUID:
    assert actor.user_id is not None
    return actor.user_id


def test_a_new_person_logs_in_with_the_password_that_is_shown_once(
    session: Session, admin: Actor, agency: Agency
) -> None:
    new = admitted(session, admin, agency)
    assert credentials.log_in(session, "nuova", new.password, address="10.0.0.1").user_id == new.user_id
    stored = session.get_one(User, new.user_id).password_hash
    assert new.password not in stored
    (row,) = [row for row in administration.people(session, admin) if row.id == new.user_id]
    assert [held[:2] for held in row.roles] == [(agency.name, Role.OPERATRICE)]


def test_a_new_password_ends_the_log_ins_under_the_old_one(session: Session, admin: Actor, agency: Agency) -> None:
    new = admitted(session, admin, agency)
    token = sessions.open(session, new.user_id, network_id=admin.network_id)
    again = administration.reset_password(session, admin, new.user_id)
    assert again.password != new.password
    assert sessions.load(session, token) is None
    assert credentials.log_in(session, "nuova", new.password, address="10.0.0.1").user_id is None
    assert credentials.log_in(session, "nuova", again.password, address="10.0.0.1").user_id == new.user_id


def test_a_disabled_person_is_logged_out_and_stays_listed(session: Session, admin: Actor, agency: Agency) -> None:
    new = admitted(session, admin, agency)
    token = sessions.open(session, new.user_id, network_id=admin.network_id)
    administration.disable(session, admin, new.user_id)
    assert sessions.load(session, token) is None
    assert directory.actor(session, new.user_id, admin.network_id) is None
    assert administration.person(session, admin, new.user_id).disabled_at == clock.now()


def test_a_further_role_is_given_once(session: Session, admin: Actor, agency: Agency) -> None:
    new = admitted(session, admin, agency)
    administration.give_role(session, admin, new.user_id, agency_id=agency.id, role=Role.RESPONSABILE)
    assert [held.role for held in administration.person(session, admin, new.user_id).roles] == [
        "operatrice",
        "responsabile",
    ]
    with pytest.raises(DuplicateName):
        administration.give_role(session, admin, new.user_id, agency_id=agency.id, role=Role.RESPONSABILE)


def test_nobody_gives_herself_a_role_or_closes_her_own_account(session: Session, admin: Actor, agency: Agency) -> None:
    with pytest.raises(MustBeAnotherPerson):
        administration.give_role(session, admin, id_of(admin), agency_id=agency.id, role=Role.OPERATRICE)
    with pytest.raises(MustBeAnotherPerson):
        administration.disable(session, admin, id_of(admin))


def test_an_agency_is_made_under_a_name_that_is_new(session: Session, admin: Actor, agency: Agency) -> None:
    other = administration.create_agency(session, admin, name="Comune", services=["capofila"], channel=Channel.PEC)
    rows = administration.agencies(session, admin)
    assert {row.name: (row.channel, row.services) for row in rows}["Comune"] == (Channel.PEC, ("capofila",))
    assert [row.people for row in rows if row.id == other.id] == [0]
    with pytest.raises(DuplicateName):
        administration.create_agency(session, admin, name=" comune ", services=[])


VERBS: dict[str, Callable[[Session, Actor, UUID, UUID], object]] = {
    "agencies": lambda s, a, _u, _g: administration.agencies(s, a),
    "people": lambda s, a, _u, _g: administration.people(s, a),
    "person": lambda s, a, u, _g: administration.person(s, a, u),
    "agency_named": lambda s, a, _u, _g: administration.agency_named(s, a, "x"),
    "create_agency": lambda s, a, _u, _g: administration.create_agency(s, a, name="Altra", services=[]),
    "create_person": lambda s, a, _u, g: administration.create_person(
        s, a, username="altra", display_name="Altra", agency_id=g, roles=[Role.OPERATRICE]
    ),
    "give_role": lambda s, a, u, g: administration.give_role(s, a, u, agency_id=g, role=Role.COORDINAMENTO),
    "disable": lambda s, a, u, _g: administration.disable(s, a, u),
    "reset_password": lambda s, a, u, _g: administration.reset_password(s, a, u),
    "agency": lambda s, a, _u, g: administration.agency(s, a, g),
    "change_agency": lambda s, a, _u, g: administration.change_agency(
        s, a, g, services=[], channel=Channel.PEC, contact=directory.Contact()
    ),
    "take_role": administration.take_role,
    "reopen": lambda s, a, u, _g: administration.reopen(s, a, u),
    "plan": lambda s, a, _u, _g: imports.plan(s, a, agencies=None, people=None),
    "carry_out": lambda s, a, _u, _g: imports.carry_out(s, a, imports.Plan()),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AMMINISTRATORE}))
def test_all_of_it_is_for_administrators_only(
    session: Session, network: Network, agency: Agency, verb: str, role: Role
) -> None:
    somebody = made(session, network, agency, "qualcuna", role)
    with pytest.raises(Forbidden):
        VERBS[verb](session, somebody, id_of(somebody), agency.id)


def test_every_verb_is_covered_above() -> None:
    public = {
        name
        for module in (administration, imports)
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
        and not isinstance(value, type)
    }
    assert public - {"lines"} == set(VERBS)  # it reads a file and touches nothing of the network


@pytest.mark.parametrize("verb", ["person", "give_role", "take_role", "disable", "reopen", "reset_password"])
def test_people_of_other_networks_are_not_there(session: Session, admin: Actor, agency: Agency, verb: str) -> None:
    other = directory.create_network(session, key="altra", name="Altra rete")
    far = directory.create_agency(session, other.id, name="Lontana", services=[])
    stranger = made(session, other, far, "lontana", Role.OPERATRICE)
    with pytest.raises(NotFound):
        VERBS[verb](session, admin, id_of(stranger), agency.id)
    assert id_of(stranger) not in {row.id for row in administration.people(session, admin)}
    assert far.id not in {row.id for row in administration.agencies(session, admin)}


@pytest.mark.parametrize("verb", ["disable", "reopen", "reset_password"])
def test_who_works_in_another_network_too_is_not_this_administrator_s(
    session: Session, admin: Actor, agency: Agency, verb: str
) -> None:
    new = admitted(session, admin, agency)
    other = directory.create_network(session, key="altra", name="Altra rete")
    far = directory.create_agency(session, other.id, name="Lontana", services=[])
    directory.create_membership(
        session, network_id=other.id, user_id=new.user_id, agency_id=far.id, role=Role.OPERATRICE
    )
    with pytest.raises(Forbidden):
        VERBS[verb](session, admin, new.user_id, agency.id)


def test_an_agency_of_another_network_takes_no_people_here(session: Session, admin: Actor, agency: Agency) -> None:
    other = directory.create_network(session, key="altra", name="Altra rete")
    far = directory.create_agency(session, other.id, name="Lontana", services=[])
    with pytest.raises(NotFound):
        admitted(session, admin, far)
    new = admitted(session, admin, agency)
    with pytest.raises(NotFound):
        administration.give_role(session, admin, new.user_id, agency_id=far.id, role=Role.OPERATRICE)


def test_a_person_without_a_role_is_not_made(session: Session, admin: Actor, agency: Agency) -> None:
    with pytest.raises(InvalidValue):
        administration.create_person(
            session, admin, username="nuova", display_name="Nuova", agency_id=agency.id, roles=[]
        )


def test_everything_is_recorded_with_who_did_it(session: Session, admin: Actor, agency: Agency) -> None:
    new = admitted(session, admin, agency)
    administration.give_role(session, admin, new.user_id, agency_id=agency.id, role=Role.RESPONSABILE)
    administration.reset_password(session, admin, new.user_id)
    administration.disable(session, admin, new.user_id)
    administration.create_agency(session, admin, name="Altra", services=[])
    session.flush()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.actor_id == admin.user_id).order_by(AuditEntry.id))
    found = [(entry.action, entry.network_id) for entry in entries]
    actions = ["user.created", "membership.created", "membership.created", "user.password_changed", "user.disabled"]
    assert found == [(action, admin.network_id) for action in [*actions, "agency.created"]]


def test_administering_opens_no_case(session: Session, admin: Actor) -> None:
    assert access.scope(admin).agency_ids == frozenset()
    assert isinstance(clock.now(), datetime)


# Import


def roles_of(session: Session, admin: Actor, user_id: UUID) -> dict[Role, UUID]:
    return {held.role: held.membership_id for held in administration.person(session, admin, user_id).roles}


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_role_is_taken_and_gives_nothing_any_more(session: Session, admin: Actor, agency: Agency) -> None:
    new = admitted(session, admin, agency)
    administration.give_role(session, admin, new.user_id, agency_id=agency.id, role=Role.RESPONSABILE)
    taken = roles_of(session, admin, new.user_id)[Role.OPERATRICE]
    administration.take_role(session, admin, new.user_id, taken)
    actor = directory.actor(session, new.user_id, admin.network_id)
    assert actor
    assert actor.roles == {Role.RESPONSABILE}
    assert actions(session)[-1] == "membership.ended"
    with pytest.raises(NotFound):
        administration.take_role(session, admin, new.user_id, taken)


def test_the_last_role_is_not_taken_the_account_is_closed_instead(
    session: Session, admin: Actor, agency: Agency
) -> None:
    new = admitted(session, admin, agency)
    (last,) = roles_of(session, admin, new.user_id).values()
    with pytest.raises(Conflict) as refused:
        administration.take_role(session, admin, new.user_id, last)
    assert refused.value.code == "last_role"


def test_nobody_takes_a_role_from_herself_or_another_persons_by_her_address(
    session: Session, network: Network, admin: Actor, agency: Agency
) -> None:
    worker = made(session, network, agency, "operatrice", Role.OPERATRICE)
    own = roles_of(session, admin, id_of(admin))
    with pytest.raises(MustBeAnotherPerson):
        administration.take_role(session, admin, id_of(admin), own[Role.AMMINISTRATORE])
    with pytest.raises(NotFound):
        administration.take_role(session, admin, id_of(worker), own[Role.AMMINISTRATORE])


def test_the_last_administrator_stays(session: Session, network: Network, admin: Actor, agency: Agency) -> None:
    other = made(session, network, agency, "seconda", Role.AMMINISTRATORE)
    directory.create_membership(
        session, network_id=network.id, user_id=id_of(other), agency_id=agency.id, role=Role.OPERATRICE
    )
    role = roles_of(session, admin, id_of(other))[Role.AMMINISTRATORE]
    administration.disable(session, other, id_of(admin))
    for forbidden in (
        lambda: administration.take_role(session, admin, id_of(other), role),  # her page was still open
        lambda: administration.disable(session, admin, id_of(other)),
        lambda: directory.disable_user(session, id_of(other)),
    ):
        with pytest.raises(Conflict) as refused:
            forbidden()
        assert refused.value.code == "last_administrator"


def test_a_closed_account_opens_again_with_its_roles_and_a_new_password(
    session: Session, admin: Actor, agency: Agency
) -> None:
    new = admitted(session, admin, agency)
    administration.disable(session, admin, new.user_id)
    again = administration.reopen(session, admin, new.user_id)
    assert credentials.log_in(session, "nuova", new.password, address="10.0.0.1").user_id is None
    assert credentials.log_in(session, "nuova", again.password, address="10.0.0.1").user_id == new.user_id
    assert list(roles_of(session, admin, new.user_id)) == [Role.OPERATRICE]
    assert "user.reopened" in actions(session)


def test_what_an_agency_plays_and_how_it_is_reached_is_changed(session: Session, admin: Actor, agency: Agency) -> None:
    reached = directory.Contact("06 1", "centro@esempio.it")
    administration.change_agency(
        session, admin, agency.id, services=["cav", "supervisione", "cav"], channel=Channel.TELEFONO, contact=reached
    )
    row = administration.agency(session, admin, agency.id)
    session.expire_all()
    row = administration.agency(session, admin, agency.id)
    assert (row.services, row.channel, row.telephone) == (("cav", "supervisione"), Channel.TELEFONO, "06 1")
    assert row.email == "centro@esempio.it"
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.details["services"]) == ("agency.changed", "cav supervisione")
    with pytest.raises(InvalidValue):
        administration.change_agency(
            session, admin, agency.id, services=["Non Va"], channel=Channel.PEC, contact=directory.Contact()
        )


def test_of_an_agency_of_two_networks_only_ones_own_services_are_changed(
    session: Session, admin: Actor, agency: Agency
) -> None:
    other = directory.create_network(session, key="altra", name="Altra rete")
    session.add(NetworkAgency(network_id=other.id, agency_id=agency.id, services=["cav"]))
    session.flush()
    same = directory.Contact()
    administration.change_agency(session, admin, agency.id, services=[], channel=agency.channel, contact=same)
    assert directory.services(session, other.id) == {"cav"}
    with pytest.raises(Forbidden):
        administration.change_agency(session, admin, agency.id, services=[], channel=Channel.PEC, contact=same)
