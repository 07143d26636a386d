"""From a DMN file to `model.Definitions`."""

from collections.abc import Callable

from lxml import etree

from engine import errors, xml_source
from engine.dmn import allowlist, dialect, model
from engine.dmn.parse_expressions import boxed, child, children, clean, function, place, text, translations
from engine.errors import Problem

_BOUNDS = xml_source.Bounds(
    elements=20_000,
    depth=60,
    way_out="Dividere il modello in più file collegati da import, o le tabelle in più tabelle.",
)


def read(content: bytes, name: str) -> tuple[model.Definitions, list[Problem]]:
    """Read a file called `name` (for messages), with everything in it that is not accepted.

    Raises InvalidProcess when it is no decision model at all.
    """
    root = xml_source.parse(content, name, _BOUNDS)
    problems = allowlist.check(root)
    if allowlist.local(root) != "definitions" or not allowlist.split(str(root.tag))[0]:
        raise errors.InvalidProcess(tuple(problems))
    definitions = model.Definitions(
        name=clean(root.get("name")) or name,
        namespace=root.get("namespace") or "",
        imports=tuple(_import(element) for element in children(root, "import")),
        items=tuple(_item(element) for element in children(root, "itemDefinition")),
        elements=tuple(_ELEMENTS[allowlist.local(element)](element) for element in children(root, *_ELEMENTS)),
        place=place(root),
    )
    return definitions, problems + _check_ids(root) + _check_variables(root) + _check_names(definitions)


def _check_ids(root: etree._Element) -> list[Problem]:
    """Report ids that are used twice, of rules and cells too: editors leave out what has the second one."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for element in root.iter("{*}*"):
        key = element.get("id") if allowlist.split(str(element.tag))[0] in dialect.MODEL else None
        if key is not None and key in seen:
            reason = f"L'id «{key}» è usato due volte."
            problems.append(
                Problem(allowlist.label(element), reason, "Dare a ogni elemento un id suo.", element.sourceline)
            )
        seen.add(key or "")
    return problems


def _check_variables(root: etree._Element) -> list[Problem]:
    problems = []
    for element in children(root, *_ELEMENTS):
        declared = child(element, "variable")
        name, other = clean(element.get("name")), "" if declared is None else clean(declared.get("name"))
        if name and other and name != other:
            reason = f"L'elemento si chiama «{name}», la sua variabile «{other}»."
            problems.append(Problem(allowlist.label(element), reason, "Usare lo stesso nome.", element.sourceline))
    for element in children(root, "import"):
        if (element.get("importType") or "") not in dialect.MODEL:
            reason = f"L'import «{clean(element.get('name'))}» non è di un modello DMN."
            way_out = "Importare solo modelli DMN da 1.2 a 1.5."
            problems.append(Problem(allowlist.label(element), reason, way_out, element.sourceline))
    return problems


def _check_names(definitions: model.Definitions) -> list[Problem]:
    problems: list[Problem] = []
    names: set[str] = set()
    for element in definitions.elements:
        variable_name, at = element.variable.name, element.variable.place
        if not variable_name:
            problems.append(Problem(at.element, "L'elemento non ha un nome.", "Scrivere il nome.", at.line))
        elif variable_name in names:
            reason = f"Il nome «{variable_name}» è usato due volte."
            problems.append(Problem(at.element, reason, "Dare a ogni elemento un nome suo.", at.line))
        names.add(variable_name)
    return problems


def _import(element: etree._Element) -> model.Import:
    return model.Import(clean(element.get("name")), element.get("namespace") or "", place(element))


def _item(element: etree._Element) -> model.Item:
    named = child(element, "typeRef")
    return model.Item(
        name=clean(element.get("name")),
        type=None if named is None else clean(named.text),
        collection=element.get("isCollection") == "true",
        allowed=text(child(element, "allowedValues")),
        constraint=text(child(element, "typeConstraint")),
        components=tuple(_item(component) for component in children(element, "itemComponent")),
        function=child(element, "functionItem") is not None,
        place=place(element),
    )


def _id(element: etree._Element) -> str:
    return str(element.get("id") or element.get("name") or "")


def _own_variable(element: etree._Element) -> model.Variable:
    """Read the variable of an element, which expressions know it by; without one its name is that of the element."""
    name = clean(element.get("name"))
    declared = child(element, "variable")
    if declared is None:
        return model.Variable(name, None, place(element))
    return model.Variable(clean(declared.get("name")) or name, declared.get("typeRef"), place(element))


def _references(element: etree._Element, *names: str) -> tuple[model.Reference, ...]:
    return tuple(model.Reference(element.get("href") or "", place(element)) for element in children(element, *names))


def _required(element: etree._Element, requirement: str, *names: str) -> tuple[model.Reference, ...]:
    return tuple(reference for inner in children(element, requirement) for reference in _references(inner, *names))


def _input_data(element: etree._Element) -> model.InputData:
    return model.InputData(_id(element), _own_variable(element))


def _decision(element: etree._Element) -> model.Decision:
    return model.Decision(
        id=_id(element),
        name=clean(element.get("name")),
        variable=_own_variable(element),
        information=_required(element, "informationRequirement", "requiredInput", "requiredDecision"),
        knowledge=_required(element, "knowledgeRequirement", "requiredKnowledge"),
        logic=boxed(element),
        place=place(element),
        label=clean(element.get("label")),
        labels=translations(element, "label"),
    )


def _knowledge(element: etree._Element) -> model.Knowledge:
    logic = child(element, "encapsulatedLogic")
    empty = model.FunctionDefinition("FEEL", (), None, None, place(element))
    return model.Knowledge(
        id=_id(element),
        variable=_own_variable(element),
        knowledge=_required(element, "knowledgeRequirement", "requiredKnowledge"),
        function=empty if logic is None else function(logic),
    )


def _service(element: etree._Element) -> model.Service:
    return model.Service(
        id=_id(element),
        variable=_own_variable(element),
        outputs=_references(element, "outputDecision"),
        encapsulated=_references(element, "encapsulatedDecision"),
        # In the order of a call with positions (DMN 1.5, section 10.4): input data, then input decisions.
        inputs=_references(element, "inputData") + _references(element, "inputDecision"),
        place=place(element),
    )


_ELEMENTS: dict[str, Callable[[etree._Element], model.Element]] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge,
    "decisionService": _service,
}
