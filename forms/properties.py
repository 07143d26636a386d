"""What a part of a form says in words and codes: its texts in two languages, its options, its custom properties."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from forms import reading, secrecy
from forms.model import Option
from forms.reading import Reading

MAX_OPTIONS = 300

CONFIDENTIALITY = (secrecy.ORDINARY, *secrecy.KINDS)
# What may enter the workflow state: codes, numbers, truth values and dates. Never a text that a person writes.
ROUTING_KINDS = frozenset({"select", "radio", "checkbox", "number", "datetime"})

# As what an answer can be searched for (engine/blind.py normalises each).
INDEXED = ("nome", "telefono")
# So that forms of before stay readable; a new one is refused (`secrecy.problems`), and nothing is indexed by it.
_FORMERLY_INDEXED = "codice_fiscale"

# Custom properties that hold FEEL.
EXPRESSIONS = frozenset({"min", "max"})
_OF_KIND: Mapping[str, set[str]] = {"datetime": set(EXPRESSIONS), "filepicker": {"maxFiles"}, "textfield": {"index"}}
# What the words of a part are called in the file, and in `Component.texts`.
_WORDS = {"text": ("text", "text"), "group": ("label", "label"), "image": ("alt", "text")}

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Place(NamedTuple):
    """A part being read: its JSON, its kind, its name in messages."""

    content: Mapping[str, object]
    kind: str
    where: str
    path: str


def options(place: Place, notes: Reading) -> tuple[Option, ...]:
    """Take the answers of a choice."""
    values = place.content.get("values")
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_OPTIONS:
        notes.report(place.where, f"Servono da 1 a {MAX_OPTIONS} risposte in «values».", "Elencare le risposte.")
        return ()
    found: dict[str, Option] = {}
    for at, item in enumerate(values):
        where = f"{place.where}.values[{at}]"
        if not isinstance(item, dict) or item.keys() != {"label", "value"}:
            notes.report(where, "Una risposta ha esattamente «label» e «value».", "Scriverle tutte e due.")
            continue
        label, value = reading.text(notes, where, "label", item["label"]), item["value"]
        if not isinstance(value, str) or not _CODE.fullmatch(value):
            notes.report(where, "Il valore di una risposta non è un codice.", "Usare lettere, cifre, _ e - .")
        elif value in found:
            notes.report(where, f"Il valore «{value}» è usato due volte.", "Dare a ogni risposta il suo.")
        elif label is not None:
            found[value] = Option(value, {"it": label})
    return tuple(found.values())


def translated(option: Option, given: Mapping[str, str]) -> Option:
    """Add its translation to an answer of a choice."""
    english = given.get(f"option.{option.value}.en")
    return option if english is None else Option(option.value, {**option.labels, "en": english})


def of_input(place: Place, notes: Reading, options: set[str]) -> dict[str, str]:
    """Take the custom properties of an input: translations, routing, confidentiality, and those of its kind."""
    known = {"label.en", "description.en", "routing", "confidentiality"} | options | _OF_KIND.get(place.kind, set())
    given = custom(place, notes, known)
    said = given.get("confidentiality", secrecy.unsaid(place.kind))
    given["confidentiality"] = secrecy.FORMER.get(said, said)
    if given["confidentiality"] not in CONFIDENTIALITY:
        reason = "Non è detto quanto è riservata la risposta."
        notes.report(place.where, reason, f"confidentiality: {', '.join(CONFIDENTIALITY)}.")
    return given


def index(place: Place, notes: Reading, given: Mapping[str, str]) -> str:
    """Take as what the answer can be searched for, exact and without being opened; "" for nothing."""
    said = given.get("index", "")
    if said and said not in {*INDEXED, _FORMERLY_INDEXED}:
        notes.report(place.where, "Non è fra ciò che si può cercare.", f"index: {', '.join(INDEXED)}.")
    if said and notes.in_row:
        notes.report(place.where, "Un campo che si ripete non si può cercare.", "Togliere index.")
    if said and given.get("confidentiality") != "identita":
        notes.report(place.where, "Si cerca solo ciò che è «identita».", "Togliere index, o confidentiality: identita.")
    return said


def custom(place: Place, notes: Reading, known: set[str]) -> dict[str, str]:
    """Take the custom properties of these names; expressions (`min`, `max`) are taken by who compiles them."""
    content = place.content.get("properties", {})
    if not isinstance(content, dict):
        notes.report(place.where, "«properties» non è un oggetto.", "Salvare il modulo dall'editor.")
        return {}
    found = {}
    for name, value in content.items():
        if name not in known:
            notes.report(place.where, f"La proprietà «{name[:80]}» non è conosciuta.", "Correggerla o toglierla.")
        elif name not in EXPRESSIONS and (taken := reading.text(notes, place.where, name, value)) is not None:
            found[name] = taken
    return found


def routing(place: Place, notes: Reading, given: Mapping[str, str]) -> bool:
    """Tell whether the answer enters the workflow."""
    said = given.get("routing", "false")
    if said not in {"true", "false"}:
        notes.report(place.where, "«routing» è «true» o «false».", "Correggere la proprietà.")
    if said != "true":
        return False
    if place.kind not in ROUTING_KINDS:
        reason = f"Un campo {place.kind} non può decidere la strada: entrerebbe nello stato un testo o un elenco."
        notes.report(
            place.where, reason, "Togliere routing, o chiedere un codice (radio, select), un numero, una data."
        )
    if notes.in_row:
        reason = "Un campo che si ripete non può decidere la strada: non avrebbe un solo valore."
        notes.report(place.where, reason, "Togliere routing, o chiederlo fuori dall'elenco.")
    return True


def input_texts(place: Place, notes: Reading, subtype: str, given: Mapping[str, str]) -> dict[str, str]:
    """Take the question and its help, in both languages."""
    label = "label"
    if place.kind == "datetime":
        label = "timeLabel" if subtype == "time" else "dateLabel"
    texts = {"label.it": reading.text(notes, place.where, label, place.content.get(label))}
    if place.content.get("description", "") != "":
        texts["description.it"] = reading.text(notes, place.where, "description", place.content["description"])
    texts |= {name: given.get(name) for name in ("label.en", "description.en")}
    return {name: text for name, text in texts.items() if text is not None}


def list_texts(place: Place, notes: Reading, given: Mapping[str, str]) -> dict[str, str]:
    """Take the title of a repeated group, in both languages."""
    texts = {
        "label.it": reading.text(notes, place.where, "label", place.content.get("label")),
        "label.en": given.get("label.en"),
    }
    return {name: text for name, text in texts.items() if text is not None}


def display_texts(place: Place, notes: Reading) -> dict[str, str]:
    """Take the words of a part that asks nothing, in both languages: of a picture, those that say what it shows."""
    name, kept = _WORDS.get(place.kind, ("", ""))
    if not name:
        custom(place, notes, set())
        return {}
    given = custom(place, notes, {f"{name}.en"})
    italian = reading.text(notes, place.where, name, place.content.get(name))
    if italian is not None and place.kind == "text" and re.search(r"[<>]|\]\(|^\s*#", italian):
        notes.report(place.where, "Il testo contiene HTML o Markdown.", "Scrivere un testo semplice.")
    texts = {f"{kept}.it": italian, f"{kept}.en": given.get(f"{name}.en")}
    return {language: text for language, text in texts.items() if text is not None}
