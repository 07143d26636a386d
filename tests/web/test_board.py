"""The board, and how lateness is said."""

from datetime import timedelta

from engine import clock, db
from tests import alive
from tests.web.story import claim, start, task_of


def test_a_late_step_says_so_in_words_comes_first_and_is_on_the_board(worker, world, someone):
    with db.transaction(read_only=True):
        now = clock.now()
    with clock.frozen(now + timedelta(minutes=78)):
        worker = someone("operatrice.cav")
        page = worker.get("/attivita")
        assert "IN RITARDO di 18 min" in page.said()
        page = someone("responsabile.cav").get("/ritardi")
        assert "In ritardo adesso (1)" in page.said()
        assert "Accetta l'invio" in page.said()
        assert "D03: Presa in carico dell'invio" in page.said()
        assert "Qualcosa che è scaduto non è stato fatto: un avviso attende." in page.said()
    assert "Niente è in ritardo." in someone("responsabile.cav").get("/ritardi").said()


def test_the_board_says_at_its_head_that_nobody_watches_and_nothing_where_all_is_well(someone):
    head = "//a[@href='#guardia']"
    page = someone("coordinamento").get("/ritardi")
    assert page.tree.xpath(head)
    assert "Nessun processo fa ciò che scade" in page.said()
    alive.work()
    page = someone("coordinamento").get("/ritardi")
    assert not page.tree.xpath(head)
    assert "Sì: nessun avviso è rimasto indietro" in page.said()


def test_the_board_lists_what_is_due_first_first(someone, world):
    with db.transaction(read_only=True):
        now = clock.now()
    person = someone("operatrice.cav")
    start(person, world)
    claim(person, task_of(person))
    with clock.frozen(now + timedelta(minutes=50)):
        person = someone("operatrice.cav")
        start(person, world)
    with clock.frozen(now + timedelta(minutes=60)):
        page = someone("responsabile.cav").get("/ritardi")
    assert "In scadenza (2)" in page.said()
    clocks_shown = [" ".join(cell.text_content().split()) for cell in page.tree.xpath("//td[@data-voce='Termine']")]
    assert [said.startswith("Presa in carico") for said in clocks_shown] == [True, False]


def test_the_board_is_for_leads_and_coordination(someone):
    assert someone("operatrice.cav").get("/ritardi").status == 403
    assert someone("coordinamento").get("/ritardi").status == 200
