"""Small decision models for tests, written as text."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine import dmn

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(*parts: str, namespace: str = "urn:prova", version: str = NAMESPACE, imports: str = "") -> bytes:
    return (
        f'<definitions xmlns="{version}" namespace="{namespace}" name="prova" id="prova">'
        f"{imports}{''.join(parts)}</definitions>"
    ).encode()


def tag(name: str, /, *inner: str, **attributes: str | None) -> str:
    written = "".join(
        f" {key.rstrip('_')}={quoteattr(value)}" for key, value in attributes.items() if value is not None
    )
    return f"<{name}{written}>{''.join(inner)}</{name}>"


def feel(text: str, name: str = "literalExpression", /, **attributes: str | None) -> str:
    return tag(name, tag("text", escape(text)), **attributes)


def given(name: str, type_: str | None = None) -> str:
    return tag("inputData", tag("variable", name=name, typeRef=type_), name=name, id=f"input {name}")


def decision(name: str, logic: str, *, needs: str = "", uses: str = "", type_: str | None = None) -> str:
    """`needs`: inputs as `i:name` and decisions as `d:name`; `uses`: knowledge models and services; comma apart."""
    return tag(
        "decision",
        tag("variable", name=name, typeRef=type_),
        *(_required(need.strip()) for need in needs.split(",") if need.strip()),
        *(knowledge(use.strip()) for use in uses.split(",") if use.strip()),
        logic if logic.startswith("<") else feel(logic),
        name=name,
        id=f"decision {name}",
    )


def knowledge(name: str) -> str:
    return tag("knowledgeRequirement", tag("requiredKnowledge", href=name if "#" in name else f"#knowledge {name}"))


def bkm(name: str, parameters: str, logic: str, *, uses: str = "", type_: str | None = None) -> str:
    return tag(
        "businessKnowledgeModel",
        tag("variable", name=name, typeRef=type_),
        tag("encapsulatedLogic", *_parameters(parameters), logic if logic.startswith("<") else feel(logic)),
        *(knowledge(use.strip()) for use in uses.split(",") if use.strip()),
        name=name,
        id=f"knowledge {name}",
    )


def function(parameters: str, logic: str, **attributes: str | None) -> str:
    return tag("functionDefinition", *_parameters(parameters), feel(logic), **attributes)


def service(name: str, *, outputs: str, inputs: str = "", decisions: str = "", type_: str | None = None) -> str:
    return tag(
        "decisionService",
        tag("variable", name=name, typeRef=type_),
        *(tag("outputDecision", href=f"#decision {found.strip()}") for found in outputs.split(",")),
        *(tag("inputDecision", href=f"#decision {found.strip()}") for found in decisions.split(",") if found.strip()),
        *(tag("inputData", href=f"#input {found.strip()}") for found in inputs.split(",") if found.strip()),
        name=name,
        id=f"knowledge {name}",
    )


def item(name: str, type_: str = "", *inner: str, collection: bool = False, allowed: str = "") -> str:
    return _item("itemDefinition", name, type_, *inner, collection=collection, allowed=allowed)


def component(name: str, type_: str = "", *inner: str, collection: bool = False, allowed: str = "") -> str:
    return _item("itemComponent", name, type_, *inner, collection=collection, allowed=allowed)


def table(
    inputs: str,
    outputs: str,
    *rules: str,
    policy: str | None = "UNIQUE",
    aggregation: str | None = None,
    allowed: dict[str, str] | None = None,
    defaults: dict[str, str] | None = None,
) -> str:
    """Columns `name:type, name:type`; rules `test | test | result`; lists of allowed values by column."""
    allowed, defaults = allowed or {}, defaults or {}
    ins, outs = _columns(inputs), _columns(outputs)
    return tag(
        "decisionTable",
        *(_input(name, kind, allowed.get(name, "")) for name, kind in ins),
        *(_output(name, kind, allowed.get(name, ""), defaults.get(name, "")) for name, kind in outs),
        *(_rule(rule, number, len(ins)) for number, rule in enumerate(rules, 1)),
        hitPolicy=policy,
        aggregation=aggregation,
        id="tabella",
    )


def read(*parts: str, **options: Any) -> dmn.Model:
    """Read a model without problems."""
    return dmn.read({"prova.dmn": model(*parts, **options)}, "prova.dmn")


def examine(*parts: str, **options: Any) -> dmn.Model:
    """Read a model that may have problems."""
    return dmn.examine({"prova.dmn": model(*parts, **options)}, "prova.dmn")


def value(logic: str, *others: str, needs: str = "", uses: str = "", type_: str | None = None, **inputs: Any) -> Any:
    """Return what a decision with this logic gives; every input is declared, the model has no problems."""
    outcome = outcome_of(logic, *others, needs=needs, uses=uses, type_=type_, **inputs)
    assert outcome.failures == ()
    return outcome.value


def outcome_of(
    logic: str, *others: str, needs: str = "", uses: str = "", type_: str | None = None, **inputs: Any
) -> dmn.Outcome:
    declared = [given(name) for name in inputs]
    wanted = ",".join([*(f"i:{name}" for name in inputs), *([needs] if needs else [])])
    made = read(*declared, *others, decision("esito", logic, needs=wanted, uses=uses, type_=type_))
    return made.evaluate("esito", inputs)


def _required(need: str) -> str:
    kind, _, name = need.partition(":")
    requirement = "requiredInput" if kind == "i" else "requiredDecision"
    target = name if "#" in name else f"#{'input' if kind == 'i' else 'decision'} {name}"
    return tag("informationRequirement", tag(requirement, href=target))


def _parameters(text: str) -> list[str]:
    return [tag("formalParameter", name=name, typeRef=kind or None) for name, kind in _columns(text)]


def _columns(text: str) -> list[tuple[str, str]]:
    parts = [part.strip().partition(":") for part in text.split(",") if part.strip()]
    return [(name.strip(), kind.strip()) for name, _, kind in parts]


def _item(element: str, name: str, type_: str, *inner: str, collection: bool, allowed: str) -> str:
    return tag(
        element,
        tag("typeRef", escape(type_)) if type_ else "",
        feel(allowed, "allowedValues") if allowed else "",
        *inner,
        name=name,
        isCollection="true" if collection else None,
    )


def _input(name: str, kind: str, allowed: str) -> str:
    return tag(
        "input",
        feel(name, "inputExpression", typeRef=kind or None),
        feel(allowed, "inputValues") if allowed else "",
        id=f"colonna {name}",
    )


def _output(name: str, kind: str, allowed: str, default: str) -> str:
    return tag(
        "output",
        feel(allowed, "outputValues") if allowed else "",
        feel(default, "defaultOutputEntry") if default else "",
        name=name,
        typeRef=kind or None,
        id=f"colonna {name}",
    )


def _rule(rule: str, number: int, inputs: int) -> str:
    cells = [cell.strip() for cell in rule.split("|")]
    return tag(
        "rule",
        *(feel(cell, "inputEntry") for cell in cells[:inputs]),
        *(feel(cell, "outputEntry") for cell in cells[inputs:]),
        id=f"riga {number}",
    )
