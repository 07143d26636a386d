"""Links the elements of all models: who needs whom, under which name, and in which order they are evaluated."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from engine.dmn import model
from engine.errors import Problem

Key: TypeAlias = tuple[str, str]
"""Namespace and id of an element."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that an element reads: where it is, and its name in expressions, perhaps under that of an import."""

    key: Key
    name: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """An element with what it needs; information comes from decisions and inputs, knowledge are functions."""

    key: Key
    element: model.Element
    information: tuple[Need, ...] = ()
    knowledge: tuple[Need, ...] = ()
    outputs: tuple[Need, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names that its expressions can read."""
        return frozenset(need.prefix or need.name for need in (*self.information, *self.knowledge))


def link(models: Mapping[str, model.Definitions], problems: list[Problem]) -> dict[Key, Node]:
    """Return the nodes of all models by key; whatever leads nowhere or in a circle is a problem and left out."""
    elements = {
        (namespace, element.id): element
        for namespace, definitions in models.items()
        for element in definitions.elements
    }
    linker = _Linker(models, elements, problems)
    nodes = {key: linker.node(key) for key in elements}
    return _without_circles(nodes, problems)


def order(nodes: Mapping[Key, Node], targets: Iterable[Key], given: frozenset[Key] = frozenset()) -> tuple[Key, ...]:
    """Return the decisions that these need, in an order in which they can be made, up to those that are given."""
    found: dict[Key, None] = {}
    stack = [(key, False) for key in reversed(list(targets))]
    while stack:
        key, ready = stack.pop()
        if key in given or key in found or not isinstance(nodes[key].element, model.Decision):
            continue
        if ready:
            found[key] = None
            continue
        stack.append((key, True))
        stack.extend((need.key, False) for need in reversed(nodes[key].information))
    return tuple(found)


@dataclass(slots=True)
class _Linker:
    models: Mapping[str, model.Definitions]
    elements: Mapping[Key, model.Element]
    problems: list[Problem]

    def node(self, key: Key) -> Node:
        """Return an element with its references followed."""
        element = self.elements[key]
        if isinstance(element, model.Decision):
            information = self._needs(key[0], element.information, (model.Decision, model.InputData))
            return Node(key, element, information, self._functions(key[0], element.knowledge))
        if isinstance(element, model.Knowledge):
            return Node(key, element, knowledge=self._functions(key[0], element.knowledge))
        if isinstance(element, model.Service):
            self._needs(key[0], element.encapsulated, (model.Decision,))
            inputs = self._needs(key[0], element.inputs, (model.Decision, model.InputData))
            outputs = self._needs(key[0], element.outputs, (model.Decision,))
            if not outputs:
                self._report(element.place, "Il servizio non ha decisioni in uscita.", "Aggiungere un outputDecision.")
            return Node(key, element, information=inputs, outputs=outputs)
        return Node(key, element)

    def _functions(self, namespace: str, references: tuple[model.Reference, ...]) -> tuple[Need, ...]:
        return self._needs(namespace, references, (model.Knowledge, model.Service))

    def _needs(
        self, namespace: str, references: tuple[model.Reference, ...], kinds: tuple[type, ...]
    ) -> tuple[Need, ...]:
        return tuple(need for reference in references for need in self._need(namespace, reference, kinds))

    def _need(self, namespace: str, reference: model.Reference, kinds: tuple[type, ...]) -> Iterator[Need]:
        target, _, identifier = reference.href.rpartition("#")
        key = (target or namespace, identifier)
        element = self.elements.get(key)
        if element is None or not isinstance(element, kinds):
            reason = f"Il riferimento «{reference.href[:200]}» non porta a un elemento del tipo giusto."
            self._report(reference.place, reason, "Collegarlo di nuovo, o caricare anche il file importato.")
            return
        prefix = ""
        if key[0] != namespace:
            imports = [found for found in self.models[namespace].imports if found.namespace == key[0]]
            if not imports:
                reason = f"Il modello «{key[0][:200]}» non è importato."
                self._report(reference.place, reason, "Aggiungere l'import.")
            prefix = imports[0].name if imports else ""
        yield Need(key, element.variable.name, prefix)

    def _report(self, place: model.Place, reason: str, way_out: str) -> None:
        self.problems.append(Problem(place.element, reason, way_out, place.line))


def _without_circles(nodes: dict[Key, Node], problems: list[Problem]) -> dict[Key, Node]:
    """Take what waits for itself out of the graph: decisions left over when all others are in order."""
    open_needs = {
        key: {need.key for need in node.information if isinstance(nodes[need.key].element, model.Decision)}
        for key, node in nodes.items()
        if isinstance(node.element, model.Decision)
    }
    needed_by: dict[Key, list[Key]] = {}
    for key, needs in open_needs.items():
        for need in needs:
            needed_by.setdefault(need, []).append(key)
    ready = [key for key, needs in open_needs.items() if not needs]
    while ready:
        done = ready.pop()
        del open_needs[done]
        for key in needed_by.get(done, ()):
            open_needs[key].discard(done)
            if not open_needs[key]:
                ready.append(key)
    linked = dict(nodes)
    for key in open_needs:
        node = nodes[key]
        element = node.element
        if isinstance(element, model.Decision):
            reason = f"La decisione «{element.name}» aspetta sé stessa, direttamente o attraverso altre."
            place = element.place
            problems.append(Problem(place.element, reason, "Togliere una delle frecce del cerchio.", place.line))
        linked[key] = Node(key, element, knowledge=node.knowledge)
    return linked
