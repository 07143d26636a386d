"""What other tools write into a diagram: what cannot change how it runs is passed over and said, the rest is refused.

BPMN lets every tool add what it likes, on condition that it does not contradict the standard; so whatever we do not
know may be passed over. The additions of engines are another matter: theirs make a step wait, call a program, or give
it to somebody, and a protocol that does without them is not the one that was drawn.
"""

from collections.abc import Iterator

from lxml import etree

from engine.bpmn import dialect
from engine.errors import Level, Problem

CAMUNDA_7 = "http://camunda.org/schema/1.0/bpmn"

_ENGINES = frozenset(
    {
        dialect.ZEEBE,
        CAMUNDA_7,
        "http://activiti.org/bpmn",
        "http://flowable.org/bpmn",
        "http://www.jboss.org/drools",
        "http://spiffworkflow.org/bpmn/schema/1.0/core",
        "http://xmlns.oracle.com/bpm/OracleExtensions",
    }
)
_MOST = 20 + len(dialect.PICTURE)  # tools that are named; nobody has used more
# What a modeler notes about itself, and what only the lists of other engines show.
_TEMPLATES = frozenset({"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"})
_HARMLESS = {
    dialect.ZEEBE: _TEMPLATES | {"properties"},
    CAMUNDA_7: _TEMPLATES
    | {"properties", "historyTimeToLive", "versionTag", "diagramRelationId", "isStartableInTasklist"},
}


def passed_over(namespace: str, name: str) -> bool:
    """Say whether an element among extensions, or an attribute, changes nothing in how a diagram runs."""
    if namespace in _ENGINES:
        return name in _HARMLESS.get(namespace, ())
    return namespace not in {"", dialect.BPMN, dialect.STAFFETTA}


def drawings(root: etree._Element) -> set[etree._Element]:
    """Give the processes that are only drawn, beside one that is executed: what is in them counts for nothing."""
    processes = root.findall(f"{{{dialect.BPMN}}}process")
    drawn = {process for process in processes if process.get("isExecutable") != "true"}
    return drawn if len(drawn) < len(processes) else set()


def warnings(root: etree._Element) -> Iterator[Problem]:
    """Warn once of the additions of each tool, and of each process that is only drawn."""
    drawn = drawings(root)
    for process in root.findall(f"{{{dialect.BPMN}}}process"):
        if process in drawn:
            way_out = 'Se deve andare anche questo, caricarlo in un file suo, con isExecutable="true".'
            reason = "Questo processo non è eseguibile: resta un disegno."
            yield Problem(process.get("id") or "process", reason, way_out, process.sourceline, level=Level.WARNING)
    seen = set(dialect.PICTURE)
    for element in root.iter(f"{{{dialect.BPMN}}}*"):
        for namespace, name in _additions(element):
            if len(seen) > _MOST or namespace in seen or name in _TEMPLATES or not passed_over(namespace, name):
                continue
            seen.add(namespace)
            tool = next((prefix for prefix, known in element.nsmap.items() if known == namespace), None) or namespace
            reason = f"Il file ha aggiunte di un altro strumento ({tool[:80]}), che qui non contano."
            way_out = (
                "Se dovevano cambiare come va il protocollo, dirlo con gli elementi di BPMN; altrimenti lasciarle."
            )
            holder = element.get("id") or root.get("id") or "definitions"
            yield Problem(holder, reason, way_out, element.sourceline, level=Level.WARNING)


def _additions(element: etree._Element) -> Iterator[tuple[str, str]]:
    names = [str(key) for key in element.attrib]
    if element.tag == f"{{{dialect.BPMN}}}extensionElements":
        names += [str(child.tag) for child in element]
    for name in names:
        if name.startswith("{") and not name.startswith(f"{{{dialect.XSI}}}"):
            namespace, _, local = name[1:].partition("}")
            yield namespace, local
