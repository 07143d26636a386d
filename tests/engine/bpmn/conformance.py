"""Runs public BPMN models of a folder and prints for each: right, wrong, or refused and why.

    python tests/engine/bpmn/conformance.py FOLDER

Not a test of ours: the models are not part of this project. The folder holds `betsy` and `camunda`, each with models
and an `expected.json`. What is written in the dialects of other engines is translated first: their scripts into FEEL,
their conditions and called processes into ours; each process comes into a file of its own; a lane, names and declared
variables are given, as our protocols have them. Nothing else is touched. A right answer of betsy's that
stays right when every event that is thrown is taken out came by accident, and does not count.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

import feel
from engine import errors
from engine.bpmn import memory, parsing, profile
from engine.bpmn.building import Definition
from engine.bpmn.dialect import BPMN, ZEEBE
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from engine.bpmn.state import FORMAT

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_B, _Z = f"{{{BPMN}}}", f"{{{ZEEBE}}}"
_CONTAINS = re.compile(r'\s*test\.contains\("(\w+)"\)>?\s*\Z')
_THROWN = ("signal", "escalation", "error", "message", "compensate", "cancel")
_VARIABLES = ("trace", "test", "integerVariable", "durata", "x")


# --- translation ---


def translate(content: bytes) -> list[bytes]:
    """Bring a model from the dialect that it was written in into ours: a file for each of its processes."""
    root = etree.fromstring(content)
    for element in root.iter(f"{_B}*"):
        for name in [str(name) for name in element.attrib if "camunda.org" in str(name)]:
            if not name.endswith("class"):
                del element.attrib[name]
    _translate_parts(root)
    keys = [process.get("id") for process in root.iter(f"{_B}process")]
    return [_alone(root, str(key)) for key in keys]


def _alone(root: etree._Element, key: str) -> bytes:
    copied = etree.fromstring(etree.tostring(root))
    for process in copied.findall(f"{_B}process"):
        if process.get("id") != key:
            copied.remove(process)
    if len(root.findall(f"{_B}process")) > 1:
        for collaboration in copied.findall(f"{_B}collaboration"):
            copied.remove(collaboration)
    return etree.tostring(copied)


def _translate_parts(root: etree._Element) -> None:
    for step in list(root.iter(f"{_B}scriptTask", f"{_B}serviceTask")):
        _translate_script(step)
    for condition in root.iter(f"{_B}conditionExpression", f"{_B}condition"):
        found = _CONTAINS.match(condition.text or "")
        text = f'contains(test, "{found.group(1)}")' if found else (condition.text or "").strip()
        condition.text = f"={text}"
    for timed in root.iter(f"{_B}timeDuration"):
        timed.text = re.sub(r"\A\$\{duration\}\Z", "=durata", (timed.text or "").strip())
    for called in root.iter(f"{_B}callActivity"):
        extension = etree.SubElement(
            _extensions(called), f"{_Z}calledElement", processId=called.get("calledElement", "")
        )
        extension.set("propagateAllChildVariables", "false")
        extension.set("propagateAllParentVariables", "false")
        called.attrib.pop("calledElement", None)
        mapping = etree.SubElement(_extensions(called), f"{_Z}ioMapping")
        for way in ("input", "output"):
            etree.SubElement(mapping, f"{_Z}{way}", source="=trace", target="trace")
    for sent in root.iter(f"{_B}message"):
        etree.SubElement(_extensions(sent), f"{_Z}subscription", correlationKey="=case_code")
    for process in root.iter(f"{_B}process"):
        _give_lane(process)


def _translate_script(step: etree._Element) -> None:
    script = step.find(f"{_B}script")
    token = (script.text or "").strip() if script is not None else ""
    if script is not None:
        step.remove(script)
    if any(str(name).endswith("class") for name in step.attrib):
        token = "DUMMY"
        for name in [name for name in step.attrib if str(name).endswith("class")]:
            del step.attrib[name]
        step.tag = f"{_B}scriptTask"
    what = {"CREATE_LOG_FILE": ("x", "=1"), "INCREMENT_INTEGER_VARIABLE": ("integerVariable", "=integerVariable + 1")}
    marker = "MARKER_exists" if token == "CREATE_MARKER_FILE" else token
    result, expression = what.get(token, ("trace", f'=append(trace, "{marker}")'))
    if step.tag == f"{_B}scriptTask" and token:
        step.attrib.pop("scriptFormat", None)
        written = etree.SubElement(_extensions(step), f"{_Z}script", expression=expression, resultVariable=result)
        step.set("name", step.get("name") or written.get("expression", ""))


def _extensions(element: etree._Element) -> etree._Element:
    found = element.find(f"{_B}extensionElements")
    if found is None:
        found = etree.Element(f"{_B}extensionElements")
        element.insert(0, found)
    return found


def _give_lane(process: etree._Element) -> None:
    for old in process.findall(f"{_B}laneSet"):
        process.remove(old)
    lane = etree.SubElement(etree.SubElement(process, f"{_B}laneSet", id="corsie"), f"{_B}lane", id="corsia")
    for task in process.iter(f"{_B}userTask"):
        etree.SubElement(lane, f"{_B}flowNodeRef").text = task.get("id")
        task.set("name", task.get("name") or task.get("id") or "")
    for name in _VARIABLES:
        variable = etree.SubElement(_extensions(process), "{urn:staffetta:bpmn:1}variable", name=name)
        variable.set("type", "string")


def without_throws(content: bytes) -> bytes:
    """Take out every event that is thrown: what then still comes out right came out by accident."""
    root = etree.fromstring(content)
    for event in root.iter(f"{_B}intermediateThrowEvent", f"{_B}endEvent"):
        for kind in _THROWN:
            for definition in event.findall(f"{_B}{kind}EventDefinition"):
                event.remove(definition)
    return etree.tostring(root)


def throws(content: bytes) -> bool:
    """Say whether a model throws anything."""
    return without_throws(content) != etree.tostring(etree.fromstring(content))


# --- running ---


def load(contents: list[bytes]) -> dict[str, Definition]:
    """Read, lint and build files that belong together. Raises InvalidProcess."""
    found = {process.id: process for process in (parsing.read(content, "modello") for content in contents)}
    around = profile.Surroundings({}, (), found, ("corsia",))
    problems = [problem for process in found.values() for problem in profile.check(process, around)]
    if problems:
        raise errors.InvalidProcess(tuple(problems))
    return memory.build(found.values())


@dataclass
class Player:
    """Plays the steps of a case; the instance is stored and taken up again between any two."""

    definitions: dict[str, Definition]
    now: datetime = NOW
    instances: list[Instance] = field(default_factory=list)

    @property
    def host(self) -> Host:
        return Host(now=self.now, parameters={})

    def start(self, key: str, variables: dict[str, Any]) -> None:
        given = {"case_code": "AAAA", "trace": [], **variables}
        if "duration" in variables:
            given["durata"] = feel.parse_duration(variables["duration"])
        self.instances.append(Instance.start(self.definitions[key], given, self.host))

    def advance(self, seconds: float) -> None:
        end = self.now + timedelta(seconds=seconds)
        for index, instance in enumerate(self.instances):
            while due := [timer.due_at for timer in self._restored(index, instance).timers if timer.due_at <= end]:
                self.now = max(min(due), self.now)
                instance = self.instances[index] = self._restored(index, instance)  # noqa: PLW2901 - it moves on
                if not instance.advance():
                    break
        self.now = end

    def complete(self, task: str) -> None:
        instance = self.instances[-1]
        item = next(item for item in instance.work_items if task in {item.node.name, item.node.id})
        instance.complete(item.id, {})

    def message(self, name: str) -> bool:
        instance = self.instances[-1]
        waiting = [item for item in instance.subscriptions if item.name == name]
        for item in waiting[:1]:
            instance.deliver(item.id, {})
        return bool(waiting)

    def _restored(self, index: int, instance: Instance) -> Instance:
        if instance.completed:
            return instance
        restored = Instance.restore(instance.definition, instance.dump(), FORMAT, self.host)
        self.instances[index] = restored
        return restored

    @property
    def tasks(self) -> list[str]:
        return sorted(item.node.name for instance in self.instances[-1:] for item in instance.work_items)

    @property
    def ids(self) -> list[str]:
        return sorted(item.node.id for instance in self.instances[-1:] for item in instance.work_items)

    @property
    def trace(self) -> list[str]:
        return sorted(str(token) for instance in self.instances for token in instance.variables().get("trace", []))


# --- betsy ---


def betsy(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the models of betsy; give the name and what came of it."""
    for model in json.loads((folder / "expected.json").read_text()):
        source = (folder / f"{model['name']}.bpmn").read_bytes()
        yield model["name"], _judged(partial(_betsy_case, model), [source], accidents=True)


