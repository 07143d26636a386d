"""The second run, on another server, sends every statement that the first one sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import statements


def test_the_fewest_tests_are_chosen_that_send_everything() -> None:
    sent = {"a": {"1", "2"}, "b": {"2", "3", "4"}, "c": {"1"}, "d": set(), "e": {"4", "5"}}
    assert statements.fewest(sent, sent) == {"a", "b", "e"}
    assert statements.fewest(["a", "c"], sent) == {"a"}, "what is not to run sends nothing"


def test_a_statement_with_more_rows_or_other_names_of_values_is_the_same_one() -> None:
    one = "INSERT INTO t (a, b) VALUES (%(a_1)s, %(b_1)s::UUID), (%(a_2)s, %(b_2)s::UUID) RETURNING t.id"
    other = "INSERT INTO t (a, b) VALUES (%(a__0)s, %(b__0)s::UUID) RETURNING t.id"
    assert statements._shape(one) == statements._shape(other)
    assert statements._shape("SELECT a FROM t WHERE b IN (%(b_1)s, %(b_2)s)") == statements._shape(
        "SELECT a FROM t WHERE b IN (%(b_1)s)"
    )
    assert statements._shape("SELECT a FROM t") != statements._shape("SELECT a FROM t FOR UPDATE")


def test_what_was_noted_by_several_processes_is_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, sent in enumerate([{"a": {"1"}}, {"a": {"2"}, "b": {"3"}}]):
        monkeypatch.setattr(statements, "_SENT", sent)
        monkeypatch.setattr(statements.os, "getpid", lambda number=number: number)
        statements.write(tmp_path)
    assert statements.read(tmp_path) == {"a": {"1", "2"}, "b": {"3"}}
