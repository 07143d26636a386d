"""One part of a form after the other: which properties it may have, and what they become."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import feel
from forms import bounds, reading
from forms.model import DISPLAY_KINDS, INPUT_KINDS, OPTION_KINDS, Component, Option
from forms.reading import Reading

MAX_COMPONENTS = 200
MAX_DEPTH = 5
MAX_OPTIONS = 300

CONFIDENTIALITY = ("ordinary", "clinical", "identity", "judicial")
# What may enter the workflow state: codes, numbers, truth values and dates. Never a text that a person writes.
ROUTING_KINDS = frozenset({"select", "radio", "checkbox", "number", "datetime"})
SUBTYPES = ("date", "time", "datetime")

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# A field of this name could not be named in a condition.
_FEEL_WORD = re.compile(
    r"and|between|date|duration|else|every|external|false|for|function|if|in|instance|not|null|of|or|return|satisfies|"
    r"some|then|time|true"
)

_COMMON = frozenset({"id", "type", "layout", "conditional", "properties"})
_INPUT = _COMMON | {"key", "label", "description", "validate"}
_ALLOWED: Mapping[str, frozenset[str]] = {
    "textfield": _INPUT,
    "textarea": _INPUT,
    "number": _INPUT | {"decimalDigits"},
    "checkbox": _INPUT,
    "select": _INPUT | {"values", "searchable"},
    "radio": _INPUT | {"values"},
    "checklist": _INPUT | {"values"},
    "datetime": (_INPUT - {"label"})
    | {"subtype", "dateLabel", "timeLabel", "use24h", "timeInterval"}
    | {"timeSerializingFormat"},
    "text": _COMMON | {"text"},
    "group": _COMMON | {"label", "components", "showOutline", "verticalAlignment"},
    "separator": _COMMON,
}
# form-js writes these with their default; any other value would change what the form means.
_NEUTRAL: Mapping[str, object] = {
    "disabled": False,
    "readonly": False,
    "serializeToString": False,
    "disallowPassedDates": False,
}
_WAYS_OUT = {
    "valuesExpression": "Elencare le risposte in «values».",
    "valuesKey": "Elencare le risposte in «values».",
    "defaultValue": "Toglierlo: ogni risposta la dà una persona.",
    "path": "Togliere il percorso: le chiavi sono uniche in tutto il modulo.",
}


class _Place(NamedTuple):
    """A part being read: its JSON, its kind, its name in messages."""

    content: Mapping[str, object]
    kind: str
    where: str


def read(content: object, notes: Reading, path: str = "components", depth: int = 0) -> tuple[Component, ...]:
    """Read a list of parts, reporting each one that is refused."""
    if not isinstance(content, list):
        notes.report(path, "Manca l'elenco dei componenti.", "Salvare il modulo dall'editor.")
        return ()
    if depth > MAX_DEPTH:
        notes.report(path, f"I gruppi sono annidati oltre {MAX_DEPTH} livelli.", "Usare meno gruppi.")
        return ()
    notes.count += len(content)
    if notes.count > MAX_COMPONENTS:
        notes.report(path, f"Il modulo ha più di {MAX_COMPONENTS} componenti.", "Dividerlo in più moduli.")
        return ()
    parts = [_read_part(item, notes, f"{path}[{at}]", depth) for at, item in enumerate(content)]
    return tuple(part for part in parts if part is not None)


def _read_part(content: object, notes: Reading, path: str, depth: int) -> Component | None:
    if not isinstance(content, dict):
        notes.report(path, "Il componente non è un oggetto.", "Salvare il modulo dall'editor.")
        return None
    kind = content.get("type")
    name = content.get("key", content.get("id"))
    where = f"{path} «{name[:80]}»" if isinstance(name, str) else path
    if not isinstance(kind, str) or kind not in INPUT_KINDS | DISPLAY_KINDS:
        known = ", ".join(sorted(INPUT_KINDS | DISPLAY_KINDS))
        notes.report(where, f"Il tipo di componente «{str(kind)[:80]}» non è ammesso.", f"Usare uno di: {known}.")
        return None
    place = _Place(content, kind, where)
    _refuse_unknown(place, notes)
    if kind in INPUT_KINDS:
        return _input(place, notes)
    return Component(
        kind=kind,
        id=_id(place, notes, kind),
        texts=_display_texts(place, notes),
        hide=_hide(place, notes),
        children=read(content.get("components"), notes, f"{path}.components", depth + 1) if kind == "group" else (),
    )


def _input(place: _Place, notes: Reading) -> Component:
    key = _key(place, notes)
    options = _options(place, notes) if place.kind in OPTION_KINDS else ()
    subtype = _subtype(place, notes) if place.kind == "datetime" else ""
    properties = _properties(place, notes, {f"option.{option.value}.en" for option in options})
    required, constraints = bounds.read(place.kind, place.content, place.where, notes)
    return Component(
        kind=place.kind,
        id=_id(place, notes, key or place.kind),
        key=key or None,
        texts=_input_texts(place, notes, subtype, properties),
        options=tuple(_translated(option, properties) for option in options),
        required=required,
        subtype=subtype,
        constraints=constraints,
        routing=_routing(place, notes, properties),
        confidentiality=properties.get("confidentiality", ""),
        hide=_hide(place, notes),
    )


def _refuse_unknown(place: _Place, notes: Reading) -> None:
    for name in sorted(place.content.keys() - _ALLOWED[place.kind]):
        if name in _NEUTRAL and place.content[name] is _NEUTRAL[name]:
            continue
        way_out = _WAYS_OUT.get(name, "Toglierla dal componente.")
        notes.report(place.where, f"La proprietà «{name[:80]}» non è ammessa su {place.kind}.", way_out)


def _key(place: _Place, notes: Reading) -> str:
    key = place.content.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key) or _FEEL_WORD.fullmatch(key):
        reason = "La chiave manca o non è un nome semplice."
        notes.report(place.where, reason, "Usare minuscole, cifre e _ ; non una parola di FEEL.")
        return ""
    if key in notes.keys:
        notes.report(place.where, f"La chiave «{key}» è usata due volte.", "Dare a ogni campo la sua chiave.")
    notes.keys.add(key)
    return key


def _id(place: _Place, notes: Reading, otherwise: str) -> str:
    given = place.content.get("id")
    if given is None:
        given = otherwise
        while given in notes.ids:
            given = f"{otherwise}-{len(notes.ids)}"
    elif not isinstance(given, str) or not _ID.fullmatch(given):
        notes.report(place.where, "L'id del componente non è un nome semplice.", "Toglierlo, o usare lettere e cifre.")
        return otherwise
    elif given in notes.ids:
        notes.report(place.where, f"L'id «{given}» è usato due volte.", "Dare a ogni componente il suo.")
    notes.ids.add(given)
    return given


def _options(place: _Place, notes: Reading) -> tuple[Option, ...]:
    values = place.content.get("values")
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_OPTIONS:
        notes.report(place.where, f"Servono da 1 a {MAX_OPTIONS} risposte in «values».", "Elencare le risposte.")
        return ()
    options: dict[str, Option] = {}
    for at, item in enumerate(values):
        where = f"{place.where}.values[{at}]"
        if not isinstance(item, dict) or item.keys() != {"label", "value"}:
            notes.report(where, "Una risposta ha esattamente «label» e «value».", "Scriverle tutte e due.")
            continue
        label, value = reading.text(notes, where, "label", item["label"]), item["value"]
        if not isinstance(value, str) or not _CODE.fullmatch(value):
            notes.report(where, "Il valore di una risposta non è un codice.", "Usare lettere, cifre, _ e - .")
        elif value in options:
            notes.report(where, f"Il valore «{value}» è usato due volte.", "Dare a ogni risposta il suo.")
        elif label is not None:
            options[value] = Option(value, {"it": label})
    return tuple(options.values())


def _translated(option: Option, properties: Mapping[str, str]) -> Option:
    english = properties.get(f"option.{option.value}.en")
    return option if english is None else Option(option.value, {**option.labels, "en": english})


def _subtype(place: _Place, notes: Reading) -> str:
    subtype = place.content.get("subtype")
    if not isinstance(subtype, str) or subtype not in SUBTYPES:
        notes.report(place.where, "Non si sa se chiede data, ora o entrambe.", f"subtype: {', '.join(SUBTYPES)}.")
        return "date"
    return subtype


def _properties(place: _Place, notes: Reading, options: set[str]) -> dict[str, str]:
    """Take the custom properties of an input: translations, routing, confidentiality."""
    known = {"label.en", "description.en", "routing", "confidentiality"} | options
    properties = _custom(place, notes, known)
    if properties.get("confidentiality") not in CONFIDENTIALITY:
        reason = "Non è detto quanto è riservata la risposta."
        notes.report(place.where, reason, f"confidentiality: {', '.join(CONFIDENTIALITY)}.")
    return properties


def _custom(place: _Place, notes: Reading, known: set[str]) -> dict[str, str]:
    content = place.content.get("properties", {})
    if not isinstance(content, dict):
        notes.report(place.where, "«properties» non è un oggetto.", "Salvare il modulo dall'editor.")
        return {}
    properties = {}
    for name, value in content.items():
        if name not in known:
            notes.report(place.where, f"La proprietà «{name[:80]}» non è conosciuta.", "Correggerla o toglierla.")
        elif (taken := reading.text(notes, place.where, name, value)) is not None:
            properties[name] = taken
    return properties


def _routing(place: _Place, notes: Reading, properties: Mapping[str, str]) -> bool:
    routing = properties.get("routing", "false")
    if routing not in {"true", "false"}:
        notes.report(place.where, "«routing» è «true» o «false».", "Correggere la proprietà.")
    if routing != "true":
        return False
    if place.kind not in ROUTING_KINDS:
        reason = f"Un campo {place.kind} non può decidere la strada: entrerebbe nello stato un testo o un elenco."
        notes.report(
            place.where, reason, "Togliere routing, o chiedere un codice (radio, select), un numero, una data."
        )
    if properties.get("confidentiality") == "identity":
        notes.report(place.where, "Un dato d'identità non può decidere la strada.", "Togliere routing.")
    return True


def _input_texts(place: _Place, notes: Reading, subtype: str, properties: Mapping[str, str]) -> dict[str, str]:
    label = "label"
    if place.kind == "datetime":
        label = "timeLabel" if subtype == "time" else "dateLabel"
    texts = {"label.it": reading.text(notes, place.where, label, place.content.get(label))}
    if place.content.get("description", "") != "":
        texts["description.it"] = reading.text(notes, place.where, "description", place.content["description"])
    texts |= {name: properties.get(name) for name in ("label.en", "description.en")}
    return {name: text for name, text in texts.items() if text is not None}


def _display_texts(place: _Place, notes: Reading) -> dict[str, str]:
    name = {"text": "text", "group": "label"}.get(place.kind)
    if name is None:
        _custom(place, notes, set())
        return {}
    texts = _custom(place, notes, {f"{name}.en"})
    italian = reading.text(notes, place.where, name, place.content.get(name))
    if italian is not None and place.kind == "text" and re.search(r"[<>]|\]\(|^\s*#", italian):
        notes.report(place.where, "Il testo contiene HTML o Markdown.", "Scrivere un testo semplice.")
    return texts if italian is None else {f"{name}.it": italian, **texts}


def _hide(place: _Place, notes: Reading) -> feel.Expression | None:
    content = place.content.get("conditional")
    if content is None:
        return None
    hide = content.get("hide") if isinstance(content, dict) and content.keys() == {"hide"} else None
    if not isinstance(hide, str) or not hide.lstrip().startswith("="):
        notes.report(
            place.where, "La condizione non è «hide» con un'espressione FEEL.", 'Per esempio "=scelta = \\"no\\"".'
        )
        return None
    try:
        return feel.compile(hide.lstrip()[1:])
    except feel.FeelError as error:
        notes.report(place.where, f"La condizione non è FEEL: {str(error)[:200]}", "Correggere l'espressione.")
        return None
