"""What all readers of a BPMN file share: what is gathered on the way, extensions, expressions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from lxml import etree

import feel
from engine.bpmn import allowlist, dialect, model
from engine.bpmn.expressions import Expression, compile_feel, constant
from engine.errors import Level, Problem
from feel import italian

B = f"{{{dialect.BPMN}}}"
Z = f"{{{dialect.ZEEBE}}}"
S = f"{{{dialect.STAFFETTA}}}"
_SHORT = 80  # characters of an expression that a problem quotes
_HANDOVER = {
    "basis": ("adesione", "obbligo", "compito"),
    "send": ("by_hand", "automatic"),
    "until": ("step", "process", "case"),
}
_LANE_RULES = ("area", "offer", "rule")


@dataclass(slots=True)
class Reading:
    """What is being gathered while one file is read."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    messages: dict[str, model.Message] = field(default_factory=dict)
    signals: dict[str, model.Signal] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    escalations: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, etree._Element] = field(default_factory=dict)
    associations: list[tuple[str, str]] = field(default_factory=list)
    lanes: dict[str, str] = field(default_factory=dict)
    rules: dict[str, model.LaneRule] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def problem(self, element: etree._Element, reason: str, way_out: str) -> None:
        """Report what is wrong with an element."""
        self.problems.append(Problem(allowlist.label(element), reason, way_out, element.sourceline))

    def warn(self, element: etree._Element, reason: str, way_out: str) -> None:
        """Report what is legal with an element, and probably not meant."""
        problem = Problem(allowlist.label(element), reason, way_out, element.sourceline, level=Level.WARNING)
        self.problems.append(problem)


def message(holder: etree._Element, reading: Reading) -> model.Message | None:
    """Give the message that an event or a receive task refers to; without one it is reported."""
    found = reading.messages.get(holder.get("messageRef") or "")
    if found is None:
        reading.problem(holder, "L'evento non dice quale messaggio.", "Collegarlo a un messaggio con nome.")
    return found


def publication(holder: etree._Element, reading: Reading) -> model.Publication | None:
    """Give the message that an event or a send task sends, as its `zeebe:publishMessage` says."""
    found = message(holder, reading)
    said = next(extensions(holder, f"{Z}publishMessage"), None)
    if found is None:
        return None
    if said is None or not said.get("correlationKey"):
        way_out = 'Aggiungere zeebe:publishMessage con correlationKey="=case_code".'
        reading.problem(holder, f"Non si dice con quale chiave si manda il messaggio «{found.name}».", way_out)
        return None
    correlation = expression(said, "correlationKey", reading)
    return model.Publication(found.name, correlation, _time_to_live(said, reading))


def _time_to_live(said: etree._Element, reading: Reading) -> Expression | None:
    text = (said.get("timeToLive") or "").strip()
    if not text:
        return None
    if text.startswith("="):
        return feel_only(said, text, reading)
    length = duration(text)
    if length is None:
        way_out = 'Usare un parametro, per esempio =param("D03"), o un testo come P7D o PT0S.'
        reading.problem(said, f"«{short(text)}» non è una durata positiva in ISO 8601.", way_out)
        return None
    return constant(text, length)


def duration(text: str) -> timedelta | feel.YearsMonths | None:
    """Read an ISO 8601 duration that is not negative; None when it is none."""
    try:
        length = feel.parse_duration(text)
    except feel.FeelError:
        return None
    negative = length < timedelta(0) if isinstance(length, timedelta) else length.months < 0
    return None if negative else length


def expression(element: etree._Element, attribute: str, reading: Reading) -> Expression | None:
    """Read the FEEL in an attribute."""
    return feel_only(element, element.get(attribute) or "", reading)


def optional(element: etree._Element, attribute: str, reading: Reading) -> Expression | None:
    """Read the FEEL in an attribute, if it is there."""
    return None if element.get(attribute) is None else expression(element, attribute, reading)


def feel_only(element: etree._Element, text: str | None, reading: Reading) -> Expression | None:
    """Read a text that must be FEEL behind `=`; what is wrong with it is reported."""
    text = (text or "").strip()
    if not text.startswith("="):
        way_out = 'Scrivere un\'espressione FEEL che comincia con =, per esempio =livello = "ALTO".'
        reading.problem(element, f"«{short(text)}» non è un'espressione FEEL.", way_out)
        return None
    try:
        expression = compile_feel(text[1:])
    except feel.FeelError as error:
        reason = f"L'espressione FEEL «{short(text)}» ha un errore: {italian.said(error)}."
        reading.problem(element, reason, "Correggere l'espressione.")
        return None
    for doubt in expression.doubts:
        # Valid FEEL that can only give null, such as duration("PT1X"): nobody means it.
        reason = f"L'espressione FEEL «{short(text)}» non può dare un valore: {italian.said(doubt)}."
        reading.problem(element, reason, "Correggere l'espressione.")
    return expression


def short(text: str) -> str:
    """Give as much of an expression as a problem quotes."""
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def extensions(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Give the extensions of a kind that an element has."""
    for holder in element.iterchildren(f"{B}extensionElements"):
        yield from holder.iterchildren(tag)


def form_id(element: etree._Element) -> str | None:
    """Give the form that an element names."""
    form = next(extensions(element, f"{Z}formDefinition"), None)
    return None if form is None else form.get("formId") or ""


def pauses(element: etree._Element) -> tuple[model.Pause, ...]:
    """Give the reasons for which clocks of a user task may stand still."""
    found = extensions(element, f"{S}pause")
    return tuple(model.Pause(item.get("clock") or "", item.get("parameter") or "") for item in found)


def lane_rule(element: etree._Element, key: str, reading: Reading) -> model.LaneRule | None:
    """Give how the agency of a lane is chosen, if it says so, and keep it for the steps of the lane."""
    said = next(extensions(element, f"{S}laneRule"), None)
    if said is None:
        return None
    if said.get("by") not in _LANE_RULES:
        reason = f"La regola della corsia ha by=«{said.get('by') or ''}»."
        reading.problem(said, reason, f"Usare uno di: {', '.join(_LANE_RULES)}.")
    if (said.get("by") == "rule") != (said.get("expression") is not None):
        reason = "La regola della corsia ha by=«rule» senza espressione, o un'espressione senza by=«rule»."
        reading.problem(said, reason, "Scrivere l'espressione FEEL in expression con by=«rule», e solo allora.")
    expression = feel_only(said, said.get("expression"), reading) if said.get("expression") is not None else None
    reading.rules[key] = model.LaneRule(said.get("by") or "", expression, said.sourceline or 0)
    return reading.rules[key]


def handover(element: etree._Element, lane: str | None, reading: Reading) -> model.Handover | None:
    """Give the hand-over by which a step is reached, if it says one; a word that it does not know is reported."""
    said = next(extensions(element, f"{S}handover"), None)
    if said is None:
        return None
    for attribute, allowed in _HANDOVER.items():
        if said.get(attribute) not in allowed:
            reason = f"Il passaggio ha {attribute}=«{said.get(attribute) or ''}»."
            reading.problem(said, reason, f"Usare uno di: {', '.join(allowed)}.")
    return model.Handover(
        purpose=(said.get("purpose") or "").strip(),
        basis=said.get("basis") or "",
        duty=" ".join((said.get("duty") or "").split()),
        fields=tuple(name.strip() for name in (said.get("fields") or "").split(",") if name.strip()),
        automatic=said.get("send") == "automatic",
        until=said.get("until") or "",
        rule=reading.rules.get(lane or ""),
    )
