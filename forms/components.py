"""One part of a form after the other: which properties it may have, and what they become."""

import re
from collections.abc import Mapping

import feel
from feel import italian
from forms import bounds, pictures, properties
from forms.model import DISPLAY_KINDS, INPUT_KINDS, OPTION_KINDS, Component, level
from forms.properties import Place
from forms.reading import Reading

MAX_COMPONENTS = 200
MAX_DEPTH = 5

SUBTYPES = ("date", "time", "datetime")

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
# A field of this name could not be named in a condition.
_FEEL_WORD = re.compile(
    r"and|between|date|duration|else|every|external|false|for|function|if|in|instance|not|null|of|or|return|satisfies|"
    r"some|then|time|true"
)

_COMMON = frozenset({"id", "type", "layout", "conditional", "properties"})
_INPUT = _COMMON | {"key", "label", "description", "validate"}
_CONTAINER = _COMMON | {"label", "components", "showOutline", "verticalAlignment"}
_ALLOWED: Mapping[str, frozenset[str]] = {
    "textfield": _INPUT,
    "textarea": _INPUT,
    "number": _INPUT | {"decimalDigits"},
    "checkbox": _INPUT,
    "select": _INPUT | {"values", "searchable"},
    "radio": _INPUT | {"values"},
    "checklist": _INPUT | {"values"},
    "taglist": _INPUT | {"values"},
    "datetime": (_INPUT - {"label"})
    | {"subtype", "dateLabel", "timeLabel", "use24h", "timeInterval"}
    | {"timeSerializingFormat", "disallowPassedDates"},
    "filepicker": _INPUT | {"accept", "multiple"},
    "dynamiclist": _CONTAINER
    | {"path", "isRepeating", "allowAddRemove", "defaultRepetitions", "disableCollapse", "nonCollapsedItems"},
    "text": _COMMON | {"text"},
    "group": _CONTAINER,
    "separator": _COMMON,
    "spacer": _COMMON | {"height"},
    "image": _COMMON | {"source", "alt"},
}
# form-js writes these with their default; any other value would change what the form means.
_NEUTRAL: Mapping[str, tuple[type, object]] = {
    "disabled": (bool, False),
    "readonly": (bool, False),
    "serializeToString": (bool, False),
    "path": (str, ""),
}
_WAYS_OUT = {
    "valuesExpression": "Elencare le risposte in «values».",
    "valuesKey": "Elencare le risposte in «values».",
    "defaultValue": "Toglierlo: ogni risposta la dà una persona.",
    "path": "Togliere il percorso: le chiavi sono uniche in tutto il modulo.",
}
# Parts of form-js that would show or do what a page of a case must not, or that it does by itself.
REFUSED: Mapping[str, tuple[str, str]] = {
    "html": (
        "Un modulo non porta HTML: la pagina non potrebbe garantire che si legga e che non faccia altro.",
        "Usare «text» per le parole, «group» per dividere.",
    ),
    "button": (
        "La pagina ha i suoi pulsanti: completa, salva la bozza, cede.",
        "Togliere il pulsante dal modulo.",
    ),
    "table": (
        "Una tabella mostrerebbe valori del processo, che non ha dati della donna.",
        "Usare «text»; per chiedere più righe, «dynamiclist».",
    ),
    "iframe": (
        "Una pagina di un caso non carica nulla da fuori: chi la ospita saprebbe chi la guarda.",
        "Scrivere l'indicazione in un «text».",
    ),
    "documentPreview": (
        "Un documento non si apre dentro la pagina.",
        "Usare «filepicker»: chi può leggere la risposta scarica il file.",
    ),
    "expression": (
        "Un campo calcolato entrerebbe nella risposta senza che una persona l'abbia dato.",
        "Calcolare il valore nelle uscite del passo (zeebe:output), dai campi routing.",
    ),
    "multipage": ("Un modulo sta in una pagina sola.", "Usare un «group» per ogni parte, o più passi."),
    "page": ("Un modulo sta in una pagina sola.", "Usare un «group» per ogni parte, o più passi."),
}


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
    name = content.get("key", content.get("path") or content.get("id"))
    where = f"{path} «{name[:80]}»" if isinstance(name, str) else path
    if not isinstance(kind, str) or kind not in _ALLOWED:
        _refuse_kind(kind, where, notes)
        return None
    place = Place(content, kind, where, path)
    _refuse_unknown(place, notes)
    if kind == "dynamiclist":
        return _list(place, notes, depth)
    return _input(place, notes) if kind in INPUT_KINDS else _display(place, notes, depth)


