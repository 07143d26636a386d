"""What the script tasks of betsy's models say in their own words, drawn in ours.

Each word stands for something that the script of the engine under test would do. What takes time or throws becomes a
subprocess of the same id, so that loops, borders and flows stay where they are.
"""

from __future__ import annotations

from itertools import pairwise

from lxml import etree

from engine.bpmn.dialect import BPMN, ZEEBE

B, Z = f"{{{BPMN}}}", f"{{{ZEEBE}}}"
ERROR = "ERR_CODE"
TEXT = "testo"
STAMPS = ("CREATE_TIMESTAMP_LOG_1", "CREATE_TIMESTAMP_LOG_2")
COMPUTED = {
    "CREATE_LOG_FILE": [("x", "=1")],
    "CREATE_MARKER_FILE": [("trace", '=append(trace, "MARKER_exists")')],
    "INCREMENT_INTEGER_VARIABLE": [("integerVariable", "=integerVariable + 1")],
    "INCREMENT_INTEGER_VARIABLE_AND_LOG": [
        ("integerVariable", "=integerVariable + 1"),
        ("trace", '=append(trace, "INCREMENT")'),
    ],
}


def translate(step: etree._Element) -> None:
    """Draw what a script task says; a service task with a Java class stands for one that logs DUMMY."""
    script = step.find(f"{B}script")
    word = (script.text or "").strip() if script is not None else ""
    if script is not None:
        step.remove(script)
    for name in [name for name in step.attrib if str(name).endswith("class")]:
        del step.attrib[name]
        word, step.tag = "DUMMY", f"{B}scriptTask"
    if step.tag != f"{B}scriptTask" or not word:
        return
    step.attrib.pop("scriptFormat", None)
    step.set("name", step.get("name") or word)
    if word == "THROW_ERROR":
        _inside(step, _throws(step.getroottree().getroot()))
    elif word == "WAIT_TEN_SECONDS":
        _inside(step, _waits())
    elif word == "SET_STRING_DATA":
        _computes(step, [(_data(step, "Output", "targetRef"), f'="{TEXT}"')])
    elif word == "LOG_DATA":
        read = f'{_data(step, "Input", "sourceRef")} = "{TEXT}"'
        _computes(step, [("trace", f'=append(trace, if {read} then "DATA_correct" else "DATA_wrong")')])
    elif word in STAMPS:
        _inside(step, _stamped("+", word), _waits(), _stamped("-", word))
    else:
        _computes(step, COMPUTED.get(word, [("trace", f'=append(trace, "{word}")')]))


def draw_global_tasks(root: etree._Element) -> None:
    """Draw each task that stands outside of all processes, to be called, as a process of that one step."""
    for task in [item for item in root if str(item.tag).startswith(f"{B}global")]:
        kind = etree.QName(task).localname.removeprefix("global")
        task.tag = f"{B}{kind[0].lower()}{kind[1:]}"
        key = str(task.get("id"))
        task.set("id", f"{key}_passo")
        process = etree.SubElement(root, f"{B}process", id=key, isExecutable="true")
        process.append(etree.Element(f"{B}startEvent", id=f"{key}_inizio"))
        process.append(task)
        process.append(etree.Element(f"{B}endEvent", id=f"{key}_fine"))
        for source, target in pairwise((f"{key}_inizio", f"{key}_passo", f"{key}_fine")):
            ends = {"sourceRef": source, "targetRef": target}
            etree.SubElement(process, f"{B}sequenceFlow", id=f"da_{source}", **ends)


def overlap(trace: list[str]) -> bool:
    """Say whether two steps that stamp their beginning and their end were under way together."""
    stamps = [word for word in trace if word[1:] in STAMPS]
    return any(first[0] == second[0] == "+" for first, second in pairwise(stamps))


def extensions(element: etree._Element) -> etree._Element:
    """Give the extensions of an element; none yet, they are made."""
    found = element.find(f"{B}extensionElements")
    if found is None:
        found = etree.Element(f"{B}extensionElements")
        element.insert(0, found)
    return found


def _computes(step: etree._Element, results: list[tuple[str, str]]) -> None:
    (result, expression), *others = results
    etree.SubElement(extensions(step), f"{Z}script", expression=expression, resultVariable=result)
    if others:
        mapping = etree.SubElement(extensions(step), f"{Z}ioMapping")
        for target, source in [(result, f"={result}"), *others]:
            etree.SubElement(mapping, f"{Z}output", source=source, target=target)


def _inside(step: etree._Element, *parts: etree._Element) -> None:
    """Make the step a subprocess in which these parts come one after the other."""
    key = step.get("id")
    step.tag = f"{B}subProcess"
    whole = [etree.Element(f"{B}startEvent"), *parts]
    if whole[-1].tag != f"{B}endEvent":
        whole.append(etree.Element(f"{B}endEvent"))
    for number, part in enumerate(whole):
        part.set("id", f"{key}_{number}")
        step.append(part)
    for number in range(len(whole) - 1):
        ends = {"sourceRef": f"{key}_{number}", "targetRef": f"{key}_{number + 1}"}
        etree.SubElement(step, f"{B}sequenceFlow", id=f"{key}_flow_{number}", **ends)


def _data(step: etree._Element, way: str, end: str) -> str:
    """Give the variable that a step writes or reads: the data object that an arrow ties it to, else the property."""
    root = step.getroottree().getroot()
    tied = step.findtext(f"{B}data{way}Association/{B}{end}")
    reference = next((item for item in root.iter(f"{B}dataObjectReference") if item.get("id") == tied), None)
    if reference is not None:
        objects = {item.get("id"): item.get("name") for item in root.iter(f"{B}dataObject")}
        return str(objects[reference.get("dataObjectRef")])
    held = next(step.iterancestors(f"{B}process")).find(f"{B}property")
    return "" if held is None else str(held.get("id"))


def _throws(root: etree._Element) -> etree._Element:
    error = next((item for item in root.iter(f"{B}error") if item.get("errorCode") == ERROR), None)
    if error is None:
        error = etree.Element(f"{B}error", id="errore_lanciato", errorCode=ERROR)
        root.insert(0, error)
    end = etree.Element(f"{B}endEvent")
    etree.SubElement(end, f"{B}errorEventDefinition", errorRef=str(error.get("id")))
    return end


def _waits() -> etree._Element:
    catch = etree.Element(f"{B}intermediateCatchEvent")
    timer = etree.SubElement(catch, f"{B}timerEventDefinition")
    etree.SubElement(timer, f"{B}timeDuration").text = "PT10S"
    return catch


def _stamped(sign: str, word: str) -> etree._Element:
    step = etree.Element(f"{B}scriptTask", name=f"{sign}{word}")
    _computes(step, [("trace", f'=append(trace, "{sign}{word}")')])
    return step
