"""Protocols as files: where ours lie, and what a person names on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ConfigurationError

PARAMETERS = "parameters.toml"
LADDERS = "ladders.toml"
KINDS = frozenset({".bpmn", ".dmn", ".form"})


@dataclass(frozen=True, slots=True)
class Sources:
    """Diagrams and decision tables by file name, forms by form id (the name of a form's file)."""

    diagrams: dict[str, bytes]
    forms: dict[str, bytes]


def shipped() -> Path:
    """Return the folder of the protocols that come with the product: of the project, or of the installed package."""
    candidates = [Path(__file__).parents[1] / "processes", Path(sys.prefix) / "share" / "staffetta" / "processes"]
    for folder in candidates:
        if (folder / PARAMETERS).is_file():
            return folder
    raise ConfigurationError(f"the protocols that come with Staffetta are in none of {', '.join(map(str, candidates))}")


def shipped_parameters() -> bytes:
    """Return our default parameters, as TOML."""
    return (shipped() / PARAMETERS).read_bytes()


def shipped_ladders() -> bytes:
    """Return our default ladders, as TOML."""
    return (shipped() / LADDERS).read_bytes()


def read(paths: Iterable[Path]) -> Sources:
    """Read diagrams (.bpmn), tables (.dmn) and forms (.form); a folder stands for all in it.

    ConfigurationError when something is absent.
    """
    diagrams: dict[str, bytes] = {}
    forms: dict[str, bytes] = {}
    for path in files(paths):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
        known, name = (forms, path.stem) if path.suffix == ".form" else (diagrams, path.name)
        if known.get(name, content) != content:
            raise ConfigurationError(f"{path}: another file that differs has the same name")
        known[name] = content
    return Sources(diagrams, forms)


def files(paths: Iterable[Path]) -> Iterable[Path]:
    """Give the files that are meant: a folder stands for all diagrams, tables and forms in it."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(entry for entry in path.rglob("*") if entry.suffix in KINDS and entry.is_file())
        if not found:
            raise ConfigurationError(f"{path} holds no .bpmn, no .dmn and no .form file")
        yield from found
