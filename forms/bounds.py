"""The `validate` part of a field: which bounds each kind knows, and the bounds that hold where none are written."""

import re
from collections.abc import Mapping
from decimal import Decimal

import feel
from feel import italian
from forms import contents, instants, patterns, reading
from forms.model import Constraints
from forms.properties import Place
from forms.reading import Reading

# A text always has an end: what nobody bounded would be bounded by memory.
MAX_LENGTH = {"textfield": 255, "textarea": 20_000}
DEFAULT_LENGTH = {"textfield": 255, "textarea": 4_000}
MAX_DECIMALS = 6
# Beyond fifteen digits browsers and JSON readers lose the last ones.
MAX_NUMBER = Decimal(10) ** 15 - 1
# What a page can hold and a person fill in; a post has at most a thousand fields.
MAX_ROWS = 50
DEFAULT_ROWS = 10
MAX_CELLS = 400
MAX_FILES = 10
DEFAULT_FILES = 5

_ALLOWED: Mapping[str, frozenset[str]] = {
    "textfield": frozenset({"required", "minLength", "maxLength", "pattern", "validationType"}),
    "textarea": frozenset({"required", "minLength", "maxLength"}),
    "number": frozenset({"required", "min", "max"}),
}
_ONLY_REQUIRED = frozenset({"required"})
_SUFFIXES = {".jpeg": "jpeg", ".heif": "heic", **{suffix: kind for kind, suffix in contents.SUFFIXES.items()}}


def read(kind: str, content: Mapping[str, object], where: str, notes: Reading) -> tuple[bool, Constraints]:
    """Read whether a field is required, and its bounds."""
    rules = content.get("validate", {})
    if not isinstance(rules, dict):
        notes.report(where, "«validate» non è un oggetto.", "Salvare il modulo dall'editor.")
        rules = {}
    for name in sorted(rules.keys() - _ALLOWED.get(kind, _ONLY_REQUIRED)):
        notes.report(where, f"La regola «{name[:80]}» non è ammessa su {kind}.", "Toglierla da «validate».")
    required = rules.get("required", False)
    if not isinstance(required, bool):
        notes.report(where, "«required» non è vero o falso.", "Mettere true o false.")
    if kind in DEFAULT_LENGTH:
        return required is True, _text_bounds(kind, rules, where, notes)
    if kind == "number":
        return required is True, _number_bounds(rules, content.get("decimalDigits"), where, notes)
    return required is True, Constraints()


def of_rows(place: Place, given: Mapping[str, str], fields: int, notes: Reading) -> Constraints:
    """Read how many rows a repeated group may have: `minRows` and `maxRows`, form-js itself has no bounds for it."""
    least = _count(place, given, "minRows", range(MAX_ROWS + 1), notes) or 0
    most = _count(place, given, "maxRows", range(1, MAX_ROWS + 1), notes) or max(DEFAULT_ROWS, least)
    if least > most:
        notes.report(place.where, "«minRows» supera «maxRows».", "Correggere i limiti.")
    if most * fields > MAX_CELLS:
        reason = f"{most} righe di {fields} campi sono più di {MAX_CELLS} campi."
        notes.report(place.where, reason, "Abbassare «maxRows», o chiedere meno in ogni riga.")
    if place.content.get("isRepeating", True) is not True or place.content.get("allowAddRemove", True) is not True:
        way_out = "Lasciare veri isRepeating e allowAddRemove; se le righe sono fisse, usare un «group»."
        notes.report(place.where, "Le righe di un elenco si aggiungono e si tolgono.", way_out)
    return Constraints(min_rows=least, max_rows=most)


def of_files(place: Place, given: Mapping[str, str], notes: Reading) -> Constraints:
    """Read how many files, and of which kinds: `multiple`, `maxFiles`, `accept`."""
    multiple = place.content.get("multiple", False)
    if not isinstance(multiple, bool):
        notes.report(place.where, "«multiple» non è vero o falso.", "Mettere true o false.")
    most = _count(place, given, "maxFiles", range(1, MAX_FILES + 1), notes)
    if most is not None and multiple is not True:
        notes.report(place.where, "«maxFiles» vale solo con più file.", "Mettere «multiple», o togliere «maxFiles».")
    return Constraints(
        max_files=(most or DEFAULT_FILES) if multiple is True else 1, file_kinds=_file_kinds(place, notes)
    )


