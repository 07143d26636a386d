"""Somebody who works in several networks: one log-in, one inbox, and nothing of one network told in another."""

import pytest
from sqlalchemy import Engine, event

from engine import clock, db
from engine.participants.models import NetworkAgency
from tests.web import second_network
from tests.web.story import start, task_of
from tests.web.world import PASSWORD

OTHER, AGENCY = second_network.NAME, second_network.AGENCY
INBOX_STATEMENTS = 2  # the rows, and the numbers of the tabs


@pytest.fixture
def other(app, world):
    """A second network, in which the operator works for another agency; a case is open there."""
    return second_network.make(world)


@pytest.fixture
def of_two(someone, world, other):
    """Her browser, logged in and at work in the first network, where a case is open too."""
    person = someone()
    person.log_in("operatrice.cav")
    person.post("/rete", {"rete": str(world.network_id)})
    start(person, world)
    return person


def test_the_inbox_holds_the_steps_of_all_her_networks_each_with_its_networks_name(of_two):
    page = of_two.get("/attivita")
    assert "Da prendere (2)" in page.said()
    rows = [" ".join(row.text_content().split()) for row in page.tree.xpath("//li[contains(@class, 'riga')]")]
    assert len(rows) == 2
    assert sum(OTHER in row and AGENCY in row for row in rows) == 1
    assert sum("Rete di prova" in row for row in rows) == 1


def test_a_step_of_another_network_is_opened_by_going_over_to_that_network(of_two, other):
    page = of_two.get("/attivita")
    (form,) = page.tree.xpath("//li//form[@action='/rete']")
    address = form.xpath("string(.//input[@name='poi']/@value)")
    assert of_two.get(address).status == 404, "it is not there before she has gone over"
    of_two.get("/attivita")
    page = of_two.post("/rete", {"rete": str(other["network"]), "poi": address})
    assert (page.status, of_two.path) == (200, address)
    assert AGENCY in page.said()
    assert OTHER in page.tree.xpath("string(//header)")


def test_what_is_not_here_can_be_looked_for_in_her_other_network(of_two, other):
    page = of_two.get(f"/casi/{other['case']}")
    assert page.status == 404
    (way,) = [link for link in page.links() if link.startswith("/rete")]
    page = of_two.get(way)
    assert of_two.post("/rete", {"rete": str(other["network"]), "poi": page.value("poi")}).status == 200
    assert of_two.path == f"/casi/{other['case']}"


def test_a_window_left_open_in_one_network_cannot_act_in_the_other(of_two, other, world):
    address = task_of(of_two)
    page = of_two.get(address)
    left_open = page.csrf()
    of_two.get("/attivita")
    of_two.post("/rete", {"rete": str(other["network"])})
    assert of_two.post(f"{address}/presa", {"_csrf": left_open}, follow=False).status == 400
    of_two.get("/attivita")
    assert of_two.post(f"{address}/presa").status == 404


def test_nobody_goes_over_to_a_network_that_is_not_hers(someone, other):
    person = someone("collega.cav")
    person.get("/attivita")
    assert person.post("/rete", {"rete": str(other["network"])}).status == 404
    assert AGENCY not in person.get("/attivita").text


def test_the_way_back_after_going_over_stays_in_this_service(of_two, other):
    of_two.get("/attivita")
    of_two.post("/rete", {"rete": str(other["network"]), "poi": "https://altrove.example/"})
    assert of_two.path == "/attivita"


def test_whoever_has_lost_her_role_over_there_sees_nothing_of_it_though_she_is_logged_in(of_two, other, world):
    with db.transaction() as session:
        place = session.get_one(NetworkAgency, (other["network"], other["agency"]))
        place.until = clock.now()
    assert AGENCY not in of_two.get("/attivita").text
    assert of_two.post("/rete", {"rete": str(other["network"])}).status == 404


def test_a_case_of_another_network_is_found_by_its_code_and_its_finding_is_audited_there(of_two, other):
    page = of_two.get(f"/attivita?caso={other['code']}")
    assert OTHER in page.said()
    with db.transaction() as session:
        found = session.connection().exec_driver_sql(
            "SELECT count(*) FROM audit_entry WHERE action = 'case.found' AND network_id = %s", (other["network"],)
        )
        assert found.scalar_one() == 1


def test_somebody_of_one_network_sees_no_name_of_it_and_pays_no_statement_for_the_others(someone, other):
    person, of_two = someone(), someone()
    person.log_in("collega.cav")
    of_two.log_in("operatrice.cav")
    of_two.post("/rete", {"rete": str(other["network"])})
    page = person.get("/attivita")
    assert "Rete di prova" not in page.text
    assert page.tree.xpath("//a[starts-with(@href, '/rete')]") == []
    assert sum("AS own" in statement for statement in sent_by(person)) == INBOX_STATEMENTS
    assert sum("AS own" in statement for statement in sent_by(of_two)) == 2 * INBOX_STATEMENTS


def sent_by(person) -> list[str]:
    """Return what the inbox of a person asks the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        person.get("/attivita")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return sent


def test_an_administrator_sees_neither_agencies_nor_people_nor_roles_of_another_network(someone, world, other):
    administrator = someone("amministratore")
    of_two = f"/amministrazione/persone/{world.people['operatrice.cav']}"
    for address in ("/amministrazione", of_two):
        page = administrator.get(address)
        assert page.status == 200
        assert AGENCY not in page.text
        assert OTHER not in page.text
    assert administrator.get(f"/amministrazione/enti/{other['agency']}").status == 404
    refused = administrator.post(f"{of_two}/password")
    assert refused.status == 403
    assert OTHER not in refused.text


def test_whoever_hides_before_she_has_chosen_a_network_comes_back_to_the_choice(someone, other):
    person = someone()
    person.log_in("operatrice.cav")
    assert person.client.get("/orologio").status_code == 200
    person.post("/pausa/inizio", {"qui": "/rete"})
    person.post("/pausa", {"parola": PASSWORD})
    assert person.path == "/rete"
