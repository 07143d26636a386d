"""The decision tables of a set that is deployed: which files each process asks, checked and ready to be frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine import dmn
from engine.calendars.functions import OF_EVERYBODY
from engine.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.bpmn import model

SUFFIX = ".dmn"


@dataclass(slots=True)
class Tables:
    """The files that came with the set; which of them some process has asked is noted, the others are a mistake."""

    given: Mapping[str, bytes]
    _library: dmn.Library = field(init=False)
    _asked: set[str] = field(default_factory=set)
    _older: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._library = dmn.Library.of(self.given, OF_EVERYBODY)

    def asked(self, process: model.Process, before: Mapping[str, bytes]) -> dict[str, dmn.Decision]:
        """Give the decisions that a process asks, by id; what is not given is that of its latest version, `before`.

        A given file replaces an older one of the same name. What is found nowhere is left to the linter of diagrams.
        """
        names = {node.decision for node in process.all_nodes.values() if node.decision}
        found = {name: self._library.find(name) for name in names}
        older = dmn.Library.of(
            {name: source for name, source in before.items() if name not in self.given}, OF_EVERYBODY
        )
        if any(decision is None and older.find(name) is not None for name, decision in found.items()):
            # What an older file imports may have been replaced.
            self._older += older.problems
        self._asked.update(key for decision in found.values() if decision is not None for key in decision.files)
        decisions = {name: decision or older.find(name) for name, decision in found.items()}
        return {name: decision for name, decision in decisions.items() if decision is not None}

    def problems(self) -> list[Problem]:
        """Report what is wrong with the files that were given, after all processes of the set have asked."""
        problems = [*self._library.problems, *self._older]
        broken = {problem.file for problem in problems}
        for name in self.given.keys() - self._asked - broken:
            way_out = "Collegarla con zeebe:calledDecision, o non caricarla."
            reason = "Nessun diagramma chiede una decisione di questo file."
            problems.append(Problem(name, reason, way_out, file=name))
        return problems


def files_of(decisions: Mapping[str, dmn.Decision]) -> dict[str, bytes]:
    """Give the files in which decisions stand, with all that these import."""
    return {name: source for decision in decisions.values() for name, source in decision.files.items()}
