"""Requirement graphs: decisions, knowledge models, decision services and imports."""

from __future__ import annotations

import pytest

from engine import dmn, errors
from tests.engine.dmn.drawing import (
    bkm,
    component,
    decision,
    examine,
    feel,
    given,
    item,
    model,
    outcome_of,
    read,
    service,
    table,
    tag,
    value,
)


def test_a_decision_reads_the_decisions_that_it_needs() -> None:
    made = read(
        given("n"),
        decision("c", "a + b", needs="d:a, d:b"),
        decision("b", "a * 10", needs="d:a"),
        decision("a", "n + 1", needs="i:n"),
    )

    assert made.evaluate("c", {"n": 1}) == dmn.Outcome(22, (), (), {"a": 2, "b": 20, "c": 22})
    assert made.decisions == ("c", "b", "a")
    assert made.inputs("c") == {"n"}


def test_only_what_is_needed_is_evaluated() -> None:
    made = read(given("n"), decision("a", "n", needs="i:n"), decision("b", "1"))

    assert made.evaluate("b", {}).decisions == {"b": 1}


def test_a_decision_sees_nothing_that_it_does_not_need() -> None:
    made = examine(given("n"), decision("a", "1"), decision("b", "if a = 1 then n else 0", needs="i:n"))

    assert [problem.reason for problem in made.problems] == ["«if a = 1 then n else 0» usa «a», che qui non esiste."]
    assert made.evaluate("b", {"n": 5}).value == 0


def test_names_with_blanks_and_signs_are_names() -> None:
    made = read(
        given("Età (anni)"),
        given("pre-screening"),
        decision("Esito d'ingresso", "Età (anni) + pre-screening", needs="i:Età (anni), i:pre-screening"),
    )

    assert made.evaluate("Esito d'ingresso", {"Età (anni)": 1, "pre-screening": 2}).value == 3


def test_fields_with_signs_are_read_behind_a_dot_and_in_filters() -> None:
    person = item("tPersona", "", component("pre-score", "number"))

    assert value("p.pre-score - 1", person, p={"pre-score": 5}) == 4
    assert value("p[pre-score > 3].pre-score", person, p=[{"pre-score": 5}]) == [5]


def test_a_decision_is_found_by_name_or_id() -> None:
    made = read(decision("a b", "1"))

    assert made.evaluate("a b", {}).value == made.evaluate("decision a b", {}).value == 1
    with pytest.raises(KeyError):
        made.evaluate("b", {})


def test_an_input_is_no_decision() -> None:
    with pytest.raises(KeyError):
        read(given("n"), decision("a", "1")).evaluate("n", {})


def test_a_decision_without_logic_is_null_and_warned_of() -> None:
    made = read(tag("decision", tag("variable", name="a"), name="a", id="a"))

    assert made.evaluate("a", {}).value is None
    assert made.warnings[0].reason == "La decisione non ha logica: vale sempre null."


def test_decisions_that_wait_for_each_other_are_refused() -> None:
    made = examine(decision("a", "b", needs="d:b"), decision("b", "a", needs="d:a"), decision("c", "b", needs="d:b"))

    circular = [problem.element for problem in made.problems if "aspetta sé stessa" in problem.reason]
    assert circular == ["decision a", "decision b", "decision c"]
    assert made.evaluate("a", {}).value is None


def test_a_chain_of_a_thousand_decisions_is_evaluated() -> None:
    chain = [decision("d0", "n", needs="i:n")]
    chain += [decision(f"d{n}", f"d{n - 1} + 1", needs=f"d:d{n - 1}") for n in range(1, 1000)]

    assert read(given("n"), *chain).evaluate("d999", {"n": 1}).value == 1000


@pytest.mark.parametrize("href", ["#nessuno", "#input n", "urn:altro#d", ""])
def test_a_reference_that_leads_nowhere_is_refused(href) -> None:
    required = tag("knowledgeRequirement", tag("requiredKnowledge", href=href))
    made = examine(given("n"), tag("decision", required, feel("1"), name="a", id="a"))

    assert made.problems[0].reason == f"Il riferimento «{href}» non porta a un elemento del tipo giusto."


