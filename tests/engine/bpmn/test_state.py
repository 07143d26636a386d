"""The stored form of an instance: nothing is lost, it stays small, and what was once stored is read for ever."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.bpmn import state
from engine.bpmn.runtime import Instance
from feel import YearsMonths
from tests.engine.bpmn.diagram import call, end, flow, many, par, process, start, sub, task, timer, way, xor
from tests.engine.bpmn.play import NOW, Play, build

GOLDEN = Path(__file__).parent / "golden"

VALUES: dict[str, Any] = {
    "testo": "è così",
    "intero": 2**70,
    "decimale": Decimal("1.50"),
    "vero": True,
    "nulla": None,
    "giorno": date(2026, 3, 2),
    "ora": time(9, 30),
    "istante": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "a_roma": datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Europe/Rome")),
    "durata": timedelta(days=1, seconds=5, microseconds=7),
    "mesi": YearsMonths(14),
    "elenco": [1, Decimal("2.0"), [date(2026, 1, 1)]],
    "contesto": {"$d": "1", "typename": "x", "Start": {"": None}},
    "$d": "non è un decimale",
    "typename": "testo",
    "Start": 1,
    "numero": "sei",
}


def _resumed(file: str = "format_1.state", number: int = 1) -> Play:
    """The instance of a golden file, two hours after its start."""
    definition = build((GOLDEN / "principale.bpmn").read_bytes(), (GOLDEN / "valutazione.bpmn").read_bytes())
    play = Play(process(start(), end(), way("inizio fine")))
    play.definition = definition
    play.now = NOW + timedelta(hours=2)
    play.instance = Instance.restore(definition, (GOLDEN / file).read_bytes(), number, play.host)
    play.journal = []
    return play


def test_what_was_stored_in_format_1_is_read_for_ever() -> None:
    play = _resumed()
    assert play.open == ["ascolta", "incontro", "sollecita"]
    assert play.due == {"troppo_tardi": datetime(2026, 4, 2, 7, 0, tzinfo=UTC)}
    assert play.waiting == [("PARERE", "AAAA")]
    assert play.stuck == [("scelta", "condition_not_boolean")]
    assert play.variables == {"case_code": "AAAA", "livello": "ALTO", **VALUES}
    assert play.seen_at("ascolta")["soglia"] == 3
    assert play.seen_at("incontro")["incontri"] == 1
    assert play.instance.variables(play.instance.subscriptions[0].id) == {"case_code": "AAAA", "livello": "ALTO"}


def test_what_was_stored_in_format_1_comes_to_its_end() -> None:
    play = _resumed()
    assert play.retry("scelta").stuck == [("scelta", "condition_not_boolean")]
    # A text stopped the gateway; the next answer has the number.
    play.do("sollecita", numero=5).retry("scelta")
    assert play.stuck == []
    play.do("ascolta", voto=4)
    assert play.variables["grave"] is True
    play.do("incontro", incontri=2)
    assert play.variables["svolti"] == 2
    play.deliver("PARERE", favorevole=True)
    assert play.open == ["conferma"]
    play.do("conferma")
    assert play.variables["favorevole"] is True
    assert play.due == {}
    assert play.open == ["saluta"]
    assert play.do("saluta").completed
    assert play.happened("ended") == ["sollecitata", "sf", "fine", "fine"]


def test_what_was_stored_in_format_1_gives_way_to_an_error_and_to_a_timer() -> None:
    play = _resumed()
    play.deliver("PARERE", favorevole=False)
    play.do("conferma")
    assert play.happened("fired") == ["rinunciato"]
    assert play.due == {}
    play = _resumed()
    assert play.at(days=40) == 1
    assert play.happened("fired") == ["troppo_tardi"]
    assert play.waiting == []


def test_what_was_stored_of_events_in_format_1_goes_on() -> None:
    """Stored an hour and a half after its start: what listens, races, repeats and waits at an inclusive join."""
    play = Play(process(start(), end(), way("inizio fine")))
    play.definition = build((GOLDEN / "eventi.bpmn").read_bytes())
    play.now = NOW + timedelta(hours=1.5)
    content = (GOLDEN / "format_1_eventi.state").read_bytes()
    play.instance = Instance.restore(play.definition, content, 1, play.host)
    assert play.open == ["annota", "ascolta", "avvisa", "passo", "ricordato"]
    assert play.due == {
        "mese": datetime(2026, 4, 2, 7, 0, tzinfo=UTC),
        "ricorda": NOW + timedelta(hours=2),
        "tardi": NOW + timedelta(days=3),
    }
    assert sorted(name for name, _key in play.waiting) == ["MSG1", "MSG2", "MSG3", "MSG4", "MSG5"]
    assert play.variables["n"] == 2
    play.deliver("MSG4").do("ascolta")
    assert "tardi" not in play.due
    assert "dopo" not in play.open, "the inclusive join waits for the step"
    assert play.at(hours=9) == 1
    assert "ricorda" not in play.due, "the third time was missed together with the second"
    play.do("passo").do("dopo")
    assert (play.completed, play.open, play.waiting, play.due) == (True, [], [], {})


def test_what_was_stored_in_format_2_remembers_its_completions() -> None:
    """Stored after two steps of the instance above: one has come to its end, one waits at a join for the other."""
    play = _resumed("format_2.state", 2)
    assert (play.open, play.stuck) == (["conferma", "incontro"], [])
    *_ways, listened = play.instance._workflow.ways_back
    play.instance.reopen(UUID(listened.task))
    assert play.open == ["ascolta", "conferma", "incontro"]
    assert "voto" not in play.variables
    play.sleep()
    play.do("ascolta", voto=4).do("incontro", incontri=2).do("conferma").do("saluta")
    assert play.completed


def test_what_was_stored_in_format_3_goes_on_undoing() -> None:
    """Stored while a subprocess was being undone: one step of it is left, and one before it."""
    play = Play(process(start(), end(), way("inizio fine")))
    play.definition = build((GOLDEN / "compensazione.bpmn").read_bytes())
    play.instance = Instance.restore(play.definition, (GOLDEN / "format_3.state").read_bytes(), 3, play.host)
    assert play.open == ["via_a"]
    assert play.seen_at("via_a")["livello"] == 4
    assert play.do("via_a").open == ["via_c"]
    assert play.do("via_c").completed


def test_what_was_stored_of_repetitions_in_format_3_goes_on() -> None:
    """Stored with instances at once and in turn, within one another, a loop, and a step that has one token of two."""
    play = Play(process(start(), end(), way("inizio fine")))
    play.definition = build((GOLDEN / "ripetizioni.bpmn").read_bytes())
    content = (GOLDEN / "format_3_ripetizioni.state").read_bytes()
    play.instance = Instance.restore(play.definition, content, 3, play.host)
    assert sorted((item.node.id, item.places) for item in play.instance.work_items) == [
        ("chiama", ((1, 3), (2, 2))),
        ("posto", ((2, 3),)),
        ("posto", ((3, 3),)),
        ("riprova", ((2, 3), (1, None))),
        ("riprova", ((3, 3), (2, None))),
        ("seconda", ()),
    ]
    play.do("seconda").do("conferma").do("posto", posto_trovato=7)
    assert play.variables["posti"] == [0, 7, None]
    assert play.seen_at("rinuncia")["rifugio"] == "b"
    play.do("rinuncia")
    assert play.seen_at("rinuncia")["rifugio"] == "a"
    play.do("rinuncia").do("chiama", fatta=20)
    for _instance in range(3):
        play.do("riprova", esito_prova=3)
    assert play.completed
    assert play.variables["tutte"] == [[10, 20], [30], []]


def test_the_format_that_is_written_has_a_golden_file() -> None:
    assert (GOLDEN / f"format_{state.FORMAT}.state").exists()
    assert len(state._UPGRADES) == state.FORMAT - 1


@pytest.mark.parametrize("number", [state.FORMAT + 1, 99, 0, -1])
def test_a_format_that_this_release_does_not_know_is_refused(number: int) -> None:
    play = Play(process(start(), task("a"), end(), way("inizio a fine")))
    with pytest.raises(state.UnknownFormat):
        Instance.restore(play.definition, play.instance.dump(), number, play.host)
    assert issubclass(state.UnknownFormat, errors.Failure)


# --- values ---


def test_values_of_all_types_survive() -> None:
    play = Play(process(start(), task("a"), task("b"), end(), way("inizio a b fine")))
    play.do("a", **VALUES)
    seen = play.seen_at("b")
    for name, value in VALUES.items():
        assert seen[name] == value
        assert type(seen[name]) is type(value)
    assert str(seen["decimale"]) == "1.50"


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.timedeltas()
    | st.datetimes(timezones=st.just(UTC))
    | st.builds(YearsMonths, st.integers(-500, 500))
)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@settings(max_examples=100, deadline=None)
@given(values=st.dictionaries(st.text(max_size=8), NESTED, max_size=5))
def test_any_name_and_any_value_survive(values: dict[str, Any]) -> None:
    play = Play(definition=TWO_STEPS)
    play.instance.complete(play.item("a").id, values)
    play.sleep()
    assert play.seen_at("b") == {"case_code": "AAAA", **values}


TWO_STEPS = build(process(start(), task("a"), task("b"), end(), way("inizio a b fine")))


def test_tokens_keep_their_ids() -> None:
    play = Play(process(start(), task("a"), timer("t", "a", "PT1H"), end(), way("inizio a fine"), way("t fine")))
    before = (play.item("a").id, play.instance.timers[0].id)
    play.sleep()
    assert (play.item("a").id, play.instance.timers[0].id) == before


def test_the_order_of_age_is_kept() -> None:
    file = process(start(), par("p"), xor("m"), task("a"), end(), way("inizio p m a fine"), flow("p", "m", key="due"))
    play = Play(file)
    ids = [item.id for item in play.instance.work_items]
    for _sleep in range(3):
        play.sleep()
    assert [item.id for item in play.instance.work_items] == ids


# --- size ---

CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro", variables="n")
LONG = process(
    start(),
    xor("di_nuovo"),
    par("apri"),
    task("a"),
    timer("t", "a", "P9D"),
    sub("s", start("si"), call("c", "altro", "> n = n"), end("sf"), way("si c sf"), mappings=("> n = 1",)),
    par("chiudi"),
    xor("basta", default="basta_fine"),
    end(),
    xor("unisci"),
    way("inizio di_nuovo apri a unisci chiudi basta fine"),
    way("apri s chiudi"),
    way("t unisci"),
    flow("basta", "di_nuovo", when="=ancora"),
    variables="ancora",
)


def _calls(play: Play) -> int:
    """How many Python calls one round of storing, loading and completing makes."""
    count = 0

    def note(_frame: object, what: str, _argument: object) -> None:
        nonlocal count
        count += what == "call"

    sys.setprofile(note)
    try:
        play.do("a", ancora=True).do("dentro")
    finally:
        sys.setprofile(None)
    return count


def _measure(play: Play) -> tuple[int, int, int, int]:
    workflow = play.instance._workflow
    return _calls(play), len(play.instance.dump()), len(workflow.tasks), len(workflow.scopes.scopes)


def test_5000_rounds_cost_no_more_than_ten() -> None:
    play = Play(LONG, CALLED)
    for _round in range(10):
        play.do("a", ancora=True).do("dentro")
    early = _measure(play)
    play.journal.clear()
    for _round in range(5_000):
        ids = {item.node.id: item.id for item in play.instance.work_items}
        play.instance.complete(ids["a"], {"ancora": True})
        play.instance.complete(ids["dentro"], {})
        play.instance.take_journal()
    late = _measure(play)
    assert late[1:] == early[1:]
    assert late[0] == pytest.approx(early[0], rel=0.01)
    assert early[1] < 2_000
    assert play.instance._workflow.subprocesses.keys() <= {
        token.id for workflow in play.instance._workflow.workflows() for token in workflow.live()
    }


@pytest.mark.parametrize("sequential", [False, True])
def test_rounds_of_several_instances_leave_nothing_behind(*, sequential: bool) -> None:
    inner = sub("s", start("si"), task("a"), end("sf"), way("si a sf"), mappings=("> n = loopCounter",))
    step = many(inner, "=3", result="esiti = n", sequential=sequential)
    gates = (xor("giro"), xor("basta", default="basta_fine"), flow("basta", "giro", "=ancora"))
    play = Play(process(start(), *gates, step, end(), way("inizio giro s basta fine"), variables="ancora"), ancora=True)
    sizes = set()
    for done in range(36):
        play.do("a")
        if done % 3 == 2 and done > 20:  # what is remembered for a way back is full by then
            sizes.add((len(play.instance.dump()), len(play.instance._workflow.scopes.scopes)))
    assert len(sizes) == 1
    assert play.variables["esiti"] == [1, 2, 3]


def test_nothing_of_the_diagram_is_in_the_state() -> None:
    short = Play(process(start(), task("a"), end(), way("inizio a fine")))
    many = "".join(task(f"b{number}") for number in range(200))
    steps = " ".join(f"b{number}" for number in range(200))
    long = Play(process(start(), task("a"), many, end(), way(f"inizio a {steps} fine")))
    assert len(long.instance.dump()) == len(short.instance.dump())
    assert len(short.instance.dump()) < 200
