"""The tables of the risk assessment: a case for each row, and what must hold whatever is answered."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine import dmn
from tests.processes.drawing import ROOT

FILE = ROOT / "processes" / "valutazione_rischio" / "rischio.dmn"
LIBRARY = dmn.Library.of({FILE.name: FILE.read_bytes()})
LEVELS = ["BASSO", "MEDIO", "ALTO"]
DA5 = ["da1_escalation", "da2_arma", "da3_ucciderti", "da4_gravidanza", "da5_gelosia"]
SUMMING = [
    "minaccia_morte",
    "escalation_30gg",
    "gravidanza_o_puerperio",
    "separazione_recente",
    "violazione_misure",
    "controllo_stalking",
    "minaccia_suicidio_autore",
    "minori_coinvolti",
    "violenza_sessuale",
    "autore_scarcerato_30gg",
]
ALONE_HIGH = ["strangolamento", "donna_teme_morte", "luogo_non_sicuro_stanotte"]
FACTORS = [*SUMMING, *ALONE_HIGH, "arma_accesso", "sostanze_autore"]
ANSWERS = ["si", "no", "non_noto", None]
EVERYTHING = st.fixed_dictionaries({key: st.sampled_from(ANSWERS) for key in {*FACTORS, *DA5}})
OTHERS = st.fixed_dictionaries(
    {
        "triage_approvato": st.booleans(),
        "odara_totale": st.none() | st.integers(0, 13),
        "livello_operatrice": st.none() | st.sampled_from(LEVELS),
    }
)


def outcome(name: str, answers: dict[str, Any], **others: Any) -> dmn.Outcome:
    decision = LIBRARY.find(name)
    assert decision is not None
    given_ = {"triage_approvato": True, "odara_totale": None, "livello_operatrice": None, **others}
    found = decision.evaluate({"risposte": answers, **given_})
    assert found.failures == ()
    return found


def rules(found: dmn.Outcome, name: str) -> list[str]:
    """The rules of a decision that matched, without the name of the decision."""
    return [m.rule.removeprefix(f"{name}_") for table in found.tables if table.decision == name for m in table.matches]


def answered(*yes: str, unknown: int = 0, among: list[str] = FACTORS) -> dict[str, str]:
    """Answer no to everything but these, and do not know some others."""
    hidden = [key for key in among if key not in yes][:unknown]
    answers = dict.fromkeys([*FACTORS, *DA5], "no") | dict.fromkeys(yes, "si")
    return answers | dict.fromkeys(hidden, "non_noto")


def level(answers: dict[str, Any], **others: Any) -> str:
    return str(outcome("rischio_finale", answers, **others).value)


def test_the_tables_have_no_fault_no_gap_and_no_overlap() -> None:
    assert LIBRARY.problems == []


@pytest.mark.parametrize("factor", FACTORS)
def test_each_factor_that_is_present_is_named(factor: str) -> None:
    found = outcome("fattori_presenti", answered(factor))

    assert found.value == [factor]
    assert rules(found, "fattori_presenti") == [factor]


@pytest.mark.parametrize("item", DA5)
def test_each_answer_of_the_brief_assessment_counts_one(item: str) -> None:
    found = outcome("da5_si", answered(item))

    assert found.value == 1
    assert rules(found, "da5_si") == [item.split("_", maxsplit=1)[0]]


def test_not_known_and_not_asked_count_as_missing() -> None:
    answers: dict[str, Any] = answered(unknown=3) | {"sostanze_autore": None, "da5_gelosia": None}

    assert outcome("fattori_ignoti", answers).value == 4
    assert outcome("da5_ignoti", answers).value == 1
    assert outcome("fattori_ignoti", {}).value == len(FACTORS)


@pytest.mark.parametrize(
    ("yes", "unknown", "expected", "row"),
    [
        (["strangolamento"], 0, "ALTO", "strangolamento"),
        (["arma_accesso", "minaccia_morte"], 0, "ALTO", "arma_e_minaccia"),
        (["donna_teme_morte"], 0, "ALTO", "teme_morte"),
        (["luogo_non_sicuro_stanotte"], 0, "ALTO", "luogo"),
        (SUMMING[1:5], 0, "ALTO", "quattro"),
        ([*SUMMING[1:4], "sostanze_autore"], 0, "MEDIO", "uno"),
        *(([factor], 0, "MEDIO", "uno") for factor in [*SUMMING, "arma_accesso", "sostanze_autore"]),
        ([], 5, "MEDIO", "ignoti"),
        ([], 4, "BASSO", "altro"),
    ],
)
def test_rapid_triage(yes: list[str], unknown: int, expected: str, row: str) -> None:
    found = outcome("rischio_rapido", answered(*yes, unknown=unknown))

    assert (found.value, rules(found, "rischio_rapido")) == (expected, [row])


@pytest.mark.parametrize("others", [{"triage_approvato": False}, {"triage_approvato": None}])
def test_the_rapid_triage_says_nothing_before_it_is_approved(others: dict[str, Any]) -> None:
    found = outcome("rischio_rapido", answered(*FACTORS), **others)

    assert (found.value, rules(found, "rischio_rapido")) == (None, ["non_approvato"])


@pytest.mark.parametrize(
    ("yes", "unknown", "expected", "row"),
    [
        (["da1_escalation", "da4_gravidanza", "da5_gelosia"], 0, "ALTO", "tre"),
        (DA5, 0, "ALTO", "tre"),
        (["da1_escalation", "da2_arma"], 0, "ALTO", "due_grave"),
        (["da1_escalation", "da3_ucciderti", "strangolamento"], 0, "ALTO", "due_grave"),
        (["da1_escalation", "da3_ucciderti"], 3, "MEDIO", "due"),
        (["da2_arma"], 0, "MEDIO", "grave"),
        (["strangolamento"], 5, "MEDIO", "grave"),
        (["strangolamento"], 0, "MEDIO", "grave"),
        (["da5_gelosia"], 0, "BASSO", "poche"),
        (["da5_gelosia"], 1, "MEDIO", "mancano"),
        ([], 1, "BASSO", "poche"),
        ([], 0, "BASSO", "poche"),
        ([], 2, "MEDIO", "mancano"),
    ],
)
def test_brief_assessment(yes: list[str], unknown: int, expected: str, row: str) -> None:
    found = outcome("bra_da5", answered(*yes, unknown=unknown, among=DA5))

    assert (found.value, rules(found, "bra_da5")) == (expected, [row])


@pytest.mark.parametrize(
    ("total", "expected", "row"),
    [
        (None, None, "assente"),
        (0, None, "basso"),
        (1, None, "basso"),
        (2, "MEDIO", "medio"),
        (4, "MEDIO", "medio"),
        (5, "ALTO", "alto"),
        (13, "ALTO", "alto"),
    ],
)
def test_odara_bands(total: int | None, expected: str | None, row: str) -> None:
    found = outcome("livello_odara", {}, odara_totale=total)

    assert (found.value, rules(found, "livello_odara")) == (expected, [row])


def test_an_odara_total_that_cannot_be_is_no_level() -> None:
    decision = LIBRARY.find("rischio_finale")
    assert decision is not None
    found = decision.evaluate({"risposte": answered(), "odara_totale": 14})

    assert [failure.code for failure in found.failures] == ["input_not_allowed"]


@pytest.mark.parametrize(
    ("answers", "others", "expected", "rows"),
    [
        (answered("donna_teme_morte"), {"triage_approvato": False}, "ALTO", ["paura", "da5_basso"]),
        (answered(*DA5), {"triage_approvato": False}, "ALTO", ["da5_alto"]),
        (answered("da2_arma"), {"triage_approvato": False}, "MEDIO", ["da5_medio"]),
        (answered("luogo_non_sicuro_stanotte"), {}, "ALTO", ["da5_basso", "rapido_alto"]),
        (answered("violenza_sessuale"), {}, "MEDIO", ["da5_basso", "rapido_medio"]),
        (answered(), {}, "BASSO", ["da5_basso", "rapido_basso"]),
        (answered(), {"odara_totale": 6}, "ALTO", ["da5_basso", "rapido_basso", "odara_alto"]),
        (answered(), {"odara_totale": 3}, "MEDIO", ["da5_basso", "rapido_basso", "odara_medio"]),
        (answered(), {"livello_operatrice": "ALTO"}, "ALTO", ["da5_basso", "rapido_basso", "operatrice_alto"]),
        (answered(), {"livello_operatrice": "MEDIO"}, "MEDIO", ["da5_basso", "rapido_basso", "operatrice_medio"]),
        (answered(), {"livello_operatrice": "BASSO"}, "BASSO", ["da5_basso", "rapido_basso", "operatrice_basso"]),
    ],
)
def test_the_proposal_is_the_highest_that_anybody_gives(
    answers: dict[str, str], others: dict[str, Any], expected: str, rows: list[str]
) -> None:
    found = outcome("rischio_finale", answers, **others)

    assert (found.value, rules(found, "rischio_finale")) == (expected, rows)


def test_every_row_is_told_by_some_test_here() -> None:
    """The rules of the file, by decision; a new one has to be added above."""
    root = etree.parse(FILE).getroot()
    counts = {
        str(item.get("id")): len(item.findall(".//{*}rule")) for item in root.findall("{*}decision")
    }  # fmt: skip

    assert counts == {
        "fattori_presenti": 15,
        "fattori_ignoti": 0,
        "rischio_rapido": 9,
        "da5_si": 5,
        "da5_ignoti": 0,
        "bra_da5": 6,
        "livello_odara": 4,
        "rischio_finale": 12,
    }


def test_every_row_that_says_something_says_why_in_both_languages() -> None:
    root = etree.parse(FILE).getroot()
    for rule in root.iter("{*}rule"):
        italian, english = rule.findtext("{*}description"), rule.findtext("{*}extensionElements/{*}description")
        assert bool(italian) == bool(english) == (rule.get("id") != "livello_odara_assente"), rule.get("id")


def test_everything_is_drawn() -> None:
    root = etree.parse(FILE).getroot()
    drawn = {str(item.get("dmnElementRef")) for item in root.iter("{*}DMNShape", "{*}DMNEdge")}
    kinds = ("decision", "inputData", "informationRequirement", "textAnnotation", "association")

    assert drawn == {str(item.get("id")) for kind in kinds for item in root.iter(f"{{*}}{kind}")}


# --- whatever is answered ---


def test_no_answer_to_the_brief_assessment_is_lower_for_being_a_yes() -> None:
    """All answers to its five questions and the one on strangulation, each yes against every other answer."""
    keys = [*DA5, "strangolamento"]
    found = {
        given_: LEVELS.index(str(outcome("bra_da5", dict(zip(keys, given_, strict=True))).value))
        for given_ in product(["si", "no", "non_noto"], repeat=len(keys))
    }
    for given_, before in found.items():
        for place in range(len(keys)):
            assert found[(*given_[:place], "si", *given_[place + 1 :])] >= before, given_


@settings(max_examples=500, deadline=None)
@given(EVERYTHING, st.sampled_from([*FACTORS, *DA5]), OTHERS)
def test_a_yes_in_place_of_another_answer_never_lowers(answers, key, others) -> None:
    for name in ("rischio_rapido", "bra_da5", "rischio_finale"):
        before = outcome(name, answers, **others).value
        after = outcome(name, answers | {key: "si"}, **others).value

        assert before is None or LEVELS.index(after) >= LEVELS.index(before)


@settings(max_examples=500, deadline=None)
@given(EVERYTHING, st.sampled_from([*FACTORS, *DA5]), st.sampled_from(["non_noto", None]), OTHERS)
def test_not_knowing_in_place_of_a_no_never_lowers(answers, key, unknown, others) -> None:
    before = level(answers | {key: "no"}, **others)
    after = level(answers | {key: unknown}, **others)

    assert LEVELS.index(after) >= LEVELS.index(before)


@settings(max_examples=200, deadline=None)
@given(EVERYTHING, OTHERS)
def test_without_enough_data_no_proposal_is_low(answers, others) -> None:
    missing = sum(answers[key] in {None, "non_noto"} for key in DA5)
    if missing >= 2:
        assert level(answers, **others) != "BASSO"


@settings(max_examples=200, deadline=None)
@given(EVERYTHING, OTHERS)
def test_the_rapid_triage_only_raises(answers, others) -> None:
    off, on = (level(answers, **others | {"triage_approvato": approved}) for approved in (False, True))

    assert LEVELS.index(on) >= LEVELS.index(off)


@settings(max_examples=200, deadline=None)
@given(EVERYTHING, OTHERS)
def test_her_fear_strangulation_and_weapons_always_count(answers, others) -> None:
    assert level(answers | {"donna_teme_morte": "si"}, **others) == "ALTO"
    for key in ("strangolamento", "da2_arma"):
        assert level(answers | {key: "si"}, **others) != "BASSO"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FACTORS), OTHERS)
def test_no_single_factor_is_low_where_the_triage_is_approved(factor, others) -> None:
    assert level(answered(factor), **others | {"triage_approvato": True}) != "BASSO"
