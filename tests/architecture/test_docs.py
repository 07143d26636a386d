"""The docs are true: the commands, settings, shapes, numbers and words that they name are read here from the code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

import forms
from engine import dmn, protocol_files, settings
from engine.bpmn import dialect, parsing, profile
from engine.cases import codes
from engine.cli.group import group
from engine.ladders import versions
from engine.ladders.steps import Act, Target
from forms import components, properties
from forms.model import DISPLAY_KINDS, INPUT_KINDS
from tests.architecture.pages import DOCS, PAGES, ROOT, blocks, coded, read, section

DESIGNERS, OPERATIONS = DOCS / "designers.md", DOCS / "operations.md"

# Variables of ours that are no settings of an installation: see where they are defined.
OTHER_VARIABLES = {"STAFFETTA_EMBEDDED_HOME"}

ROW_OF_A_CLASS = r"^\| `(E\d)` [^|]*\|(.*)\|$"


@cache
def commands() -> dict[str, set[str]]:
    """Every command by its full name, with its options."""

    def walk(name: str, command: click.Command) -> Iterator[tuple[str, set[str]]]:
        options = {text for parameter in command.params for text in parameter.opts if text.startswith("-")}
        yield name, options
        for key, inner in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {key}", inner)

    return dict(walk("staffetta", group))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_commands_that_exist(page: Path) -> None:
    text = re.sub(r"/opt/staffetta/bin/", "", read(page))
    shown = [*coded(text), *re.findall(r"^(?: {4})?(staffetta [a-z][^\n#]*)", text, re.MULTILINE)]
    called = [line.split() for line in shown if re.match(r"staffetta [a-z]", line)]
    for words in called:
        name = next((one for n in (3, 2) if (one := " ".join(words[:n])) in commands()), None)
        assert name is not None, " ".join(words)
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= commands()[name] | {"--version"}, " ".join(words)


def test_every_command_is_described() -> None:
    leaves = {name for name in commands() if not any(other.startswith(f"{name} ") for other in commands())}
    table = re.findall(r"^\| `(staffetta [a-z -]+)` \|", section(OPERATIONS, "## First start"), re.MULTILINE)

    assert sorted(table) == sorted(leaves)


def test_the_settings_described_are_those_that_are_read() -> None:
    known = set(re.findall(r"STAFFETTA_[A-Z_]+", settings.__doc__ or ""))
    described = set(re.findall(r"^\| `(STAFFETTA_[A-Z_]+)` \|", section(OPERATIONS, "## Settings"), re.MULTILINE))
    # The docstring writes STAFFETTA_HOST, STAFFETTA_PORT in one line; a name that ends in _ is none.
    assert described == {name for name in known if not name.endswith("_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_settings_that_exist(page: Path) -> None:
    source = read(ROOT / "engine/settings.py")
    for name in set(re.findall(r"STAFFETTA_[A-Z_]*[A-Z]", read(page))) - OTHER_VARIABLES:
        assert f'"{name.removesuffix("_FILE")}"' in source or f'"{name}"' in source, name
    for name in OTHER_VARIABLES:
        assert f'"{name}"' in read(ROOT / "engine/embedded/places.py")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        aim = (page.parent / parts.path).resolve() if parts.path else page
        assert aim.exists(), target
        if parts.fragment:
            assert parts.fragment in {anchor(title) for title in re.findall(r"^#+ (.+)$", read(aim), re.MULTILINE)}, (
                target
            )


def anchor(title: str) -> str:
    """The address of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_of_the_project_that_pages_name_exist(page: Path) -> None:
    tops = {"engine", "web", "forms", "feel", "processes", "tests", "tools", "requirements"}
    for name in coded(read(page)):
        if re.fullmatch(r"[\w./-]+/[\w./-]*", name) and name.split("/")[0] in tops and name != "web/static/dist":
            assert (ROOT / name).exists(), name


def test_the_index_names_every_guide() -> None:
    linked = set(re.findall(r"\]\(([^)]+)\)", read(DOCS / "README.md")))

    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} <= linked


def test_the_targets_of_make_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|^ {4})make ([a-z]+)", read(page), re.MULTILINE)}

    assert "sbom" in named
    assert named <= targets


# The guides of operators and designers


def test_the_code_of_a_case_in_the_operators_guide_is_one() -> None:
    code = re.search(r"per esempio `(.+?)`", read(DOCS / "operators.md"))

    assert code
    assert codes.parse(code.group(1)) == code.group(1)