def _betsy_case(model: dict[str, Any], contents: list[bytes]) -> str:
    definitions = load(contents)
    for case in model["cases"]:
        player = Player(definitions)
        if case["parallel_process_running"]:
            player.start("ParallelProcess", {})
        player.start(model["name"], case["variables"])
        player.advance(case["delay_seconds"])
        found = player.trace
        if any(instance.incidents for instance in player.instances):
            found.append("ERROR_runtime")
        expected = sorted(case["expected"])
        found = [token for token in found if token != "MARKER_exists" or token in expected]
        if found != expected and not (expected == ["ERROR"] and "ERROR_runtime" in found):
            return f"wrong: {found} instead of {expected} with {case['variables'].get('test')}"
    return "right"


# --- Camunda ---


def camunda(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the cases of Camunda's tests; give the name and what came of it."""
    for case in json.loads((folder / "expected.json").read_text())["cases"]:
        sources = [(folder / name).read_bytes() for name in case["files"]]
        yield case["id"], _judged(partial(_camunda_case, case), sources)


def _camunda_case(case: dict[str, Any], contents: list[bytes]) -> str:
    player = Player(load(contents))
    for number, step in enumerate(case["steps"]):
        if not _camunda_step(player, step):
            return f"wrong: step {number + 1} {step}: tasks {player.tasks}, trace {player.trace}"
    return "right"


def _camunda_step(player: Player, step: dict[str, Any]) -> bool:
    match step:
        case {"start": key}:
            player.start(key, step.get("variables", {}))
        case {"advance": seconds}:
            player.advance(seconds)
        case {"complete": name}:
            for _time in range(step.get("times", 1)):
                player.complete(name)
        case {"complete_all": True}:
            while player.tasks:
                player.complete(player.tasks[0])
        case {"message": name}:
            return player.message(name) is not step.get("refused", False)
        case _:
            return _is_so(player, step)
    return True


def _is_so(player: Player, expected: dict[str, Any]) -> bool:
    found = {
        "tasks": player.tasks,
        "ids": player.ids,
        "count": len(player.tasks),
        "trace": player.trace,
        "ended": player.instances[-1].completed,
        "all_ended": all(instance.completed for instance in player.instances),
    }
    wanted = {name: sorted(value) if isinstance(value, list) else value for name, value in expected.items()}
    if wanted.get("tasks") == found["ids"]:
        return True
    return wanted.keys() <= found.keys() and all(found[name] == value for name, value in wanted.items())


# --- judging ---


def _judged(run: Callable[[list[bytes]], str], sources: list[bytes], *, accidents: bool = False) -> str:
    translated = [part for source in sources for part in translate(source)]
    outcome = _outcome(run, translated)
    if accidents and outcome == "right" and any(throws(content) for content in translated):
        plain = _outcome(run, [without_throws(content) for content in translated])
        return "accident: right also when nothing is thrown" if plain == "right" else outcome
    return outcome


def _outcome(run: Callable[[list[bytes]], str], contents: list[bytes]) -> str:
    try:
        return run(contents)
    except errors.InvalidProcess as refused:
        first = refused.problems[0]
        return f"refused: {first.element}: {first.reason} ({len(refused.problems)} in all)"
    except (errors.StaffettaError, KeyError, StopIteration) as failed:
        return f"wrong: {type(failed).__name__} {failed}"


def main(folder: Path) -> None:
    """Print the outcome of every model, and how many came out right."""
    for name, runner in (("betsy", betsy), ("camunda", camunda)):
        outcomes = list(runner(folder / name))
        for model, outcome in outcomes:
            print(f"{name}\t{model}\t{outcome}")  # noqa: T201 - it is what it is run for
        right = sum(outcome == "right" for _model, outcome in outcomes)
        print(f"{name}: {right} of {len(outcomes)} right")  # noqa: T201 - it is what it is run for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
