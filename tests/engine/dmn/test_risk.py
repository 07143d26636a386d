"""The risk instruments as decision tables, one case per row: what the language is for in this service."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn

FILE = Path(__file__).parent / "golden" / "rischio.dmn"
LEVELS = ["BASSO", "MEDIO", "ALTO"]
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
FACTORS = [
    *SUMMING,
    "arma_accesso",
    "strangolamento",
    "sostanze_autore",
    "donna_teme_morte",
    "luogo_non_sicuro_stanotte",
]
DA5 = ["da1_escalation", "da2_arma", "da3_ucciderti", "da4_gravidanza", "da5_gelosia"]


@cache
def model() -> dmn.Model:
    return dmn.read({FILE.name: FILE.read_bytes()}, FILE.name)


def asked(decision: str, *yes: str, unknown: int = 0, **others: object) -> tuple[object, int]:
    """Answer no to everything but these; return the level and the row that said so."""
    keys = [key for key in [*FACTORS, *DA5] if key not in yes]
    answers = dict.fromkeys(keys, "no") | dict.fromkeys(yes, "si")
    hidden = [key for key in (DA5 if decision == "bra_da5" else FACTORS) if key not in yes][:unknown]
    answers |= dict.fromkeys(hidden, "non_noto")
    outcome = model().evaluate(decision, {**answers, **others})
    assert outcome.failures == ()
    return outcome.value, outcome.tables[-1].matches[0].number


def test_the_tables_have_no_gap_and_no_doubt() -> None:
    assert (model().problems, model().warnings) == ((), ())


@pytest.mark.parametrize(
    ("yes", "unknown", "level", "row"),
    [
        (["strangolamento"], 0, "ALTO", 1),
        (["arma_accesso", "minaccia_morte"], 0, "ALTO", 2),
        (["donna_teme_morte"], 0, "ALTO", 3),
        (["luogo_non_sicuro_stanotte"], 0, "ALTO", 4),
        (SUMMING[1:5], 0, "ALTO", 5),
        ([*SUMMING[1:4], "sostanze_autore"], 0, "MEDIO", 6),
        *(([factor], 0, "MEDIO", 6) for factor in [*SUMMING, "arma_accesso", "sostanze_autore"]),
        ([], 5, "MEDIO", 7),
        ([], 4, "BASSO", 8),
    ],
)
def test_rapid_triage(yes, unknown, level, row) -> None:
    assert asked("rischio_rapido", *yes, unknown=unknown) == (level, row)


@pytest.mark.parametrize(
    ("yes", "unknown", "level", "row"),
    [
        (["da1_escalation", "da4_gravidanza", "da5_gelosia"], 0, "ALTO", 1),
        (DA5, 0, "ALTO", 1),
        (["da1_escalation", "da2_arma"], 0, "ALTO", 2),
        (["da1_escalation", "da3_ucciderti", "strangolamento"], 0, "ALTO", 2),
        (["da1_escalation", "da3_ucciderti"], 3, "MEDIO", 3),
        (["da2_arma"], 0, "MEDIO", 4),
        (["strangolamento"], 5, "MEDIO", 4),
        (["da5_gelosia"], 1, "BASSO", 5),
        ([], 0, "BASSO", 5),
        ([], 2, "MEDIO", 6),
    ],
)
def test_danger_assessment(yes, unknown, level, row) -> None:
    assert asked("bra_da5", *yes, unknown=unknown) == (level, row)


@pytest.mark.parametrize(
    ("total", "level", "row"),
    [(None, None, 1), (0, None, 2), (1, None, 2), (2, "MEDIO", 3), (4, "MEDIO", 3), (5, "ALTO", 4)],
)
def test_odara_bands(total, level, row) -> None:
    assert asked("livello_odara", odara_totale=total) == (level, row)


def test_an_odara_total_that_cannot_be_is_no_level() -> None:
    outcome = model().evaluate("livello_odara", {"odara_totale": 14})

    assert (outcome.value, outcome.failures[0].code) == (None, "input_not_allowed")


@pytest.mark.parametrize(
    ("yes", "others", "level", "row"),
    [
        (["donna_teme_morte"], {}, "ALTO", 1),
        ([], {"livello_sara": "ALTO"}, "ALTO", 2),
        ([], {"odara_totale": 6}, "ALTO", 2),
        (["luogo_non_sicuro_stanotte"], {"triage_approvato": True}, "ALTO", 2),
        (["luogo_non_sicuro_stanotte"], {"triage_approvato": False}, "BASSO", 4),
        ([], {"livello_operatrice": "MEDIO"}, "MEDIO", 3),
        ([], {}, "BASSO", 4),
    ],
)
def test_the_final_level_is_the_highest_that_anybody_gives(yes, others, level, row) -> None:
    assert asked("rischio_finale", *yes, **others) == (level, row)


@settings(max_examples=200, deadline=None)
@given(st.sets(st.sampled_from([*FACTORS, *DA5])), st.sampled_from([*FACTORS, *DA5]), st.booleans())
def test_one_more_yes_never_lowers_a_level(yes, more, approved) -> None:
    for decision in ("rischio_rapido", "bra_da5", "rischio_finale"):
        before, _ = asked(decision, *yes, triage_approvato=approved)
        after, _ = asked(decision, *yes, more, triage_approvato=approved)

        assert LEVELS.index(after) >= LEVELS.index(before)
