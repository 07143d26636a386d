"""Decision tables on the pages: uploaded with their protocol, and explained to who confirms what they propose."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import db
from engine.cases import lifecycle
from engine.cases.models import UserTask
from tests.web.story import answers, claim
from tests.web.test_bad_input import upload, versions
from tests.web.world import PROCESSES

FOLDER = PROCESSES / "valutazione_rischio"
DIAGRAM = ("valutazione_rischio.bpmn", (FOLDER / "valutazione_rischio.bpmn").read_text("utf-8"))
TABLES = (FOLDER / "rischio.dmn").read_text("utf-8")
FIRST = dict.fromkeys(
    ("strangolamento", "da2_arma", "minaccia_morte", "donna_teme_morte", "luogo_non_sicuro_stanotte"), "no"
) | {"altre_domande": "dopo"}


@pytest.fixture
def confirming(someone, world):
    """An operator before the step in which she confirms a level, after six questions at night, one of them a yes."""
    person = someone("operatrice.cav")
    starter = world.actor("operatrice.cav")
    lanes = dict.fromkeys(("cav", "supervisione"), world.agencies["cav"])
    with db.transaction() as session:
        case = lifecycle.start(
            session, starter, "valutazione_rischio", lanes=lanes, variables={"rischio_segnalato": "ALTO"}
        )
    address = f"/attivita/{_task(case.id, 'raccogli_fattori')}"
    page = claim(person, address)
    page = person.post(f"{address}/conclusione", answers(page, **{**FIRST, "strangolamento": "si"}))
    assert page.status == 200, page.said()
    return person, f"/attivita/{_task(case.id, 'conferma_professionale')}"


def _task(case_id, element_id):
    with db.transaction(read_only=True) as session:
        where = (UserTask.case_id == case_id, UserTask.element_id == element_id)
        return session.scalars(select(UserTask.id).where(*where)).one()


def test_tables_are_uploaded_with_their_diagram(someone):
    before = versions()
    person = someone("progettista")
    changed = TABLES.replace("Due risposte sì: medio", "Due risposte sì: livello medio")
    page = upload(person, DIAGRAM, ("rischio.dmn", changed))
    assert "Protocollo caricato" in page.said()
    assert versions() == before + 1
    page = upload(person, DIAGRAM)
    assert "nessuna nuova versione" in page.said()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('<text>&lt; 2</text></inputEntry>\n        <inputEntry id="bra_da5_grave_se_possibili">',
         '<text>1</text></inputEntry>\n        <inputEntry id="bra_da5_grave_se_possibili">', "Nessuna riga vale per"),
        ("<text>&gt;= 3</text>", "<text>&gt;= 2</text>", "valgono insieme"),
        ("<text>count(fattori_presenti)</text>", "<text>count(fattori)</text>", "fattori"),
        ("<definitions ", "<definizioni ", "rischio.dmn"),
    ],
    ids=["gap", "overlap", "unknown name", "not XML"],
)  # fmt: skip
def test_a_table_with_a_fault_is_refused_with_file_row_and_way_out(someone, old, new, said):
    before = versions()
    assert old in TABLES
    page = upload(someone("progettista"), DIAGRAM, ("rischio.dmn", TABLES.replace(old, new, 1)))
    assert page.status == 422
    assert "Non è cambiato nulla" in page.said()
    assert "rischio.dmn" in page.said()
    assert said in page.said()
    assert versions() == before


def test_who_confirms_sees_which_rules_matched_and_which_factors_there_are(confirming):
    person, address = confirming
    said = person.get(address).said()
    assert "Come nasce la proposta" in said
    assert "versione 1 del protocollo" in said
    for words in (
        "Livello proposto: vale il più alto La valutazione breve (DA5) dice medio",
        "Triage rapido della rete Non conta: il tavolo tecnico della rete non lo ha ancora approvato",
        "Fattori presenti Ha tentato di strangolarla o soffocarla",
        "Un'arma o uno strangolamento: almeno medio",
    ):
        assert words in said, words


def test_the_reasons_are_told_in_english_too(confirming):
    person, address = confirming
    person.get(address)
    said = person.post("/lingua", {"lingua": "en", "qui": address}).said()
    assert "How the proposal came about" in said
    assert "Factors present He tried to strangle or suffocate her" in said
    assert "Fattori presenti" not in said


def test_lists_the_case_page_and_titles_say_no_level_and_no_reason(confirming, someone):
    person, address = confirming
    for path in ("/attivita", "/attivita?scheda=da-prendere", "/avvisi"):
        text = person.get(path).said().lower()
        assert "strangol" not in text
        assert "medio" not in text
    page = person.get(address)
    assert page.title() == "Attività – Staffetta"
    case = person.get(page.tree.xpath("string(//p[@class='percorso']/a[2]/@href)"))
    assert "Proposta calcolata con le tabelle" in case.said()
    assert "strangol" not in case.said().lower()
    assert "medio" not in case.said().lower()
    assert someone("operatrice.ps").get(address).status == 404
