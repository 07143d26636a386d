"""Decision files that belong together: which of them makes a decision, and which others it imports on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import feel
from engine import errors
from engine.dmn import decisions, model, parsing
from engine.dmn.evaluation import Outcome
from engine.errors import Problem


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision by its id, with the file that states it; `files` are that file and all that it imports.

    `labels` say how people call each decision of these files: name -> language -> words.
    """

    id: str
    name: str
    file: str
    files: Mapping[str, bytes]
    inputs: frozenset[str]
    labels: Mapping[str, Mapping[str, str]]
    model: decisions.Model

    @property
    def digest(self) -> str:
        """A digest of the files: what else a table might have said, it cannot have said under this digest."""
        digest = sha256()
        for name, content in sorted(self.files.items()):
            digest.update(name.encode() + b"\0" + sha256(content).digest())
        return digest.hexdigest()

    def evaluate(self, inputs: Mapping[str, Any]) -> Outcome:
        """Make the decision; see `decisions.Model.evaluate`."""
        return self.model.evaluate(self.name, inputs)


@dataclass(slots=True)
class Library:
    """The decision files of a protocol, by name. `problems` is everything against them, gaps in tables included.

    A table with a gap gives no answer in a case that nobody has thought of. That must not be found out with a woman
    waiting, so what the standard lets pass as incomplete is a problem here.
    """

    problems: list[Problem] = field(default_factory=list)
    functions: feel.HostFunctions = field(default_factory=dict)
    _decisions: dict[str, Decision] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Mapping[str, bytes], functions: feel.HostFunctions | None = None) -> "Library":
        """Read the files. Nothing is raised: what cannot be read is among the problems.

        `functions` are what expressions may call besides those of FEEL.
        """
        library = cls(functions=functions or {})
        read = dict(library._read(files))
        for name, definitions in read.items():
            needed = _closure(definitions, read)
            library._add(name, {key: files[key] for key in needed}, [read[key] for key in needed])
        return library

    def find(self, decision_id: str) -> Decision | None:
        """Give a decision by its id."""
        return self._decisions.get(decision_id)

    def _read(self, files: Mapping[str, bytes]) -> Iterator[tuple[str, model.Definitions]]:
        for name, content in files.items():
            try:
                yield name, parsing.read(content, name)[0]
            except errors.InvalidProcess as refused:
                self._report(name, refused.problems)

    def _add(self, name: str, files: Mapping[str, bytes], read: list[model.Definitions]) -> None:
        try:
            found = decisions.examine(files, name, functions=self.functions)
        except errors.InvalidProcess as refused:
            self._report(name, refused.problems)
            return
        self._report(name, (*found.problems, *found.warnings))
        labels = {
            element.variable.name: {"it": element.label or element.name, **dict(element.labels)}
            for definitions in read
            for element in _decisions(definitions)
        }
        for element in _decisions(read[0]):
            if element.id in self._decisions:
                reason = f"La decisione «{element.id}» sta anche in {self._decisions[element.id].file}."
                self._report(name, (Problem(element.id, reason, "Tenerne una sola.", element.place.line),))
                continue
            known = element.variable.name
            self._decisions[element.id] = Decision(element.id, known, name, files, found.inputs(known), labels, found)

    def _report(self, name: str, problems: tuple[Problem, ...]) -> None:
        known = set(self.problems)
        named = (replace(problem, file=name) for problem in problems)
        self.problems += [problem for problem in named if problem not in known]


def _closure(main: model.Definitions, read: Mapping[str, model.Definitions]) -> list[str]:
    """Give the names of a file and of all that it imports, itself first."""
    by_namespace: dict[str, str] = {}
    for name, definitions in read.items():
        if definitions is main:
            by_namespace[definitions.namespace] = name
        by_namespace.setdefault(definitions.namespace, name)
    found: dict[str, None] = {}
    frontier = [main.namespace]
    while frontier:
        namespace = frontier.pop()
        if namespace in by_namespace and by_namespace[namespace] not in found:
            name = by_namespace[namespace]
            found[name] = None
            frontier += [imported.namespace for imported in read[name].imports]
    return list(found)


def _decisions(definitions: model.Definitions) -> list[model.Decision]:
    return [element for element in definitions.elements if isinstance(element, model.Decision)]
