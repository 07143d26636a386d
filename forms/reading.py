"""Reading untrusted JSON: take what has the right shape, report the rest, never stop at the first fault."""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal

import feel
from forms.problems import FormProblems, Problem

MAX_BYTES = 262_144
MAX_TEXT = 2_000

# Controls, and halves of surrogate pairs: JSON can write both, PostgreSQL and UTF-8 cannot hold them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNPRINTABLE_IN_LINE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class Reading:
    """What is gathered while one file is read."""

    problems: list[Problem] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    count: int = 0
    in_row: bool = False
    functions: feel.HostFunctions = field(default_factory=dict)

    def report(self, where: str, reason: str, way_out: str) -> None:
        """Note one fault."""
        self.problems.append(Problem(where, reason, way_out))


def load(source: bytes | str) -> dict[str, object]:
    """Read the JSON object of a file. Raises FormProblems: without it there is nothing else to say."""
    if len(source) > MAX_BYTES:
        raise _unreadable(f"Il file supera {MAX_BYTES // 1024} KB.", "Dividere il modulo in più moduli.")
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=Decimal)
    except RecursionError:
        raise _unreadable("Il file è annidato troppo a fondo.", "Usare meno gruppi.") from None
    except ValueError as error:
        raise _unreadable(f"Il file non è JSON: {str(error)[:200]}", "Salvare il modulo dall'editor.") from None
    if not isinstance(content, dict):
        raise _unreadable("Il file non contiene un modulo.", "Salvare il modulo dall'editor (file .form).")
    return content


def text(reading: Reading, where: str, name: str, value: object) -> str | None:
    """Take a plain text: no FEEL, no template, nothing that cannot be shown. None when it is refused."""
    if not isinstance(value, str) or not value.strip():
        reading.report(where, f"«{name}» non è un testo.", "Scrivere un testo.")
    elif len(value) > MAX_TEXT:
        reading.report(where, f"«{name}» supera {MAX_TEXT} caratteri.", "Accorciare il testo.")
    elif value.lstrip().startswith("=") or "{{" in value:
        reading.report(where, f"«{name}» è un'espressione o un modello.", "Scrivere un testo semplice.")
    elif not printable(value):
        reading.report(where, f"«{name}» contiene caratteri che non si possono mostrare.", "Riscrivere il testo.")
    else:
        return value
    return None


def printable(value: str, *, lines: bool = True) -> bool:
    """Tell whether a text holds only characters that can be shown, sent and stored; `lines` allows line breaks."""
    return (_UNPRINTABLE if lines else _UNPRINTABLE_IN_LINE).search(value) is None


def whole(value: object) -> int | None:
    """Take a whole number; a truth value is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        twice = next(name for at, (name, _) in enumerate(pairs) if any(name == other for other, _ in pairs[:at]))
        message = f"la chiave «{twice[:80]}» compare due volte nello stesso oggetto"
        raise ValueError(message)
    return content


def _no_constant(name: str) -> object:
    message = f"{name} non è un numero di JSON"
    raise ValueError(message)


def _unreadable(reason: str, way_out: str) -> FormProblems:
    return FormProblems([Problem("modulo", reason, way_out)])