def test_a_knowledge_model_is_called_by_position_and_by_name() -> None:
    knows = bkm("rata", "importo:number, mesi:number", "importo / mesi")

    assert value("rata(n, 4) + rata(mesi: 2, importo: n)", knows, uses="rata", n=8) == 6


def test_a_knowledge_model_sees_its_parameters_and_what_it_requires_only() -> None:
    made = examine(given("n"), bkm("f", "a", "a + n"), decision("d", "f(1)", needs="i:n", uses="f"))

    assert made.problems[0].reason == "«a + n» usa «n», che qui non esiste."


def test_knowledge_models_call_each_other() -> None:
    knows = bkm("f", "a", "g(a) + 1", uses="g"), bkm("g", "a", "a * 2")

    assert value("f(n)", *knows, uses="f", n=5) == 11


def test_a_knowledge_model_refuses_arguments_of_another_type() -> None:
    outcome = outcome_of("f(n) = null", bkm("f", "a:number", '"chiamata"'), uses="f", n="x")

    assert (outcome.value, outcome.failures[0].code) == (True, "wrong_arguments")


def test_the_result_of_a_knowledge_model_is_of_its_type() -> None:
    assert value("f(n)", bkm("f", "a", "[a]", type_="number"), uses="f", n=1) == 1
    assert outcome_of("f(n)", bkm("f", "a", "a", type_="number"), uses="f", n="x").failures[0].code == "wrong_type"


def test_a_knowledge_model_can_return_and_take_functions() -> None:
    knows = bkm("somma", "a", "function(b) a + b"), bkm("due volte", "f, x", "f(f(x))")

    assert value("due volte(somma(n), 1)", *knows, uses="somma, due volte", n=10) == 21


def test_recursion_without_end_fails() -> None:
    outcome = outcome_of("f(1)", bkm("f", "a", "f(a + 1)", uses="f"), uses="f")

    assert (outcome.value, outcome.failures[0].code) == (None, "limit")


def test_recursion_with_an_end_is_evaluated() -> None:
    factorial = bkm("f", "a", "if a <= 1 then 1 else a * f(a - 1)", uses="f")

    assert value("f(n)", factorial, uses="f", n=20) == 2432902008176640000


SERVED = (
    given("n"),
    decision("base", "n + 1", needs="i:n"),
    decision("esito finale", "base * 10", needs="d:base"),
    decision("altro", "base", needs="d:base"),
)


def test_a_service_is_asked_for_its_decisions() -> None:
    made = read(*SERVED, service("S", outputs="esito finale", inputs="n"))

    assert made.services == ("S",)
    assert made.inputs("S") == {"n"}
    assert made.evaluate("S", {"n": 1}).value == 20


def test_a_service_with_several_outputs_gives_a_context() -> None:
    made = read(*SERVED, service("S", outputs="esito finale, altro", inputs="n"))

    assert made.evaluate("S", {"n": 1}).value == {"esito finale": 20, "altro": 2}


def test_a_service_takes_input_decisions_instead_of_making_them() -> None:
    made = read(*SERVED, service("S", outputs="esito finale", decisions="base"))

    assert made.evaluate("S", {"base": 7}).value == 70


def test_a_service_is_called_with_inputs_before_decisions() -> None:
    made = read(
        *SERVED,
        decision("d", "base - n", needs="d:base, i:n"),
        service("S", outputs="d", inputs="n", decisions="base"),
        decision("chiama", "[S(1, 5), S(base: 1, n: 5)]", uses="S"),
    )

    assert made.evaluate("chiama", {}).value == [4, -4]


def test_a_service_called_does_not_see_the_inputs_outside() -> None:
    made = read(
        *SERVED, service("S", outputs="altro", inputs="n"), decision("chiama", "S(n * 100)", needs="i:n", uses="S")
    )

    assert made.evaluate("chiama", {"n": 1}).value == 101


def test_a_service_refuses_arguments_of_another_type() -> None:
    made = read(
        given("n", "number"),
        decision("d", "n = null", needs="i:n"),
        service("S", outputs="d", inputs="n"),
        decision("chiama", 'S("x")', uses="S"),
    )

    assert made.evaluate("chiama", {}).failures[0].code == "wrong_arguments"


def test_a_service_without_outputs_is_refused() -> None:
    made = examine(tag("decisionService", name="S", id="s"))

    assert made.problems[0].reason == "Il servizio non ha decisioni in uscita."


