"""Service tasks: open until their function has given its outputs; nothing but what is listed goes in and out."""

from __future__ import annotations

import pytest

from engine import errors
from tests.engine.bpmn import diagram
from tests.engine.bpmn.diagram import caught, end, error, on_border, process, service, start, sub, task, way
from tests.engine.bpmn.play import Play, one_problem

TOP = error("e1", "OCCUPATO") + error("e2", "ALTRO")


def drawn(*more: str, outputs: tuple[str, ...] = ("< esito = totale",), variables: str = "x segreto") -> bytes:
    step = service("chiama", "somma", "> n = x", *outputs)
    parts = (start(), step, task("dopo"), end(), way("inizio chiama dopo fine"))
    return process(*parts, *more, variables=variables, top=TOP)


def test_it_is_given_what_is_listed_and_gives_what_is_listed() -> None:
    play = Play(drawn(), x=2, segreto="no")
    (job,) = play.instance.jobs
    assert (job.node.id, job.inputs, play.open) == ("chiama", {"n": 2}, [])
    play.instance.finish_job(job.id, {"totale": 4})
    play.sleep()
    assert (play.open, play.instance.jobs, play.variables["esito"]) == (["dopo"], [], 4)
    assert "totale" not in play.variables
    with pytest.raises(errors.NobodyWaits):
        play.instance.finish_job(job.id, {"totale": 5})


def test_without_output_mappings_nothing_enters_the_case() -> None:
    play = Play(drawn(outputs=()), x=2, segreto="no")
    play.instance.finish_job(play.instance.jobs[0].id, {"totale": 4})
    assert play.variables.keys() == {"case_code", "x", "segreto"}


@pytest.mark.parametrize(("code", "way_on"), [("OCCUPATO", "occupato"), ("ALTRO", "qualunque")])
def test_an_error_of_its_function_goes_to_its_border_by_its_code(code: str, way_on: str) -> None:
    borders = caught("b1", "chiama", "e1") + caught("b2", "chiama") + task("occupato") + task("qualunque")
    play = Play(drawn(borders, way("b1 occupato fine"), way("b2 qualunque fine")), x=2, segreto="")
    play.instance.fail_job(play.instance.jobs[0].id, code)
    play.sleep()
    assert (play.open, play.instance.jobs) == ([way_on], [])


def test_an_error_that_its_border_does_not_catch_goes_outwards() -> None:
    inner = sub("s1", start("si"), service("chiama", "somma", "> n = x"), end("sf"), way("si chiama sf"))
    parts = (start(), inner, caught("b", "s1", "e1"), task("preso"), end())
    play = Play(process(*parts, way("inizio s1 fine"), way("b preso fine"), variables="x", top=TOP), x=1)
    play.instance.fail_job(play.instance.jobs[0].id, "OCCUPATO")
    play.sleep()
    assert play.open == ["preso"]


def test_an_error_that_nobody_catches_is_an_incident_and_it_is_called_again() -> None:
    play = Play(drawn(), x=2, segreto="")
    play.instance.fail_job(play.instance.jobs[0].id, "OCCUPATO")
    play.sleep()
    assert (play.stuck, play.instance.jobs) == ([("chiama", "uncaught_error")], [])
    play.retry("chiama")
    assert [job.node.id for job in play.instance.jobs] == ["chiama"]


def test_a_time_on_its_border_takes_it_away() -> None:
    border = on_border("b", "chiama", diagram.of_time("timeDuration", "PT1H"))
    play = Play(drawn(border, task("tardi"), way("b tardi fine")), x=2, segreto="")
    play.at(hours=1)
    assert (play.open, play.instance.jobs) == (["tardi"], [])


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (diagram.element("serviceTask", "chiama"), "La service task non dice quale funzione chiama."),
        (service("chiama", "=nome"), "La service task non dice quale funzione chiama."),
        (service("chiama", "ignota"), "La funzione «ignota» non è installata."),
        (service("chiama", "somma"), "La funzione «somma» ha altri ingressi: vedi «n»."),
        (service("chiama", "somma", "> n = 1", "> m = 1"), "La funzione «somma» ha altri ingressi: vedi «m»."),
        (service("chiama", "somma", "> n = 1", tries="0"), "«0» non dice quante volte si prova."),
        (service("chiama", "somma", "> n = 1", tries="=tante"), "«=tante» non dice quante volte si prova."),
        (
            service("chiama", "somma", "> n = 1", "< y = ignota"),
            "L'espressione usa «ignota», che nessun modulo e nessun passo scrive.",
        ),
    ],
)
def test_what_could_not_be_called_is_refused(step: str, reason: str) -> None:
    assert one_problem(process(start(), step, end(), way("inizio chiama fine"))) == ("chiama", reason)
