"""Rules about the project as a whole: import contracts, names, lock files, and what must not be in the repository."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib import metadata, util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "web", "forms", "feel")
BINARY = {".png", ".ico", ".woff2", ".jpg"}

# Put together here, so that this file does not hold what it looks for.
HOSTS = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org"]
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|Users|home/(?!staffetta\b)\w+)/")


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(["/usr/bin/env", "git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    # A file that was deleted and not yet committed is listed, but not there.
    return tuple(path for path in paths if path.is_file() and path.suffix not in BINARY)


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def required(requirements: list[str]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9-]+", requirement) for requirement in requirements)
    return {name.group().lower() for name in names if name}


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [*PACKAGES, "tests"])
def test_no_other_distribution_brings_a_package_of_our_name(name: str) -> None:
    assert set(metadata.packages_distributions().get(name, [])) <= {"staffetta"}


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_imported_is_ours(name: str) -> None:
    found = util.find_spec(name)

    assert found is not None
    assert Path(found.origin) == ROOT / name / "__init__.py"


def test_everything_that_is_required_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    everything = locked("dev")

    assert required(project["project"]["dependencies"]) <= locked("base").keys()
    assert required(groups["build"]) <= locked("build").keys()
    assert required([name for name in groups["dev"] if isinstance(name, str)]) <= everything.keys()
    for part in ("base", "build"):
        assert locked(part).items() <= everything.items()


@pytest.mark.parametrize("name", ["base", "dev", "build", "bench", "static"])
def test_every_locked_package_has_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=\S)", text)
    packages = [block for block in blocks if "==" in block.splitlines()[0]]

    assert len(packages) == len(re.findall(r"^\S+==", text, re.MULTILINE))
    assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []


def test_every_locked_javascript_package_has_a_hash_and_no_address() -> None:
    packages = json.loads((ROOT / "web/frontend/package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}

    assert fetched
    assert [name for name, package in fetched.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in fetched.items() if "resolved" in package] == []


def test_no_file_names_a_package_registry() -> None:
    assert [str(path) for path in tracked() if any(host in path.read_text(encoding="utf-8") for host in HOSTS)] == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    held = {str(path): MACHINE_PATH.findall(path.read_text(encoding="utf-8")) for path in tracked()}

    assert {path: found for path, found in held.items() if found} == {}
