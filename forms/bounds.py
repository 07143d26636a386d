"""The `validate` part of a field: which bounds each kind knows, and the bounds that hold where none are written."""

from collections.abc import Mapping
from decimal import Decimal

from forms import patterns, reading
from forms.model import Constraints
from forms.reading import Reading

# A text always has an end: what nobody bounded would be bounded by memory.
MAX_LENGTH = {"textfield": 255, "textarea": 20_000}
DEFAULT_LENGTH = {"textfield": 255, "textarea": 4_000}
MAX_DECIMALS = 6
# Beyond fifteen digits browsers and JSON readers lose the last ones.
MAX_NUMBER = Decimal(10) ** 15 - 1

_ALLOWED: Mapping[str, frozenset[str]] = {
    "textfield": frozenset({"required", "minLength", "maxLength", "pattern", "validationType"}),
    "textarea": frozenset({"required", "minLength", "maxLength"}),
    "number": frozenset({"required", "min", "max"}),
}
_ONLY_REQUIRED = frozenset({"required"})


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
