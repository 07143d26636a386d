"""The first look at a file: it may hold only what the dialect knows."""

from lxml import etree

from engine.dmn import dialect
from engine.errors import Problem


def check(root: etree._Element) -> list[Problem]:
    """Report every element, attribute and language that is not accepted, in document order."""
    namespace, name = split(str(root.tag))
    if namespace not in dialect.MODEL or name != "definitions":
        way_out = "Salvare dall'editor come DMN 1.2, 1.3, 1.4 o 1.5 (file .dmn)."
        return [_problem(root, "Il file non è un modello DMN da 1.2 a 1.5.", way_out)]
    problems: list[Problem] = []
    _visit(root, namespace, problems)
    return problems


def label(element: etree._Element) -> str:
    """Name an element for a person: its id or name, or that of the nearest element around it that has one."""
    at: etree._Element | None = element
    while at is not None:
        found = at.get("id") or at.get("name")
        if found:
            return str(found)
        at = at.getparent()
    return local(element)


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return split(str(element.tag))[1]


def split(tag: str) -> tuple[str, str]:
    """Cut a tag or attribute name into namespace and name."""
    if tag.startswith("{"):
        namespace, _, name = tag[1:].partition("}")
        return namespace, name
    return "", tag


def _visit(element: etree._Element, namespace: str, problems: list[Problem]) -> None:
    name = local(element)
    attributes, children = dialect.ELEMENTS[name]
    _check_attributes(element, attributes, problems)
    _check_once(element, problems)
    for child in element:
        child_namespace, child_name = split(str(child.tag))
        if child_namespace in dialect.PICTURE or child_name in {"description", "extensionElements"}:
            continue
        if child_namespace != namespace or child_name not in children:
            problems.append(_refused(child, child_namespace, child_name))
        elif child_name not in dialect.NOTES:
            _visit(child, namespace, problems)


def _check_attributes(element: etree._Element, allowed: tuple[str, ...], problems: list[Problem]) -> None:
    for key, value in element.attrib.items():
        namespace, name = split(str(key))
        if namespace:
            continue
        if name not in allowed and name not in {"id", "name", "label"}:
            reason = f"L'attributo «{name}» non è accettato su {local(element)}."
            problems.append(_problem(element, reason, "Togliere l'attributo dal modello."))
        elif name in {"expressionLanguage", "typeLanguage"} and str(value) not in dialect.FEEL:
            reason = f"Il linguaggio «{str(value)[:80]}» non è FEEL."
            problems.append(_problem(element, reason, "Riscrivere l'espressione in FEEL e togliere l'attributo."))


def _check_once(element: etree._Element, problems: list[Problem]) -> None:
    seen: set[str] = set()
    for child in element:
        name = local(child)
        kind = "boxed" if name in dialect.BOXED and local(element) not in dialect.MANY_BOXED else name
        if kind in seen and (kind in dialect.ONCE or kind == "boxed"):
            problems.append(_problem(child, f"«{name}» è di troppo: ce n'è già uno.", "Tenerne uno solo."))
        seen.add(kind)


def _refused(element: etree._Element, namespace: str, name: str) -> Problem:
    reason = f"L'elemento «{name}» non è accettato qui."
    if namespace not in dialect.MODEL:
        reason = f"L'elemento «{name}» appartiene a un altro strumento e non ha significato qui."
    return _problem(element, reason, dialect.WAYS_OUT.get(name, "Toglierlo dal modello."))


def _problem(element: etree._Element, reason: str, way_out: str) -> Problem:
    return Problem(element=label(element), reason=reason, way_out=way_out, line=element.sourceline)