def imported(name: str = "base", namespace: str = "urn:base") -> str:
    return tag("import", name=name, namespace=namespace, importType="https://www.omg.org/spec/DMN/20230324/MODEL/")


BASE = model(
    item("tEta", "number", allowed="[0..120]"),
    given("persona"),
    decision("saluto", '"ciao " + persona', needs="i:persona"),
    bkm("doppio", "n:number", "n * 2"),
    namespace="urn:base",
)


def importing(*parts: str, name: str = "base") -> dmn.Model:
    files = {"prova.dmn": model(*parts, imports=imported(name)), "base.dmn": BASE}
    return dmn.read(files, "prova.dmn")


def test_imported_elements_are_reached_under_the_name_of_the_import() -> None:
    made = importing(
        given("eta", "base.tEta"),
        decision(
            "esito", 'base.saluto + " " + string(base.doppio(eta))',
            needs="i:eta, d:urn:base#decision saluto", uses="urn:base#knowledge doppio",
        ),
    )  # fmt: skip

    assert made.evaluate("esito", {"eta": 21, "persona": "a tutte"}).value == "ciao a tutte 42"
    assert made.evaluate("esito", {"eta": 21, "urn:base#persona": "a te", "persona": "no"}).value == "ciao a te 42"
    assert made.evaluate("esito", {"eta": 121}).failures[0].code == "wrong_type"
    assert made.decisions == ("esito",)


def test_imports_without_a_name_are_reached_directly() -> None:
    made = importing(
        given("eta", "tEta"),
        decision("esito", "doppio(eta)", needs="i:eta", uses="urn:base#knowledge doppio"),
        name="",
    )

    assert made.evaluate("esito", {"eta": 4}).value == 8


def test_a_model_may_name_itself_in_a_reference() -> None:
    made = read(decision("a", "1"), decision("b", "a", needs="d:urn:prova#decision a"))

    assert made.evaluate("b", {}).value == 1


def test_an_import_that_is_not_there_is_refused() -> None:
    with pytest.raises(errors.InvalidProcess) as refusal:
        dmn.read({"prova.dmn": model(decision("a", "1"), imports=imported())}, "prova.dmn")

    assert refusal.value.problems[0].reason == "Il modello importato «urn:base» non è fra i file."


def test_elements_of_a_model_that_is_not_imported_are_refused() -> None:
    files = {"prova.dmn": model(decision("a", "saluto", needs="d:urn:base#decision saluto")), "base.dmn": BASE}

    assert dmn.examine(files, "prova.dmn").problems[0].reason == "Il modello «urn:base» non è importato."


def test_two_files_with_one_namespace_are_refused() -> None:
    files = {"a.dmn": model(decision("a", "1")), "b.dmn": model(decision("b", "1"))}

    assert dmn.examine(files, "a.dmn").problems[0].reason == "Due file hanno lo stesso namespace «urn:prova»."


def test_imports_of_other_kinds_are_refused() -> None:
    wrong = tag("import", name="x", namespace="urn:x", importType="http://www.w3.org/2001/XMLSchema")

    assert examine(decision("a", "1"), imports=wrong).problems[0].reason == "L'import «x» non è di un modello DMN."


def test_functions_of_the_host_are_called() -> None:
    files = {"prova.dmn": model(decision("a", 'param("D07") + param(name: "D07")'))}
    made = dmn.read(files, "prova.dmn", functions={"param": lambda name: {"D07": 7}[name]})

    assert made.evaluate("a", {}).value == 14


def test_a_trace_names_the_decision_that_was_being_made() -> None:
    rated = table("n:number", "x:string", '< 5 | "a"', '>= 5 | "b"')
    made = read(
        given("n"),
        bkm("f", "n:number", rated),
        decision("interna", "f(n)", needs="i:n", uses="f"),
        service("S", outputs="interna", inputs="n"),
        decision("esterna", tag("context", called("S(1)"), called("f(9)", "b")), uses="S, f"),
    )

    assert [trace.decision for trace in made.evaluate("esterna", {}).tables] == ["interna", "esterna"]


def called(text: str, name: str = "a") -> str:
    return tag("contextEntry", tag("variable", name=name), feel(text))
