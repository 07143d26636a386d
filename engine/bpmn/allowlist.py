"""The first look at a file: it may hold only what the dialect knows."""

from collections.abc import Collection

from lxml import etree

from engine.bpmn import dialect, foreign
from engine.errors import Problem


def check(root: etree._Element) -> list[Problem]:
    """Report every element and attribute that is not accepted, in document order."""
    problems: list[Problem] = []
    if _split(root) != (dialect.BPMN, "definitions"):
        problems.append(
            _problem(root, "Il file non è un diagramma BPMN 2.0.", "Salvare dall'editor come BPMN 2.0 (file .bpmn).")
        )
        return problems
    _visit(root, problems, foreign.drawings(root))
    return problems + list(foreign.warnings(root))


def label(element: etree._Element) -> str:
    """Name an element for a person: its id, or that of the nearest element around it that has one."""
    at: etree._Element | None = element
    while at is not None:
        if at.get("id"):
            return str(at.get("id"))
        at = at.getparent()
    return _split(element)[1]


def _visit(element: etree._Element, problems: list[Problem], drawings: Collection[etree._Element] = ()) -> None:
    name = _split(element)[1]
    attributes, children = dialect.ELEMENTS[name]
    _check_attributes(element, attributes, problems)
    _check_once(element, problems)
    for child in element:
        namespace, child_name = _split(child)
        if namespace in dialect.PICTURE or child in drawings:
            continue
        if namespace != dialect.BPMN or child_name not in children:
            problems.append(_refused(child, namespace, child_name))
        elif child_name == "extensionElements":
            _check_extensions(child, name, problems)
        else:
            _visit(child, problems)


def _check_attributes(element: etree._Element, allowed: tuple[str, ...], problems: list[Problem]) -> None:
    for key, value in element.attrib.items():
        namespace, name = _split_name(str(key))
        if namespace in dialect.PICTURE or namespace == dialect.XSI or foreign.passed_over(namespace, name):
            continue
        if namespace or (name not in allowed and name not in {"id", "name"}):
            reason = f"L'attributo «{name}» non è accettato su {_split(element)[1]}."
            problems.append(_problem(element, reason, "Togliere l'attributo dal diagramma."))
        elif name in dialect.NEUTRAL_VALUES and value not in dialect.NEUTRAL_VALUES[name]:
            reason = f"L'attributo «{name}» ha un valore che il motore non esegue."
            problems.append(_problem(element, reason, "Togliere l'attributo dal diagramma."))


def _check_extensions(holder: etree._Element, parent: str, problems: list[Problem]) -> None:
    _check_attributes(holder, (), problems)
    _check_once(holder, problems)
    for extension in holder:
        namespace, name = _split(extension)
        if namespace in dialect.PICTURE or foreign.passed_over(namespace, name):
            continue
        known = dialect.EXTENSIONS.get((namespace, name))
        if known is None:
            problems.append(_refused(extension, namespace, name))
        elif parent not in known[0]:
            reason = f"L'estensione «{name}» non ha significato su {parent}."
            problems.append(_problem(extension, reason, "Spostarla sull'elemento giusto, o toglierla."))
        else:
            _check_attributes(extension, known[1], problems)
            _check_extension_children(extension, name, problems)


def _check_extension_children(extension: etree._Element, name: str, problems: list[Problem]) -> None:
    for child in extension:
        namespace, child_name = _split(child)
        if name == "ioMapping" and namespace == dialect.ZEEBE and child_name in {"input", "output"}:
            _check_attributes(child, ("source", "target"), problems)
        else:
            problems.append(_refused(child, namespace, child_name))


def _check_once(element: etree._Element, problems: list[Problem]) -> None:
    seen: set[tuple[str, str]] = set()
    for child in element:
        name = _split(child)
        if name in seen and name[1] in dialect.ONCE:
            problems.append(_problem(child, f"«{name[1]}» compare due volte.", "Tenerne una sola."))
        seen.add(name)


def _refused(element: etree._Element, namespace: str, name: str) -> Problem:
    reason = f"L'elemento «{name}» non è fra quelli che il motore esegue."
    if namespace == dialect.BPMN and name in dialect.ELEMENTS:
        reason = f"Il motore non esegue l'elemento «{name}» in questo posto."
    if namespace not in {dialect.BPMN, dialect.ZEEBE, dialect.STAFFETTA}:
        reason = f"L'elemento «{name}» appartiene a un altro strumento e non ha significato qui."
    return _problem(element, reason, dialect.WAYS_OUT.get(name, "Toglierlo dal diagramma."))


def _problem(element: etree._Element, reason: str, way_out: str) -> Problem:
    return Problem(element=label(element), reason=reason, way_out=way_out, line=element.sourceline)


def _split(element: etree._Element) -> tuple[str, str]:
    return _split_name(str(element.tag))


def _split_name(tag: str) -> tuple[str, str]:
    if tag.startswith("{"):
        namespace, _, name = tag[1:].partition("}")
        return namespace, name
    return "", tag
