"""Runs public BPMN models of a folder and prints for each: right, wrong, or refused and why.

    python -m tests.engine.bpmn.conformance FOLDER

Not a test of ours: the models are not part of this project. The folder holds `betsy` and `camunda`, each with models
and an `expected.json`. What is written in the dialects of other engines is translated first: their scripts into FEEL,
their conditions and called processes into ours; each process comes into a file of its own; a lane, names and declared
variables are given, as our protocols have them. Nothing else is touched. A right answer of betsy's that
stays right when every event that is thrown is taken out came by accident, and does not count.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

from engine import errors
from engine.bpmn import memory, parsing, profile
from engine.bpmn.building import Definition
from engine.bpmn.dialect import BPMN, ELEMENTS, ZEEBE
from tests.engine.bpmn import foreign_steps
from tests.engine.bpmn.foreign_steps import extensions
from tests.engine.bpmn.player import Player

_B, _Z = f"{{{BPMN}}}", f"{{{ZEEBE}}}"
_THROWN = ("signal", "escalation", "error", "message", "compensate", "cancel", "link", "terminate")
# To wait for a token that cannot come any more is no error in BPMN; we tell somebody, with an incident.
_STARVING = {"join_never_completed", "step_never_begun"}
SECONDS = 30
# An answer has to stay right: what a clock that stands still hides comes out in the next minute.
A_WHILE = 60
_VARIABLES = ("trace", "test", "integerVariable", "durata", "x")


# --- translation ---


def translate(content: bytes) -> list[bytes]:
    """Bring a model from the dialect that it was written in into ours: a file for each of its processes."""
    root = etree.fromstring(content)
    for element in root.iter(f"{_B}*"):
        for name in [str(name) for name in element.attrib if "camunda.org" in str(name)]:
            if not name.endswith("class"):
                del element.attrib[name]
    foreign_steps.draw_global_tasks(root)
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


def _translate_sending(root: etree._Element) -> None:
    for event in root.iter(f"{_B}intermediateThrowEvent", f"{_B}endEvent", f"{_B}sendTask"):
        for sending in [event] if event.tag == f"{_B}sendTask" else event.iterchildren(f"{_B}messageEventDefinition"):
            said = {"correlationKey": "=case_code", "timeToLive": "PT1H"}
            etree.SubElement(extensions(sending), f"{_Z}publishMessage", said)


def _translate_parts(root: etree._Element) -> None:
    for step in list(root.iter(f"{_B}scriptTask", f"{_B}serviceTask")):
        foreign_steps.translate(step)
    for condition in root.iter(f"{_B}conditionExpression", f"{_B}condition", f"{_B}activationCondition"):
        condition.text = f"={_feel(condition.text or '')}"
    for loop in root.iter(f"{_B}loopCardinality", f"{_B}loopCondition", f"{_B}completionCondition"):
        loop.text = f"={_feel(loop.text or '')}"
    for timed in root.iter(f"{_B}timeDuration"):
        timed.text = re.sub(r"\A\$\{duration\}\Z", "=durata", (timed.text or "").strip())
    for called in root.iter(f"{_B}callActivity"):
        extension = etree.SubElement(
            extensions(called), f"{_Z}calledElement", processId=called.get("calledElement", "")
        )
        extension.set("propagateAllChildVariables", "false")
        extension.set("propagateAllParentVariables", "false")
        called.attrib.pop("calledElement", None)
        mapping = etree.SubElement(extensions(called), f"{_Z}ioMapping")
        for way in ("input", "output"):
            etree.SubElement(mapping, f"{_Z}{way}", source="=trace", target="trace")
    _translate_sending(root)
    for sent in root.iter(f"{_B}message"):
        etree.SubElement(extensions(sent), f"{_Z}subscription", correlationKey="=case_code")
    for process in root.iter(f"{_B}process"):
        _give_lane(process)


def _feel(text: str) -> str:
    """Write a condition of a Java engine in FEEL."""
    text = re.sub(r"\A[$#]\{(.*)\}\Z", r"\1", text.strip(), flags=re.DOTALL)
    text = re.sub(r'!\s*test\.contains\("(\w+)"\)', r'not(contains(test, "\1"))', text)
    text = re.sub(r'test\.contains\("(\w+)"\)>?', r'contains(test, "\1")', text)
    for java, feel_word in (("==", "="), ("&&", " and "), ("||", " or ")):
        text = text.replace(java, feel_word)
    return text


def _give_lane(process: etree._Element) -> None:
    for old in process.findall(f"{_B}laneSet"):
        process.remove(old)
    lane = etree.SubElement(etree.SubElement(process, f"{_B}laneSet", id="corsie"), f"{_B}lane", id="corsia")
    for task in process.iter(f"{_B}userTask"):
        etree.SubElement(lane, f"{_B}flowNodeRef").text = task.get("id")
        task.set("name", task.get("name") or task.get("id") or "")
    for name in _VARIABLES:
        variable = etree.SubElement(extensions(process), "{urn:staffetta:bpmn:1}variable", name=name)
        variable.set("type", "string")


def without_throws(content: bytes) -> bytes:
    """Take out every event that is thrown: what then still comes out right came out by accident."""
    root = etree.fromstring(content)
    thrown = {f"{_B}{kind}EventDefinition" for kind in _THROWN}
    referred = {item.get("id") for item in root if item.tag in thrown}
    for event in root.iter(f"{_B}intermediateThrowEvent", f"{_B}endEvent"):
        for part in list(event):
            if part.tag in thrown or (part.tag == f"{_B}eventDefinitionRef" and part.text in referred):
                event.remove(part)
    for step in root.iter(f"{_B}sendTask"):
        step.tag = f"{_B}task"
        for name in set(step.attrib) - {"id", "name"}:
            del step.attrib[name]
    for script in root.iter(f"{_B}script"):
        script.text = "CREATE_LOG_FILE" if script.text == "THROW_ERROR" else script.text
    return etree.tostring(root)


# --- running ---


def load(contents: list[bytes]) -> dict[str, Definition]:
    """Read, lint and build files that belong together. Raises InvalidProcess."""
    found = {process.id: process for process in (parsing.read(content, "modello") for content in contents)}
    around = profile.Surroundings({}, (), found, ("corsia",))
    problems = [problem for process in found.values() for problem in profile.check(process, around)]
    if problems:
        raise errors.InvalidProcess(tuple(problems))
    return memory.build(found.values())


# --- betsy ---


def betsy(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the models of betsy; give the name and what came of it."""
    for model in json.loads((folder / "expected.json").read_text()):
        paths = [folder / f"{model['name']}.bpmn"]
        yield model["name"], _judged(partial(_betsy_case, model), paths, accidents=True)


