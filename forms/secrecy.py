"""How secret an answer is: the kinds in which answers are sealed apart from one another, and opened again.

What routes a case is a coded fact in the state of the process: to call it a secret of a kind would promise what nobody
keeps. A text that a person writes, and a file, may hold anything; without a kind of their own they are `libero`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from forms.model import Component, Form, walk
from forms.problems import Problem

ORDINARY = "ordinario"
# Who she is and how she is reached; health and violence; courts and police; where somebody is; free text and files.
KINDS = ("identita", "clinico", "giudiziario", "luogo", "libero")
# As the kinds were called in forms that were deployed before; those stay readable.
FORMER = {"ordinary": ORDINARY, "identity": "identita", "clinical": "clinico", "judicial": "giudiziario"}

_WRITTEN = frozenset({"textfield", "textarea", "filepicker"})

_PLACE = re.compile(r"indirizz|ubicazion|\bvia\b|civico|domicili|address|location|dove si trova|where .* is\b")
_FISCAL = re.compile(r"\b(codice|cod\.?) ?fisc|\bfiscal code|\btax code|\bc\.? ?f\b|\b(codice|cod\.?) (stp|eni)\b")
_SHELTER = re.compile(r"casa[ _-]?rifugio|case[ _-]?rifugio|struttur|rifugi|shelter|accoglienza protetta|refuge")


def unsaid(kind: str) -> str:
    """Give what holds for a question that does not say how secret its answer is; "" where it has to."""
    return "libero" if kind in _WRITTEN else ""


def kind_of(component: Component) -> str:
    """Give the kind in which the answer to a question is sealed, `ORDINARY` where it is nothing of the kind."""
    if component.routing:
        return ORDINARY
    if component.kind in _WRITTEN and component.confidentiality in {"", ORDINARY}:
        return "libero"
    return component.confidentiality or ORDINARY


def split(form: Form | None, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Part an answer by kind. Of a repeated group each kind has all rows, with its own questions in them.

    What the form does not ask (any more) is `libero`: nobody says that it is less.
    """
    parts: dict[str, dict[str, Any]] = {ORDINARY: {}}
    for key, value in values.items():
        component = form.fields.get(key) if form is not None else None
        if component is not None and component.row is not None:
            rows = [split(component.row, row) for row in value]
            for kind in {ORDINARY}.union(*rows):
                parts.setdefault(kind, {})[key] = [row.get(kind, {}) for row in rows]
        else:
            kind = "libero" if component is None else kind_of(component)
            parts.setdefault(kind, {})[key] = value
    return parts


def joined(form: Form | None, parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Put parts of one answer together, in the order of the form as far as it asks them."""
    found: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            component = form.fields.get(key) if form is not None else None
            if component is not None and component.row is not None and key in found:
                found[key] = [joined(component.row, pair) for pair in zip(found[key], value, strict=True)]
            else:
                found[key] = value
    asked = [key for key in form.fields if key in found] if form is not None else []
    return {key: found[key] for key in [*asked, *(key for key in found if key not in asked)]}


def kinds(form: Form | None) -> tuple[str, ...]:
    """Give the kinds of what a form asks, in their order."""
    asked = {kind_of(part) for part in walk(form.components) if part.key and part.row is None} if form else set()
    return tuple(kind for kind in KINDS if kind in asked)


def problems(form: Form) -> list[Problem]:
    """Give what is refused in a form that is to be deployed.

    Kinds that cannot be kept, an address that nobody may know, a fiscal code, which stands in a store of its own.
    """
    found = []
    for part in walk(form.components):
        if part.routing and part.confidentiality not in {"", ORDINARY}:
            reason = f"Un dato «{part.confidentiality}» non può decidere la strada: starebbe in chiaro nello stato."
            way_out = "Togliere routing, oppure chiedere un codice che non sia riservato (confidentiality: ordinario)."
            found.append(Problem(f"«{part.key}»", reason, way_out))
        words = " ".join([part.key or "", *part.texts.values()]).replace("_", " ").lower()
        if part.kind in _WRITTEN | {"number"} and (part.index == "codice_fiscale" or _FISCAL.search(words)):
            reason = "Il campo chiede il codice fiscale: ha un posto suo, fuori dai moduli, e l'ente può non usarlo."
            way_out = "Togliere il campo: dove l'ente lo usa, si scrive dalla pagina del caso."
            found.append(Problem(f"«{part.key}»", reason, way_out))
        if part.key and _PLACE.search(words) and _SHELTER.search(words):
            reason = "Il campo chiede dov'è una casa rifugio o una struttura: quell'indirizzo non sta nel sistema."
            way_out = "Togliere il campo; basta il codice della struttura. Chi deve sapere dov'è lo sa già."
            found.append(Problem(f"«{part.key}»", reason, way_out))
    return found
