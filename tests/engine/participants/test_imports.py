"""Agencies and people from files, and how the office of an agency is reached."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import DuplicateName, InvalidValue
from engine.participants import administration, directory, imports
from engine.participants.access import Actor
from engine.participants.models import Agency, Membership, Role
from tests.engine.participants.conftest import admitted

AGENCIES = "ente;servizi;canale\nComune;capofila supervisione;portale\nAssociazione;cav;telefono\n"
PEOPLE = (
    "utente;nome;ente;ruoli\nprima;Prima operatrice;Comune;operatrice|responsabile\nseconda;Seconda;comune;operatrice\n"
)


def planned(session: Session, admin: Actor, agencies: str | bytes = "", people: str | bytes = "") -> imports.Plan:
    encoded = [text if isinstance(text, bytes) else text.encode() for text in (agencies, people)]
    return imports.plan(session, admin, agencies=encoded[0], people=encoded[1])


def test_a_dry_run_changes_nothing_and_the_real_run_does_it_all(session: Session, admin: Actor) -> None:
    before = (len(administration.agencies(session, admin)), len(administration.people(session, admin)))
    plan = planned(session, admin, AGENCIES, PEOPLE)
    assert plan.problems == []
    assert not session.new
    assert (len(administration.agencies(session, admin)), len(administration.people(session, admin))) == before
    new = imports.carry_out(session, admin, plan)
    assert [account.username for account in new] == ["prima", "seconda"]
    assert len({account.password for account in new}) == 2
    row = administration.person(session, admin, new[0].user_id)
    assert [held[:2] for held in row.roles] == [("Comune", Role.OPERATRICE), ("Comune", Role.RESPONSABILE)]
    assert {agency.name: agency.services for agency in administration.agencies(session, admin)}["Comune"] == (
        "capofila",
        "supervisione",
    )


def test_every_problem_is_listed_by_its_line(session: Session, admin: Actor, agency: Agency) -> None:
    plan = planned(
        session,
        admin,
        f"ente;servizi;canale\n{agency.name.upper()};cav;portale\n;cav;\nNuovo;CAV-1;piccione\nDoppio;;\ndoppio;;\n",
        "utente;nome;ente;ruoli;lingua\namministratore;A;Doppio;operatrice;it\n"
        "b b;B;Doppio;capo;de\nc;;Ignoto;;\nd;D;Ignoto;operatrice;en\nd;D;Doppio;operatrice\n",
    )
    found = [(problem.file.value, problem.line, problem.column, problem.code) for problem in plan.problems]
    assert found == [
        ("agencies", 2, "ente", "taken"),
        ("agencies", 3, "ente", "missing"),
        ("agencies", 4, "canale", "unfit"),
        ("agencies", 4, "servizi", "unfit"),
        ("agencies", 6, "ente", "taken"),
        ("people", 2, "utente", "taken"),
        ("people", 3, "lingua", "unfit"),
        ("people", 3, "ruoli", "unfit"),
        ("people", 3, "utente", "unfit"),
        ("people", 4, "nome", "missing"),
        ("people", 4, "ruoli", "missing"),
        ("people", 5, "ente", "unknown_agency"),
        ("people", 6, None, "number_of_cells"),
    ]
    with pytest.raises(InvalidValue):
        imports.carry_out(session, admin, plan)


@pytest.mark.parametrize(
    ("content", "line", "column", "code"),
    [
        (b"utente;nome;ente\nx;X;Y\n", 1, "ruoli", "column_missing"),
        (b"utente;nome;ente;ruoli;password\nx;X;Y;operatrice;z\n", 1, "password", "column_unknown"),
        (b"utente;nome;ente;ruoli;nome\n", 1, "nome", "column_twice"),
        ("utente;nome;ente;ruoli\nx;Città;Y;operatrice\n".encode("cp1252"), 2, None, "not_utf8"),
        (b'utente;nome;ente;ruoli\nx;"X;Y;operatrice\n', 2, None, "not_csv"),
        (b"utente;nome\0;ente;ruoli\n", 1, None, "not_csv"),
        (b"x" * (imports.MAX_BYTES + 1), 1, None, "too_large"),
        (b"utente;nome;ente;ruoli\n" + b"x;X;Y;operatrice\n" * 201, 202, None, "too_many_lines"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(
    session: Session, admin: Actor, content: bytes, line: int, column: str | None, code: str
) -> None:
    problems = planned(session, admin, people=content).problems
    assert imports.LineProblem(imports.File.PEOPLE, line, column, code) in problems


def test_files_of_other_spreadsheets_are_read_too(session: Session, admin: Actor, agency: Agency) -> None:
    text = f'\ufeffNome,Utente,Ruoli,Ente\r\n"Rossa, detta R",rossa,operatrice,"{agency.name}"\r\n\r\n'
    plan = planned(session, admin, people=text)
    assert plan.problems == []
    (person,) = plan.people
    assert (person.line, person.display_name, person.roles) == (2, "Rossa, detta R", (Role.OPERATRICE,))


def test_two_empty_files_are_a_problem(session: Session, admin: Actor) -> None:
    (problem,) = planned(session, admin).problems
    assert problem.code == "nothing"


def test_what_another_one_made_meanwhile_stops_the_whole_import(session: Session, admin: Actor, agency: Agency) -> None:
    plan = planned(session, admin, AGENCIES, PEOPLE)
    admitted(session, admin, agency, "seconda")
    with pytest.raises(DuplicateName):
        imports.carry_out(session, admin, plan)


def test_memberships_are_of_this_network(session: Session, admin: Actor) -> None:
    imports.carry_out(session, admin, planned(session, admin, AGENCIES, PEOPLE))
    assert set(session.scalars(select(Membership.network_id))) == {admin.network_id}


def test_an_agency_has_the_contacts_of_its_office(session: Session, admin: Actor) -> None:
    reached = directory.Contact(" 06 123 45 67 ", "centro@esempio.it")
    administration.create_agency(session, admin, name="Nuovo ente", services=["cav"], contact=reached)
    (row,) = [row for row in administration.agencies(session, admin) if row.name == "Nuovo ente"]
    assert (row.telephone, row.email) == ("06 123 45 67", "centro@esempio.it")


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        (directory.Contact("chiamare la sera"), "telephone"),
        (directory.Contact("0" * 41), "telephone"),
        (directory.Contact(email="centro"), "email"),
        (directory.Contact(email="centro@esempio.it, altro@esempio.it"), "email"),
    ],
)
def test_a_contact_that_reaches_nobody_is_refused(
    session: Session, admin: Actor, contact: directory.Contact, field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        administration.create_agency(session, admin, name="Nuovo ente", services=["cav"], contact=contact)
    assert refused.value.field == field


def test_contacts_come_with_an_import_and_a_wrong_one_is_a_problem_of_its_cell(session: Session, admin: Actor) -> None:
    right = b"ente;servizi;telefono;email\nNuovo ente;cav;06 1234567;centro@esempio.it\n"
    imports.carry_out(session, admin, imports.plan(session, admin, agencies=right, people=None))
    (row,) = [row for row in administration.agencies(session, admin) if row.name == "Nuovo ente"]
    assert (row.telephone, row.email) == ("06 1234567", "centro@esempio.it")
    wrong = b"ente;servizi;telefono;email\nAltro ente;cav;di sera;centro\n"
    problems = imports.plan(session, admin, agencies=wrong, people=None).problems
    assert [(problem.column, problem.code) for problem in problems] == [("email", "unfit"), ("telefono", "unfit")]