def of_dates(place: Place, notes: Reading) -> Constraints:
    """Read the bounds of a date: custom properties `min` and `max`, in FEEL, and form-js's `disallowPassedDates`."""
    content = place.content.get("properties", {})
    given = content if isinstance(content, dict) else {}
    bounds = {name: _bound(place, name, given[name], notes) for name in ("min", "max") if name in given}
    passed = place.content.get("disallowPassedDates", False)
    if not isinstance(passed, bool) or (passed and (place.content.get("subtype") == "time" or "min" in bounds)):
        reason = "«disallowPassedDates» è vero o falso, per una data senza «min»."
        notes.report(place.where, reason, "Correggerlo, o scrivere il limite in «min».")
    elif passed:
        bounds["min"] = feel.compile("today()", host=instants.HOST)
    return Constraints(earliest=bounds.get("min"), latest=bounds.get("max"))


def _count(place: Place, given: Mapping[str, str], name: str, allowed: range, notes: Reading) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,3}", text, re.ASCII) or int(text) not in allowed:
        reason = f"«{name}» non è un numero fra {allowed.start} e {allowed.stop - 1}."
        notes.report(place.where, reason, "Correggere la proprietà.")
        return None
    return int(text)


def _file_kinds(place: Place, notes: Reading) -> tuple[str, ...]:
    accept = place.content.get("accept", "")
    names = accept.replace(" ", "").lower().split(",") if isinstance(accept, str) else [""]
    if accept == "":
        return tuple(contents.SUFFIXES)
    if any(name not in _SUFFIXES for name in names):
        reason = "«accept» chiede file che non si prendono."
        notes.report(place.where, reason, f"Toglierlo, o scegliere fra {', '.join(contents.SUFFIXES.values())}.")
        return ()
    return tuple(kind for kind in contents.SUFFIXES if kind in {_SUFFIXES[name] for name in names})


def _bound(place: Place, name: str, text: object, notes: Reading) -> feel.Expression | None:
    if not isinstance(text, str) or not text.lstrip().startswith("="):
        notes.report(place.where, f"«{name}» non è un'espressione FEEL.", 'Per esempio "=today()".')
        return None
    try:
        return feel.compile(text.lstrip()[1:], instants.WORDS, host=instants.host(notes.functions))
    except feel.FeelError as error:
        notes.report(place.where, f"«{name}» non è FEEL: {italian.said(error)[:200]}.", "Correggere l'espressione.")
        return None


def _text_bounds(kind: str, rules: Mapping[str, object], where: str, notes: Reading) -> Constraints:
    top = MAX_LENGTH[kind]
    shortest = _length(rules, "minLength", top, where, notes)
    longest = _length(rules, "maxLength", top, where, notes) or DEFAULT_LENGTH[kind]
    if shortest is not None and shortest > longest:
        notes.report(where, "«minLength» supera «maxLength».", "Correggere i limiti.")
    if rules.get("validationType", "custom") != "custom":
        notes.report(where, "«validationType» può essere solo «custom».", "Scrivere l'espressione in «pattern».")
    return Constraints(min_length=shortest, max_length=longest, pattern=_pattern(rules, where, notes))


def _length(rules: Mapping[str, object], name: str, top: int, where: str, notes: Reading) -> int | None:
    if name not in rules:
        return None
    length = reading.whole(rules[name])
    if length is None or not 1 <= length <= top:
        notes.report(where, f"«{name}» non è un numero fra 1 e {top}.", "Correggere il limite.")
        return None
    return length


def _pattern(rules: Mapping[str, object], where: str, notes: Reading) -> str | None:
    pattern = rules.get("pattern")
    if pattern is None or pattern == "":
        return None
    refusal = patterns.refusal(pattern) if isinstance(pattern, str) else "«pattern» non è un testo."
    if refusal is not None:
        way_out = "Usare una sequenza semplice, per esempio ^[A-Z]{2}[0-9]{4}$ ; niente gruppi né alternative."
        notes.report(where, refusal, way_out)
        return None
    return str(pattern)


def _number_bounds(rules: Mapping[str, object], digits: object, where: str, notes: Reading) -> Constraints:
    minimum = _number(rules, "min", where, notes)
    maximum = _number(rules, "max", where, notes)
    if minimum is not None and maximum is not None and minimum > maximum:
        notes.report(where, "«min» supera «max».", "Correggere i limiti.")
    decimals = MAX_DECIMALS if digits is None else reading.whole(digits)
    if decimals is None or not 0 <= decimals <= MAX_DECIMALS:
        notes.report(where, f"«decimalDigits» non è fra 0 e {MAX_DECIMALS}.", "Correggere il numero di decimali.")
    return Constraints(
        minimum=-MAX_NUMBER if minimum is None else minimum,
        maximum=MAX_NUMBER if maximum is None else maximum,
        decimal_digits=decimals,
    )


def _number(rules: Mapping[str, object], name: str, where: str, notes: Reading) -> Decimal | None:
    value = rules.get(name)
    if value is None:
        return None
    number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if number is None or not number.is_finite() or abs(number) > MAX_NUMBER:
        notes.report(where, f"«{name}» non è un numero ammesso.", "Correggere il limite.")
        return None
    return number
