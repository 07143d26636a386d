"""Rules of our own on what the code may do at all, beside ruff's S rules; docs/security.md lists them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "web", "forms", "feel")


def sources(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[str]:
    """Give the names of what is called, as written: os.system, eval, ..."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize(
    ("unwanted", "allowed"),
    [
        (r"eval|exec|compile|__import__", ()),
        (r"os\.(system|popen)|.*\.getoutput", ()),
        (r"pickle\..*|marshal\..*|shelve\..*|yaml\.load", ()),
        (r"hashlib\.(md5|sha1)|hashlib\.new", ()),
        (r"random\.(random|choice|choices|randint|randbytes|getrandbits)", ()),
        (r".*\.?Markup", ()),
        # The private key of the audit: read by the worker's sealer and the command line, never by pages.
        (r"(heads\.)?private_key", ("engine/audit/sealing.py", "engine/cli/audit.py")),
        (r"(sealing\.)?Signer\.of", ("engine/worker.py", "engine/cli/audit.py")),
    ],
)
def test_nothing_calls_what_must_not_be_called(unwanted: str, allowed: tuple[str, ...]) -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path, tree in sources(*PACKAGES)
        for name in calls(tree)
        if re.fullmatch(unwanted, name)
    }
    assert found <= set(allowed)


def test_no_statement_changes_or_removes_entries_of_the_audit() -> None:
    for path, tree in sources("engine", "web"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"delete", "update"}:
                assert not re.search(r"AuditEntry|AuditSeal|audit_entry|audit_seal", ast.unparse(node)), path


def test_no_page_or_template_turns_escaping_off() -> None:
    for path in sorted((ROOT / "web" / "templates").glob("*.html")):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8")), path.name


def test_nothing_counts_or_times_people_at_work() -> None:
    """Art. 4 L. 300/1970: nothing is grouped by a person, and no average is taken of her times.

    But in one module, which asks first whether the network has an agreement on file; few know it.
    """
    person = r"\bUser\b|assignee_id|actor_id|completed_by_id|submitted_by_id|recorded_by_id"
    for path, tree in sources("engine", "web"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name, _, last = ast.unparse(node.func).rpartition(".")
                assert not (last == "group_by" and re.search(person, ast.unparse(node))), (path, node.lineno)
                assert (name, last) not in {("func", "avg"), ("func", "percentile_cont")}, (path, node.lineno)
                if re.fullmatch(r"f?mean|median\w*", last):
                    assert path.name == "worker_times.py", (path, node.lineno)
            if isinstance(node, ast.ImportFrom) and "worker_times" in {one.name for one in node.names}:
                assert path.name in {"worker_times.py", "timing.py", "board.py", "app.py"}, path


def nodes(package: str) -> Iterator[tuple[str, ast.Call]]:
    """Give every call of a package, with its place."""
    for path, tree in sources(package):
        place = path.relative_to(ROOT).as_posix()
        yield from ((place, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_no_statement_is_put_together_from_texts() -> None:
    """SQL is constant; migrations name their tables themselves, and a listener the channel that is a constant."""
    for place, node in nodes("engine"):
        last = ast.unparse(node.func).rpartition(".")[2]
        if last in {"execute", "exec_driver_sql"} or ast.unparse(node.func) == "text":
            put_together = node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
            allowed = place.startswith("engine/migrations/versions/") or "agenda.WAKE_UP" in ast.unparse(node)
            assert allowed or not put_together, (place, node.lineno)


def test_no_log_line_takes_anything_of_a_request_but_where_it_went() -> None:
    for place, node in nodes("web"):
        if re.fullmatch(r"_?log(ging)?\.\w+", ast.unparse(node.func)):
            said = ast.unparse(node).replace("request.endpoint", "")
            assert not re.search(r"\brequest\.|\bg\.(?!actor\.user_id)", said), (place, node.lineno)


def test_no_page_passes_on_what_was_posted_as_a_whole() -> None:
    """A page reads each field by its name, so one that it has not is read by nobody (a form's answers are checked)."""
    whole = r"request\.(form|args|values)(\.to_dict\(.*\))?"
    for place, node in nodes("web"):
        spread = [word.value for word in node.keywords if word.arg is None]
        spread += [one.value for one in node.args if isinstance(one, ast.Starred)]
        spread += node.args if ast.unparse(node.func) in {"dict", "list", "vars"} else []
        assert not any(re.fullmatch(whole, ast.unparse(one)) for one in spread), (place, node.lineno)


def test_pages_open_no_file_but_the_list_of_what_was_built() -> None:
    opening = r"open|io\.open|.*\.(read_text|read_bytes|write_text|write_bytes)|send_file|send_from_directory"
    found = {place for place, node in nodes("web") if re.fullmatch(opening, ast.unparse(node.func))}
    assert found == {"web/assets.py"}


def test_whatever_is_asked_over_a_network_has_a_limit_of_time() -> None:
    asking = r".*urlopen|requests\.\w+|httpx\.\w+|.*HTTPS?Connection|.*SMTP(_SSL)?|socket\.create_connection"
    for package in PACKAGES:
        for place, node in nodes(package):
            if re.fullmatch(asking, ast.unparse(node.func)):
                assert "timeout" in {word.arg for word in node.keywords}, (place, node.lineno)
