"""What is wrong with an expression is said in Italian, and nothing of it is lost."""

import pytest

import feel
from feel import italian

WRONG = {
    "": "qui serve un valore, c'è la fine",
    "1 +": "qui serve un valore, c'è la fine",
    "a && b": "scrivere `and`",
    "a ! b": "per negare",
    "a == 1": "FEEL confronta con un solo `=`",
    "cont(a)": "la funzione `cont` non esiste",
    "now()": "la funzione `now` non esiste",
    '"aperto': "il testo non è chiuso",
    "/* aperto": "il commento non è chiuso",
    "[1, 2": "per chiudere l'elenco",
    "{a: 1, a: 2}": "la voce `a` c'è due volte",
    "if a then b": "serve `else` dopo il primo ramo, c'è la fine",
    "for x in y": "serve",
    "a instance of gatto": "il tipo `gatto` non esiste",
    "count(1, 2, 3) + abs(1, 2)": "non si usa con",
    '@"mai"': "non è una data, un'ora o una durata",
    "a.": "dopo il punto serve il nome di un campo",
    "(1": "serve `)`",
    "1 between 2": "serve `and` tra gli estremi di `between`",
    "substring(a: 1)": "non ha gli argomenti",
    "a)": "`)` non è previsto qui",
    "function(a) external {}": "le funzioni esterne non sono ammesse",
}


@pytest.mark.parametrize("text", WRONG, ids=repr)
def test_what_is_wrong_is_said_in_italian_with_its_place(text: str) -> None:
    with pytest.raises(feel.FeelError) as caught:
        feel.compile(text)
    said = italian.said(caught.value)
    assert WRONG[text] in said
    assert "riga 1, colonna" in said
    assert "expected" not in said


def test_a_doubt_is_said_in_italian_too() -> None:
    (doubt,) = feel.compile('duration("PT1X")').doubts
    assert italian.said(doubt) == '`duration("PT1X")` è sempre null (riga 1, colonna 1)'


def test_a_limit_and_a_date_are_said_in_italian() -> None:
    with pytest.raises(feel.FeelError) as caught:
        feel.compile("1" * 100_000)
    assert italian.said(caught.value).startswith("l'espressione ha più di")
    with pytest.raises(feel.FeelError) as caught:
        feel.parse_duration("mai")
    assert "'mai' non è una durata, ad esempio P3D" in italian.said(caught.value)


def test_what_is_not_known_is_marked() -> None:
    assert italian.said(feel.FeelError("something new")) == "dettaglio tecnico: something new"