def _betsy_case(model: dict[str, Any], contents: list[bytes]) -> str:
    """Play each case of a model; a refusal is an answer only where one is expected, and for what the dialect knows."""
    try:
        definitions = load(contents)
    except errors.InvalidProcess:
        wanted = {token for case in model["cases"] for token in case["expected"]}
        if wanted <= {"ERROR_deployment", "ERROR"} and all(_is_known(content) for content in contents):
            return "right"
        raise
    running = False
    for case in model["cases"]:
        player = Player(definitions)
        if case["parallel_process_running"]:
            player.start("ParallelProcess", {})
        player.start(model["name"], case["variables"])
        player.sleep()
        for seconds in (case["delay_seconds"], A_WHILE):
            player.advance(seconds)
            if not _answers(player, case["expected"]):
                found = [*player.trace, *player.incidents]
                return f"wrong: {found} instead of {case['expected']} with {case['variables'].get('test')}"
        running = running or not all(instance.completed or instance.incidents for instance in player.instances)
    return "right (an instance still runs)" if running else "right"


def _answers(player: Player, expected: list[str]) -> bool:
    """Say whether trace and errors are exactly what is expected; an incident is an error."""
    trace = [word for word in player.trace if word != "MARKER_exists" and word[1:] not in foreign_steps.STAMPS]
    trace += ["MARKER_exists"] if "MARKER_exists" in expected and "MARKER_exists" in player.trace else []
    trace += ["EXECUTION_parallel"] if foreign_steps.overlap(player.order) else []
    wanted = [token for token in expected if token.startswith("ERROR")]
    codes = {"ERROR", "ERROR_runtime"} if player.incidents else set()
    codes |= {"ERROR_thrownErrorEvent"} if "uncaught_error" in player.incidents else set()
    as_expected = set(wanted) <= codes if wanted else set(player.incidents) <= _STARVING
    return as_expected and sorted(trace) == sorted(token for token in expected if token not in wanted)


def _is_known(content: bytes) -> bool:
    """Say whether the dialect knows every element: to refuse what it does not know says nothing about the model."""
    found = {etree.QName(element) for element in etree.fromstring(content).iter(etree.Element)}
    return all(name.localname in ELEMENTS for name in found if name.namespace == BPMN)


# --- Camunda ---


def camunda(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the cases of Camunda's tests; give the name and what came of it."""
    for case in json.loads((folder / "expected.json").read_text())["cases"]:
        yield case["id"], _judged(partial(_camunda_case, case), [folder / name for name in case["files"]])


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
        case {"signal": name}:
            player.signal(name)
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
        del wanted["tasks"]
    return wanted.keys() <= found.keys() and all(found[name] == value for name, value in wanted.items())


# --- judging ---


def _judged(run: Callable[[list[bytes]], str], paths: list[Path], *, accidents: bool = False) -> str:
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        return f"wrong: {', '.join(missing)} is not there"
    sources = [path.read_bytes() for path in paths]
    outcome = _outcome(run, sources)
    plain = [without_throws(content) for content in sources]
    nothing_thrown = plain == [etree.tostring(etree.fromstring(content)) for content in sources]
    if accidents and outcome.startswith("right") and not nothing_thrown and _outcome(run, plain).startswith("right"):
        return "accident: right also when nothing is thrown"
    return outcome


def _outcome(run: Callable[[list[bytes]], str], sources: list[bytes]) -> str:
    """Give what came of a model, within its time; whatever goes wrong is wrong for this model only."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return run([part for source in sources for part in translate(source)])
    except errors.InvalidProcess as refused:
        first = refused.problems[0]
        return f"refused: {first.element}: {first.reason} ({len(refused.problems)} in all)"
    except Exception as failed:  # noqa: BLE001 - the others are still to be run, and this one counts as wrong
        return f"wrong: {type(failed).__name__} {failed}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _out_of_time(_number: int, _frame: object) -> None:
    message = f"no end within {SECONDS} seconds"
    raise TimeoutError(message)


def main(folder: Path) -> None:
    """Print the outcome of every model, and how many came out right."""
    for name, runner in (("betsy", betsy), ("camunda", camunda)):
        outcomes = list(runner(folder / name))
        for model, outcome in outcomes:
            print(f"{name}\t{model}\t{outcome}")  # noqa: T201 - it is what it is run for
        right = sum(outcome.startswith("right") for _model, outcome in outcomes)
        print(f"{name}: {right} of {len(outcomes)} right")  # noqa: T201 - it is what it is run for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
