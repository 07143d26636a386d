"""What lies beside the files of a protocol: enough to check it where there is no installation.

The layout is that of a project: `processes/NAME/` with diagrams and tables (forms too), `processes/parameters.toml`,
`forms/catalog/`. What only an installation can tell is not guessed: `unchecked` says it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine import errors, functions, parameters, protocol_files
from engine.bpmn import parsing
from engine.errors import Problem

if TYPE_CHECKING:
    from engine.bpmn import model
    from engine.definitions.checking import Around

_AT_DEPLOYMENT = "Si vede al caricamento, o indicando l'installazione (--data-dir)."


@dataclass(slots=True)
class Beside:
    """The files beside a set, before what is in force in `installed`, if there is an installation.

    `folders` are those of the files, `projects` those that hold all protocols; of `form_folders` the first counts most.
    """

    folders: tuple[Path, ...]
    form_folders: tuple[Path, ...]
    projects: tuple[Path, ...]
    installed: Around | None = None
    _forms: dict[str, bytes] = field(init=False)
    _tables: dict[str, bytes] = field(init=False)
    _unreadable: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        shared = {path.stem: path.read_bytes() for path in _files(reversed(self.form_folders), "*.form")}
        # One beside the diagram stands for one of the same name that all share, as at deployment.
        self._forms = {**shared, **protocol_files.read(_files(self.folders, "*.form")).forms}
        self._tables = protocol_files.read(_files(self.folders, "*.dmn")).diagrams

    @property
    def attached(self) -> bool:
        """Whether there is an installation."""
        return self.installed is not None

    def forms(self, key: str) -> Mapping[str, bytes]:
        """Give the forms that are known, those beside the files before those in force."""
        return {**(self.installed.forms(key) if self.installed else {}), **self._forms}

    def tables(self, key: str) -> Mapping[str, bytes]:
        """Give the tables that are known, those beside the files before those in force."""
        return {**(self.installed.tables(key) if self.installed else {}), **self._tables}

    def process(self, key: str) -> model.Process | None:
        """Find a process that is called: in a file beside, else among those in force."""
        for path in (*_files(self.folders, "*.bpmn"), *_files(self.projects, "*/*.bpmn")):
            try:
                process = parsing.read(path.read_bytes(), path.name)
            except errors.InvalidProcess:  # said as unchecked: it may be the one that is called
                self._unreadable.add(path.name)
                continue
            if process.id == key:
                return process
        return self.installed.process(key) if self.installed else None

    def parameters(self) -> parameters.Names:
        """Give the names of parameters: those of the network, else of the file beside, else of the product."""
        if self.installed is not None:
            return self.installed.parameters()
        file = self._parameters_file()
        return parameters.Names.read(file.read_bytes() if file is not None else protocol_files.shipped_parameters())

    def services(self) -> Collection[str]:
        """Give the services that agencies play, none where no network tells."""
        return self.installed.services() if self.installed else ()

    def looked_at(self) -> list[Path]:
        """Give the places where what the files name was looked for."""
        places = [*self.folders, *(folder for folder in self.form_folders if folder.is_dir())]
        file = self._parameters_file()
        return [*dict.fromkeys(places), *([file] if file is not None and not self.attached else [])]

    def unchecked(self, sources: Mapping[str, bytes]) -> list[Problem]:
        """Say what nobody has looked at: what only an installation can tell, and files beside that cannot be read."""
        reason = "Il file è accanto e non si legge: può contenere un processo chiamato."
        found = [
            Problem(name, reason, "Controllarlo insieme agli altri.", file=name) for name in sorted(self._unreadable)
        ]
        if self.attached:
            return found
        file = self._parameters_file()
        told = "Staffetta" if file is None else f"{file.parent.name}/{file.name}"
        parameters_of = f"I parametri sono quelli di {told}: la rete può averne altri."
        lanes = "Quali enti svolgono le corsie non è stato guardato."
        found += [Problem("", reason, _AT_DEPLOYMENT) for reason in (lanes, parameters_of)]
        return [*found, *_functions_elsewhere(sources)]

    def _parameters_file(self) -> Path | None:
        files = (project / protocol_files.PARAMETERS for project in self.projects)
        return next((file for file in files if file.is_file()), None)


def around(paths: Iterable[Path], form_folders: Iterable[Path] = (), installed: Around | None = None) -> Beside:
    """Look beside files, and in folders with forms. Raises ConfigurationError, also where two files contradict."""
    folders = tuple(dict.fromkeys(path.absolute().parent for path in paths))
    projects = tuple(dict.fromkeys(found for folder in folders for found in _projects(folder)))
    catalogues = tuple(project.parent / "forms" / "catalog" for project in projects)
    return Beside(folders, (*form_folders, *catalogues), projects, installed)


def _projects(folder: Path) -> list[Path]:
    """Give the folder of all protocols, if this one is that of a protocol or is it."""
    return [
        each
        for each in (folder, folder.parent)
        if each.name == "processes" or (each / protocol_files.PARAMETERS).is_file()
    ]


def _files(folders: Iterable[Path], *patterns: str) -> list[Path]:
    return [path for folder in folders for pattern in patterns for path in sorted(folder.glob(pattern))]


def _functions_elsewhere(sources: Mapping[str, bytes]) -> Iterator[Problem]:
    for file, source in sources.items():
        try:
            nodes = parsing.read(source, file).all_nodes.values() if file.lower().endswith(".bpmn") else ()
        except errors.InvalidProcess:  # refused as a whole
            continue
        for node in nodes:
            if node.service is not None and node.service.function not in functions.known():
                reason = f"La funzione «{node.service.function}» non è installata qui: nessuno ha guardato se c'è."
                yield Problem(node.id, reason, _AT_DEPLOYMENT, node.line, file)
