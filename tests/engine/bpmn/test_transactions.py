"""Transactions: cancelled, they are as if they had not been, and are left over their border."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    caught,
    element,
    end,
    error,
    message,
    of_compensation,
    of_message,
    of_time,
    on_border,
    par,
    process,
    start,
    sub,
    task,
    throws,
    triggered,
    way,
    with_undo,
    xor,
)
from tests.engine.bpmn.play import Play, one_problem, problems

CANCEL = "<cancelEventDefinition />"
MESSAGES = message("m", "MSG")


def cancelled(key: str = "niente") -> str:
    return throws(key, CANCEL, tag="endEvent")


def transaction(*parts: str, key: str = "t") -> str:
    return element("transaction", key, "".join(parts))


def around(inner: str, *more: str, top: str = "") -> bytes:
    """A transaction called `t` between two steps, with its border of cancellation."""
    border = on_border("annullata", "t", CANCEL)
    parts = (start(), inner, border, task("dopo"), task("rimedio"), end(), end("male"))
    return process(*parts, *more, way("inizio t dopo fine"), way("annullata rimedio male"), top=top)


def choosing() -> str:
    """A transaction: `a`, `b`, then it is confirmed or cancelled."""
    choice = xor("x", "x_bene") + "".join(
        f'<sequenceFlow id="x_{to}" sourceRef="x" targetRef="{to}">{when}</sequenceFlow>'
        for to, when in (("niente", "<conditionExpression>=annulla</conditionExpression>"), ("bene", ""))
    )
    return transaction(start("ti"), with_undo("a"), with_undo("b"), choice, cancelled(), end("bene"), way("ti a b x"))


def played(*, cancel: bool) -> Play:
    file = around(choosing()).replace(b'isExecutable="true">', b'isExecutable="true"><extensionElements>'
        b'<staffetta:variable name="annulla" type="boolean" /></extensionElements>', 1)  # fmt: skip
    return Play(file).do("a").do("b", annulla=cancel)


def test_a_transaction_that_goes_well_is_a_subprocess() -> None:
    play = played(cancel=False)
    assert play.open == ["dopo"]
    assert play.do("dopo").completed


def test_a_cancelled_transaction_is_undone_and_left_over_its_border() -> None:
    play = played(cancel=True)
    assert play.open == ["via_b"]
    assert play.do("via_b").open == ["via_a"]
    assert play.happened("fired") == []
    assert play.do("via_a").open == ["rimedio"]
    assert play.happened("fired") == ["annullata"]
    assert play.do("rimedio").completed


def test_cancelling_closes_what_is_open_and_undoes_only_what_was_completed() -> None:
    watching = triggered("e", of_message("m"), task("mai"), end("ef"), way("su_e mai ef"))
    inner = transaction(
        start("ti"), par("p"), with_undo("a"), with_undo("b"), task("c"), end("f1"), end("f2"), cancelled(),
        way("ti p a f1"), way("p b f2"), way("p c niente"), watching,
    )  # fmt: skip
    play = Play(around(inner, top=MESSAGES)).do("a").do("c")
    assert play.open == ["via_a"]
    assert play.waiting == []
    assert play.do("via_a").open == ["rimedio"]
    assert "via_b" not in play.happened("opened")


def test_a_transaction_with_nothing_to_undo_is_left_at_once() -> None:
    play = Play(around(transaction(start("ti"), task("a"), cancelled(), way("ti a niente"))))
    assert play.do("a").open == ["rimedio"]


def test_an_error_leaves_a_transaction_without_undoing_it() -> None:
    inner = transaction(start("ti"), with_undo("a"), end("guasto", error="e"), way("ti a guasto"))
    more = (caught("preso", "t", "e"), task("aiuto"), end("fe"), way("preso aiuto fe"))
    play = Play(around(inner, *more, top=error("e", "MALE"))).do("a")
    assert play.open == ["aiuto"]


def test_a_timer_may_end_a_transaction_while_it_is_undone() -> None:
    inner = transaction(start("ti"), with_undo("a"), cancelled(), way("ti a niente"))
    more = (on_border("tardi", "t", of_time("timeDuration", "PT1H")), task("aiuto"), end("fe"), way("tardi aiuto fe"))
    play = Play(around(inner, *more)).do("a")
    assert play.open == ["via_a"]
    assert play.at(hours=2) == 1
    assert play.open == ["aiuto"]


def test_a_transaction_that_went_well_can_be_undone_later() -> None:
    inner = transaction(start("ti"), with_undo("a"), end("tf"), way("ti a tf"))
    parts = (start(), inner, throws("annulla", of_compensation()), end(), way("inizio t annulla fine"))
    play = Play(process(*parts)).do("a")
    assert play.open == ["via_a"]
    assert play.do("via_a").completed


def test_transactions_nest_and_each_is_cancelled_by_itself() -> None:
    inner = transaction(start("ii"), with_undo("b"), cancelled("via"), way("ii b via"), key="dentro")
    border = on_border("esce", "dentro", CANCEL)
    outer = transaction(
        start("ti"), with_undo("a"), inner, border, task("c"), cancelled(), end("tf"),
        way("ti a dentro tf"), way("esce c niente"),
    )  # fmt: skip
    play = Play(around(outer)).do("a").do("b")
    assert play.open == ["via_b"]
    assert play.do("via_b").open == ["c"]
    assert play.do("c").open == ["via_a"]
    assert play.do("via_a").open == ["rimedio"]


def test_a_loop_of_transactions_begins_anew_each_time() -> None:
    inner = transaction(start("ti"), with_undo("a"), cancelled(), way("ti a niente"))
    parts = (start(), xor("x"), inner, on_border("annullata", "t", CANCEL), task("ancora"), end())
    play = Play(process(*parts, way("inizio x t fine"), way("annullata ancora x")))
    for _time in range(3):
        play.do("a").do("via_a").do("ancora")
    assert play.open == ["a"]


@pytest.mark.parametrize(
    ("parts", "key", "reason"),
    [
        ((task("t"), cancelled("male"), way("t male")), "male", "non c'è una transazione"),
        (
            (sub("t", start("ti"), cancelled("male"), way("ti male")), way("t fine")),
            "male",
            "non c'è una transazione",
        ),
        (
            (transaction(start("ti"), cancelled("male"), way("ti male")), way("t fine")),
            "t",
            "non ha una via d'uscita",
        ),
        (
            (sub("t", start("ti"), end("tf"), way("ti tf")), on_border("k", "t", CANCEL), way("t fine"), way("k fine")),
            "k",
            "Soltanto una transazione",
        ),
        (
            (
                transaction(start("ti"), cancelled("male"), way("ti male")),
                on_border("k", "t", CANCEL),
                on_border("l", "t", CANCEL),
                way("t fine"), way("k fine"), way("l fine"),
            ),
            "l",
            "già un evento di annullamento",
        ),
        (
            (
                transaction(
                    start("ti"), sub("s", start("si"), cancelled("male"), way("si male")), end("tf"), way("ti s tf")
                ),
                on_border("k", "t", CANCEL),
                way("t fine"), way("k fine"),
            ),
            "male",
            "non c'è una transazione",
        ),
        (
            (transaction(start("ti"), end("tf"), way("ti tf")).replace('id="t"', 'id="t" method="##Store"', 1),
             way("t fine")),
            "t",
            "method",
        ),
    ],
)  # fmt: skip
def test_a_cancellation_that_leads_nowhere_is_refused(parts: tuple[str, ...], key: str, reason: str) -> None:
    found = [
        problem for problem in problems(process(start(), *parts, end(), way("inizio t"))) if reason in problem.reason
    ]
    assert [problem.element for problem in found] == [key]


def test_a_cancellation_always_leaves_the_transaction() -> None:
    file = around(transaction(start("ti"), task("a"), cancelled(), way("ti a niente")))
    staying = file.replace(b'cancelActivity="true"', b'cancelActivity="false"')
    assert one_problem(staying) == ("annullata", "Un annullamento interrompe sempre.")
