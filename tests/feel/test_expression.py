"""What the callers of the package rely on: compile, evaluate, names, host functions."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import feel


def test_a_gateway_condition_is_compiled_once_and_evaluated_on_many_contexts():
    condition = feel.compile('livello = "ALTO" and eta.anni > 17', {"livello", "eta"})
    assert condition.evaluate({"livello": "ALTO", "eta": {"anni": 18}}) is True
    assert condition.evaluate({"livello": "ALTO", "eta": {"anni": 17}}) is False
    assert condition.evaluate({"livello": "BASSO", "eta": {"anni": 40}}) is False


def test_the_same_text_and_names_give_the_very_same_expression():
    assert feel.compile("a + 1", ["a", "b"]) is feel.compile("a + 1", {"b", "a"})
    assert feel.compile("a + 1", ["a"]) is not feel.compile("a + 1", ["a", "b"])


def test_expressions_of_different_host_functions_are_kept_apart():
    one = feel.compile("soglia()", functions={"soglia": lambda: 1})
    two = feel.compile("soglia()", functions={"soglia": lambda: 2})
    assert (one.evaluate({}), two.evaluate({})) == (1, 2)


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("1 + 1", set()),
        ("a.b.c > d", {"a", "d"}),
        ("for x in elenco return x + y", {"elenco", "y"}),
        ("{a: 1, b: a + c}", {"c"}),
        ("function(x) x + y", {"y"}),
        ("some x in xs satisfies x = soglia", {"xs", "soglia"}),
        ("partial", {"partial"}),
        ("livello di rischio", {"livello di rischio"}),
    ],
)
def test_free_names_are_reported(text, free):
    assert feel.compile(text).names == free


def test_inside_a_filter_only_declared_names_are_reported_because_the_rest_may_be_fields():
    assert feel.compile("figli[eta < soglia]", {"figli", "soglia"}).names == {"figli", "soglia"}


def test_an_absent_variable_is_null():
    assert feel.compile("a").evaluate({}) is None
    assert feel.compile("a.b.c").evaluate({"a": {}}) is None


def test_host_functions_are_called_with_positional_values():
    expression = feel.compile('param("D03") * 2', functions={"param": {"D03": Decimal("1.5")}.get})
    assert expression.evaluate({}) == 3


def test_host_functions_may_have_blanks_in_their_names():
    expression = feel.compile("ore lavorative(3) + 1", functions={"ore lavorative": lambda hours: hours * 8})
    assert expression.evaluate({}) == 25


def test_a_host_function_with_the_wrong_number_of_arguments_is_refused_when_compiled():
    with pytest.raises(feel.FeelSyntaxError, match="does not take 0 arguments"):
        feel.compile("param()", functions={"param": lambda name: name})


def test_an_error_of_a_host_function_reaches_the_host():
    def broken():
        raise LookupError("D99")

    with pytest.raises(LookupError, match="D99"):
        feel.compile("broken()", functions={"broken": broken}).evaluate({})


def test_there_is_no_clock_unless_the_host_gives_one():
    with pytest.raises(feel.FeelSyntaxError, match="unknown function `now`") as refusal:
        feel.compile("now()")
    assert "host" in refusal.value.hint
    noon = datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert feel.compile('now() + duration("PT72H")', functions={"now": lambda: noon}).evaluate({}) == datetime(
        2026, 3, 11, 12, tzinfo=UTC
    )


def test_functions_written_in_one_expression_can_be_called_in_another():
    double = feel.compile("function(x) x * 2").evaluate({})
    assert isinstance(double, feel.Function)
    assert feel.compile("raddoppia(21)", {"raddoppia"}).evaluate({"raddoppia": double}) == 42
    assert feel.compile("raddoppia(x: 21)", {"raddoppia"}).evaluate({"raddoppia": double}) == 42


def test_python_callables_in_the_context_are_never_called():
    assert feel.compile("f(1)", {"f"}).evaluate({"f": print}) is None


@pytest.mark.parametrize(
    "text", ["a.__class__", "a.upper", "a.__init__.__globals__", '"x".join', "[1].append", '@"P1D".total_seconds']
)
def test_attributes_of_python_objects_are_out_of_reach(text):
    assert feel.compile(text).evaluate({"a": "text"}) in (None, [None])


@pytest.mark.parametrize("text", ["a + 1", "a < 1", "a = 1", "-a", "sum([a])", "a in [1..2]", "string length(a)"])
def test_what_is_no_feel_value_gives_null(text):
    for foreign in (1.5, object(), b"bytes", {1, 2}, Decimal("NaN")):
        assert feel.compile(text).evaluate({"a": foreign}) in (None, False)


def test_a_truth_value_is_no_number():
    assert feel.compile("a + 1").evaluate({"a": True}) is None
    assert feel.compile("a = 1").evaluate({"a": True}) is None


def test_a_failing_comparison_takes_the_second_branch():
    assert feel.compile('if a > 1 then "yes" else "no"').evaluate({"a": "text"}) == "no"


@pytest.mark.parametrize(
    ("tests", "tested", "result"),
    [
        ("-", 1, True),
        ('"ALTO", "GRAVISSIMO"', "ALTO", True),
        ('"ALTO", "GRAVISSIMO"', "BASSO", False),
        ("not(1, 2)", 3, True),
        ("not(1, 2)", 2, False),
        ("< 5", 4, True),
        ("[1..5)", 5, False),
        ("> limite", 11, True),
        ("? > 3 and ? < 10", 4, True),
        ("null", None, True),
        ("true", True, True),
    ],
)
def test_cells_of_decision_tables_are_tests_of_a_value(tests, tested, result):
    cell = feel.compile_unary(tests, {"limite"})
    assert cell.evaluate({"?": tested, "limite": 10}) is result


def test_a_function_that_outlives_its_evaluation_can_be_called_for_ever():
    double = feel.compile("function(x) x * 2").evaluate({})
    assert all(double.call(number) == number * 2 for number in range(60_000))
    assert feel.compile("f(21)", {"f"}).evaluate({"f": double}) == 42


def test_functions_from_elsewhere_are_paid_by_the_evaluation_that_calls_them():
    slow = feel.compile("function(x) count(for i in 1..1000 return i)").evaluate({})
    with pytest.raises(feel.FeelLimitError):
        feel.compile("for i in 1..1000 return f(i)", {"f"}).evaluate({"f": slow})


def test_constants_that_are_always_null_are_doubted():
    assert feel.compile('inizio + duration("PT1X")').doubts == (
        '`duration("PT1X")` is always null (line 1, column 10)',
    )
    assert feel.compile('inizio + duration("PT1H")').doubts == ()