def test_the_words_of_the_pages_in_the_operators_guide_are_those_of_the_pages() -> None:
    pages = " ".join(read(path) for path in sorted((ROOT / "web").glob("templates/*.html")))
    pages += " ".join(read(path) for path in sorted((ROOT / "web").glob("*.py")))
    quoted = set(re.findall(r"\*\*?([A-ZÈ][^*:]+?)\*\*?", read(DOCS / "operators.md").partition("## Trovare")[2]))

    assert {"Prendi in carico", "Salva bozza", "Ritardi", "Esci"} <= quoted
    assert {words for words in quoted if words.rstrip("…") not in pages} == set()


def test_the_shapes_described_are_exactly_those_of_the_dialect() -> None:
    tables = section(DESIGNERS, "## Le forme").partition("Queste due tabelle")[0]

    assert coded(tables) == set(dialect.ELEMENTS)


def test_the_ways_out_are_those_of_the_dialect() -> None:
    rows = re.findall(r"^\| (`.+?) \|", section(DESIGNERS, "## Le forme").partition("| non si usa")[2], re.MULTILINE)

    assert {name for row in rows for name in coded(row)} == set(dialect.WAYS_OUT)


def test_the_additions_described_are_exactly_those_of_the_dialect() -> None:
    prefixes = {dialect.ZEEBE: "zeebe", dialect.STAFFETTA: "staffetta"}
    rows = re.findall(r"^\| `(\w+:\w+)` \|(.*)$", section(DESIGNERS, "## Le aggiunte"), re.MULTILINE)
    attributes = {
        f"{prefixes[namespace]}:{name}": set(known) - {"bindingType", "value"}
        for (namespace, name), (_, known) in dialect.EXTENSIONS.items()
    }

    assert {name for name, _ in rows} == attributes.keys()
    deadline = coded(section(DESIGNERS, "### Le scadenze"))
    for name, rest in rows:
        said = deadline if name == "staffetta:deadline" else {word.partition("=")[0] for word in coded(rest)}
        assert attributes[name] <= said, name


def test_the_words_of_a_deadline_are_those_of_the_linter() -> None:
    said = coded(section(DESIGNERS, "### Le scadenze"))

    assert {*profile.CLOCKS, *profile.CLASSES, *profile.NATURES} <= said
    assert set(profile.TYPES) <= coded(section(DESIGNERS, "## Le aggiunte"))


def test_the_ladders_described_are_those_that_come_with_the_product() -> None:
    said = section(DESIGNERS, "### Le scadenze")
    shipped = versions.read(protocol_files.shipped_ladders())
    rows = dict(re.findall(ROW_OF_A_CLASS, said, re.MULTILINE))

    assert {name: coded(row) for name, row in rows.items()} == {
        name.value: {step.at for step in ladder.steps} for name, ladder in shipped.items()
    }
    assert {each.value for each in (*Target, *Act)} <= coded(said)


def test_the_profile_of_forms_described_is_that_of_the_library() -> None:
    said = coded(section(DESIGNERS, "## I moduli"))

    assert INPUT_KINDS | DISPLAY_KINDS | set(properties.CONFIDENTIALITY) <= said
    assert components.REFUSED.keys() <= said
    routing = re.search(r"possono essere `routing`\*\* \((.*?)\)", section(DESIGNERS, "## I moduli"))
    assert routing
    assert coded(routing.group(1)) == properties.ROUTING_KINDS


def test_the_example_of_the_designers_guide_passes_the_linter() -> None:
    diagram = next(text for text in blocks(DESIGNERS, "xml") if "definitions" in text)
    process = parsing.read(diagram.encode(), "example.bpmn")
    parameters = tomllib.loads(read(ROOT / "processes/parameters.toml"))
    keys = profile.FormKeys(frozenset({"esito_segnalazione"}), frozenset())
    around = profile.Surroundings({"valuta_segnalazione": keys}, parameters, {}, {"cav"})

    assert profile.check(process, around) == []


def test_the_decision_table_of_the_designers_guide_passes_the_linter() -> None:
    table = next(text for text in blocks(DESIGNERS, "xml") if "decisionTable" in text)
    library = dmn.Library.of({"urgenza.dmn": table.encode()})
    asked = library.find("urgenza")

    assert library.problems == []
    assert asked is not None
    assert asked.evaluate({"minori": "si", "notte": "sicura"}).value == "oggi"


def test_the_examples_in_toml_can_be_read() -> None:
    parameter, scenario = (tomllib.loads(text) for text in blocks(DESIGNERS, "toml"))
    known = tomllib.loads(read(ROOT / "processes/parameters.toml"))

    assert parameter["P03.richiamo"] == known["P03.richiamo"]
    assert scenario["scenario"]["name"]


def test_every_shipped_form_is_one_that_the_guide_describes() -> None:
    shipped = [forms.parse(path.read_bytes()) for path in sorted((ROOT / "forms/catalog").glob("*.form"))]

    assert {part.kind for form in shipped for part in form.components} <= coded(section(DESIGNERS, "## I moduli"))
