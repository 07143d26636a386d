"""Messages that are sent: name, key, how long they are kept, and the values that are listed, no others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.bpmn.journal import Change
from engine.bpmn.workflow import Sent
from tests.engine.bpmn import diagram
from tests.engine.bpmn.diagram import catch, element, end, io, message, par, process, send, sends, start, sub, task, way
from tests.engine.bpmn.play import NOW, Play, one_problem, problems

TOP = message("m", "MSG_RICHIESTA")


def throwing(definition: str, *mappings: str, tag: str = "intermediateThrowEvent", key: str = "manda") -> str:
    return element(tag, key, io(*mappings) + definition)


def sent(file: bytes, *, do: str, **variables: Any) -> list[Any]:
    """What an instance sends when a step of it is done."""
    play = Play(file, **variables)
    play.instance.complete(play.item(do).id, {})
    return play.instance.take_thrown()


@pytest.mark.parametrize(
    ("node", "last"),
    [
        (throwing(sends("m"), "> livello = rischio"), "manda fine"),
        (send("manda", "m", "> livello = rischio"), "manda fine"),
        (throwing(sends("m"), "> livello = rischio", tag="endEvent"), "manda"),
    ],
)
def test_an_event_an_end_and_a_task_send_what_is_listed_and_go_on(node: str, last: str) -> None:
    ending = end() if "fine" in last else ""
    file = process(start(), task("a"), node, ending, way(f"inizio a {last}"), variables="rischio segreto", top=TOP)
    play = Play(file, rischio="ALTO", segreto="no")
    play.instance.complete(play.item("a").id, {})
    assert play.instance.take_thrown() == [Sent("MSG_RICHIESTA", "AAAA", {"livello": "ALTO"}, NOW + timedelta(hours=1))]
    assert [line.node.id for line in play.instance.take_journal() if line.change is Change.SENT] == ["manda"]
    assert play.completed


def test_the_key_is_computed_where_it_is_sent() -> None:
    file = process(start(), task("a"), throwing(sends("m", keyed='=case_code + "-" + numero')), end(),
                   way("inizio a manda fine"), variables="numero", top=TOP)  # fmt: skip
    assert [item.key for item in sent(file, do="a", numero="3")] == ["AAAA-3"]


@pytest.mark.parametrize(
    ("lives", "hours"), [("PT2H", 2), ('=param("D03")', 2), ("=fino_a", 5), ("P1D", 24), ("PT0S", 0)]
)
def test_it_is_kept_for_so_long(lives: str, hours: int) -> None:
    file = process(start(), task("a"), throwing(sends("m", lives=lives)), end(), way("inizio a manda fine"),
                   variables="fino_a", top=TOP)  # fmt: skip
    found = sent(file, do="a", fino_a=timedelta(hours=5))
    assert [item.until for item in found] == [NOW + timedelta(hours=hours)]


def test_what_cannot_be_written_is_not_sent_and_the_step_stands_still() -> None:
    both = throwing(sends("m") + sends("m", keyed="=numero"))
    file = process(start(), task("a"), both, end(), way("inizio a manda fine"), variables="numero", top=TOP)
    play = Play(file, numero=None)
    play.instance.complete(play.item("a").id, {})
    assert play.instance.take_thrown() == [], "not the first one either"
    assert [(item.node.id, item.code) for item in play.instance.incidents] == [("manda", "no_correlation_key")]


def test_who_waits_in_the_same_process_waits_already_when_it_is_sent() -> None:
    waits = catch("sente", "m")
    file = process(start(), par("p"), throwing(sends("m")), diagram.plain("task", "passa"), waits, end(),
                   way("inizio p manda fine"), way("p passa sente fine"), top=TOP)  # fmt: skip
    play = Play(file)
    assert play.waiting == [("MSG_RICHIESTA", "AAAA")]


def test_several_messages_and_signals_go_out_of_one_event_and_out_of_a_subprocess() -> None:
    top = TOP + message("n", "MSG_ALTRO") + diagram.signal("s", "SIG")
    last = throwing(sends("n") + diagram.of_signal("s") + sends("m"), tag="endEvent")
    inner = sub("s1", start("si"), task("dentro"), last, way("si dentro manda"))
    found = sent(process(start(), inner, end(), way("inizio s1 fine"), top=top), do="dentro")
    assert sorted(item.name for item in found) == ["MSG_ALTRO", "MSG_RICHIESTA", "SIG"]


PLAIN = (start(), end(), way("inizio manda fine"))


@pytest.mark.parametrize(
    ("node", "element_id", "reason"),
    [
        (throwing('<messageEventDefinition messageRef="m" />'), "manda", "Non si dice con quale chiave"),
        (element("sendTask", "manda", messageRef="m"), "manda", "Non si dice con quale chiave"),
        (throwing(sends("manca")), "manda", "L'evento non dice quale messaggio."),
        (throwing(sends("m", lives="-PT1H")), "manda", "«-PT1H» non è una durata positiva in ISO 8601."),
        (throwing(sends("m", lives="domani")), "manda", "«domani» non è una durata"),
        (throwing(sends("m", lives="")), "manda", "Non si dice per quanto si conserva il messaggio «MSG_RICHIESTA»."),
        (throwing(sends("m"), "< x = 1"), "manda", "L'evento ha uscite, ma non porta valori."),
        (throwing(diagram.of_signal("s"), "> x = 1"), "manda", "L'evento ha ingressi, che nulla leggerebbe."),
        (throwing(sends("m", keyed="=ignoto")), "manda", "L'espressione usa «ignoto»"),
        (throwing(sends("m"), "> x = ignoto"), "manda", "L'espressione usa «ignoto»"),
        (diagram.hears("manda", sends("m")), "manda", "Chi aspetta un messaggio non ne manda."),
    ],
)
def test_what_could_not_be_sent_is_refused(node: str, element_id: str, reason: str) -> None:
    found = problems(process(*PLAIN, node, top=TOP + diagram.signal("s", "SIG")))
    assert any(item.element == element_id and item.reason.startswith(reason) for item in found), found


def test_who_receives_it_must_declare_what_it_carries() -> None:
    taker = process(start("ti"), catch("prende", "m"), end("tf"), way("ti prende tf"), key="prende_tutto", top=TOP)
    giver = process(*PLAIN, throwing(sends("m"), "> x = 1"), top=TOP)
    expected = "«prende_tutto», che riceve il messaggio «MSG_RICHIESTA», non dichiara la variabile «x»."
    assert one_problem(giver, taker) == ("manda", expected)
