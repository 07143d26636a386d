"""Plays an instance step by step; it is stored and taken up again between any two steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import dmn, errors
from engine.bpmn import memory, model, parsing, profile, rules, state
from engine.bpmn.building import Definition
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from engine.bpmn.waiting import WorkItem
from engine.functions import Function
from tests.engine.dmn import drawing

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PARAMETERS: dict[str, Any] = {"D03": timedelta(hours=2), "D04": timedelta(days=3)}

# Decisions that diagrams may ask: one that answers by a table, and some that cannot answer.
_TABLE = (
    '<decisionTable id="tabella" hitPolicy="UNIQUE"><input><inputExpression typeRef="number"><text>eta</text>'
    "</inputExpression><inputValues><text>[0..120]</text></inputValues></input>"
    '<output name="esito"/>'
    '<rule id="minore"><description>ha meno di 18 anni</description><inputEntry><text>&lt; 18</text></inputEntry>'
    '<outputEntry><text>"minore"</text></outputEntry></rule>'
    '<rule id="adulta"><inputEntry><text>&gt;= 18</text></inputEntry>'
    '<outputEntry><text>"adulta"</text></outputEntry></rule></decisionTable>'
)
LIBRARY = dmn.Library.of(
    {
        "prova.dmn": drawing.model(
            drawing.given("eta", "number"),
            drawing.decision("esito", _TABLE, needs="i:eta"),
            drawing.decision("somma", "eta + 1", needs="i:eta"),
            drawing.decision("funzione", "function(x) x"),
        ).replace(b'id="decision ', b'id="')
    }
)
FUNCTIONS = {"somma": Function("somma", frozenset({"n"}), frozenset({"totale"}), lambda given, _key: {"totale": given})}
DECISIONS = {
    name: rules.Rule(found) for name in ("esito", "somma", "funzione") if (found := LIBRARY.find(name)) is not None
}


def around(processes: Mapping[str, model.Process] | None = None) -> profile.Surroundings:
    """Surroundings in which everything that the diagrams of these tests name exists."""
    forms = {"modulo": profile.FormKeys(frozenset({"campo"}), frozenset({"testo"}))}
    inputs = {rule.decision.id: rule.decision.inputs for rule in DECISIONS.values()}
    return profile.Surroundings(
        forms, tuple(PARAMETERS), processes or {}, ("cav", "capofila"), inputs, ("acceso",), functions=FUNCTIONS
    )


def read(*files: bytes) -> dict[str, model.Process]:
    """Read and lint files that belong together, as a deployment does. Raises InvalidProcess."""
    found = [parsing.read(content, "prova.bpmn") for content in files]
    processes = {process.id: process for process in found}
    problems = [problem for process in found for problem in profile.check(process, around(processes))]
    if problems:
        raise errors.InvalidProcess(tuple(problems))
    return processes


def build(*files: bytes) -> Definition:
    """Build files that belong together; gives the first one's process, with what it calls."""
    return next(iter(memory.build(read(*files).values(), DECISIONS).values()))


def problems(*files: bytes) -> list[errors.Problem]:
    """Everything that the linter has against files that belong together; there must be something."""
    with pytest.raises(errors.InvalidProcess) as refused:
        read(*files)
    return list(refused.value.problems)


def one_problem(*files: bytes) -> tuple[str, str]:
    """Element and reason of the only problem; it has a way out and a line."""
    found = problems(*files)
    assert len(found) == 1, found
    assert found[0].way_out
    assert found[0].line
    return found[0].element, found[0].reason


class Play:
    """One instance at work."""

    def __init__(
        self,
        *files: bytes,
        now: datetime = NOW,
        parameters: Mapping[str, Any] | None = None,
        start_event: str = "",
        definition: Definition | None = None,
        **variables: Any,
    ) -> None:
        self.definition = definition or build(*files)
        self.now = now
        self.parameters = PARAMETERS if parameters is None else dict(parameters)
        given = {"case_code": "AAAA", **variables}
        self.instance = Instance.start(self.definition, given, self.host, start_event=start_event)
        self.journal = self.instance.take_journal()
        self.sleep()

    @property
    def host(self) -> Host:
        return Host(now=self.now, parameters=self.parameters)

    def sleep(self) -> None:
        """Store the instance and take it up again: nothing may change."""
        self.journal += self.instance.take_journal()
        content = self.instance.dump()
        self.instance = Instance.restore(self.definition, content, state.FORMAT, self.host)
        assert self.instance.dump() == content

    # --- what is seen ---

    @property
    def open(self) -> list[str]:
        """The elements of the open tasks, sorted."""
        return sorted(item.node.id for item in self.instance.work_items)

    @property
    def completed(self) -> bool:
        return self.instance.completed

    @property
    def stuck(self) -> list[tuple[str, str]]:
        """Element and code of each incident."""
        return sorted((item.node.id, item.code) for item in self.instance.incidents)

    @property
    def due(self) -> dict[str, datetime]:
        return {timer.node.id: timer.due_at for timer in self.instance.timers}

    @property
    def waiting(self) -> list[tuple[str, str]]:
        return [(item.name, item.correlation_key) for item in self.instance.subscriptions]

    @property
    def variables(self) -> dict[str, Any]:
        return self.instance.variables()

    def seen_at(self, element: str) -> dict[str, Any]:
        """What a person sees who has this task."""
        return self.instance.variables(self.item(element).id)

    def happened(self, change: str) -> list[str]:
        """The elements to which this has happened so far."""
        return [line.node.id for line in self.journal if line.change == change]

    def item(self, element: str) -> WorkItem:
        """The oldest open task of an element."""
        return next(item for item in self.instance.work_items if item.node.id == element)

    # --- what is done ---

    def do(self, element: str, **values: Any) -> Play:
        self.instance.complete(self.item(element).id, values)
        self.sleep()
        return self

    def at(self, *, hours: float = 0, days: float = 0, instant: datetime | None = None) -> int:
        """Let the clock stand so long after the start, and do what is due; says how many timers fired."""
        self.sleep()
        self.now = instant or NOW + timedelta(hours=hours, days=days)
        fired = self.instance.advance(self.now)
        self.sleep()
        return fired

    def deliver(self, name: str, **values: Any) -> Play:
        waiting = next(item for item in self.instance.subscriptions if item.name == name)
        self.instance.deliver(waiting.id, values)
        self.sleep()
        return self

    def retry(self, element: str) -> Play:
        stuck = next(item for item in self.instance.incidents if item.node.id == element)
        self.sleep()
        self.instance.retry(stuck.id)
        self.sleep()
        return self