def _refuse_kind(kind: object, where: str, notes: Reading) -> None:
    known = ", ".join(sorted(INPUT_KINDS | DISPLAY_KINDS))
    reason, way_out = REFUSED.get(str(kind), ("", f"Usare uno di: {known}."))
    sentences = [f"Il tipo di componente «{str(kind)[:80]}» non è ammesso.", reason]
    notes.report(where, " ".join(part for part in sentences if part), way_out)


def _display(place: Place, notes: Reading, depth: int) -> Component:
    inner = place.content.get("components")
    return Component(
        kind=place.kind,
        id=_id(place, notes, place.kind),
        texts=properties.display_texts(place, notes),
        hide=_hide(place, notes),
        source=pictures.source(place, notes) if place.kind == "image" else "",
        children=read(inner, notes, f"{place.path}.components", depth + 1) if place.kind == "group" else (),
    )


def _list(place: Place, notes: Reading, depth: int) -> Component:
    """Read a repeated group; its row becomes a form when the whole form is put together (`forms.parsing`)."""
    key = _key(place, notes, "path")
    given = properties.custom(place, notes, {"label.en", "minRows", "maxRows"})
    if notes.in_row:
        notes.report(place.where, "Un elenco sta dentro un altro elenco.", "Metterlo fuori, o in un altro passo.")
        return Component(kind=place.kind, id=_id(place, notes, key or place.kind))
    notes.in_row = True
    parts = read(place.content.get("components"), notes, f"{place.path}.components", depth + 1)
    notes.in_row = False
    fields = sum(part.key is not None for part in level(parts))
    if not fields:
        notes.report(place.where, "L'elenco non chiede nulla.", "Mettere almeno un campo nelle sue righe.")
    return Component(
        kind=place.kind,
        id=_id(place, notes, key or place.kind),
        key=key or None,
        texts=properties.list_texts(place, notes, given),
        constraints=bounds.of_rows(place, given, fields, notes),
        hide=_hide(place, notes),
        children=parts,
    )


def _input(place: Place, notes: Reading) -> Component:
    key = _key(place, notes, "key")
    options = properties.options(place, notes) if place.kind in OPTION_KINDS else ()
    subtype = _subtype(place, notes) if place.kind == "datetime" else ""
    given = properties.of_input(place, notes, {f"option.{option.value}.en" for option in options})
    required, constraints = bounds.read(place.kind, place.content, place.where, notes)
    if place.kind == "datetime":
        constraints = bounds.of_dates(place, notes)
    elif place.kind == "filepicker":
        constraints = bounds.of_files(place, given, notes)
    return Component(
        kind=place.kind,
        id=_id(place, notes, key or place.kind),
        key=key or None,
        texts=properties.input_texts(place, notes, subtype, given),
        options=tuple(properties.translated(option, given) for option in options),
        required=required,
        subtype=subtype,
        constraints=constraints,
        routing=properties.routing(place, notes, given),
        confidentiality=given.get("confidentiality", ""),
        index=properties.index(place, notes, given),
        hide=_hide(place, notes),
    )


def _refuse_unknown(place: Place, notes: Reading) -> None:
    for name in sorted(place.content.keys() - _ALLOWED[place.kind]):
        if name in _NEUTRAL and (type(place.content[name]), place.content[name]) == _NEUTRAL[name]:
            continue
        way_out = _WAYS_OUT.get(name, "Toglierla dal componente.")
        notes.report(place.where, f"La proprietà «{name[:80]}» non è ammessa su {place.kind}.", way_out)


def _key(place: Place, notes: Reading, name: str) -> str:
    key = place.content.get(name)
    if not isinstance(key, str) or not _KEY.fullmatch(key) or _FEEL_WORD.fullmatch(key):
        reason = "La chiave manca o non è un nome semplice."
        notes.report(place.where, reason, "Usare minuscole, cifre e _ ; non una parola di FEEL.")
        return ""
    if key in notes.keys:
        notes.report(place.where, f"La chiave «{key}» è usata due volte.", "Dare a ogni campo la sua chiave.")
    notes.keys.add(key)
    return key


def _id(place: Place, notes: Reading, otherwise: str) -> str:
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


def _subtype(place: Place, notes: Reading) -> str:
    subtype = place.content.get("subtype")
    if not isinstance(subtype, str) or subtype not in SUBTYPES:
        notes.report(place.where, "Non si sa se chiede data, ora o entrambe.", f"subtype: {', '.join(SUBTYPES)}.")
        return "date"
    return subtype


def _hide(place: Place, notes: Reading) -> feel.Expression | None:
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
        return feel.compile(hide.lstrip()[1:], feel.WORDS, functions=notes.functions)
    except feel.FeelError as error:
        notes.report(
            place.where, f"La condizione non è FEEL: {italian.said(error)[:200]}.", "Correggere l'espressione."
        )
        return None
