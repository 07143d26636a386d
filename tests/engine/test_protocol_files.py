from __future__ import annotations

from pathlib import Path

import pytest

from engine import protocol_files
from engine.errors import ConfigurationError


def test_the_shipped_protocols_are_found_with_their_parameters() -> None:
    sources = protocol_files.read([protocol_files.shipped()])
    assert {"accoglienza_cav.bpmn", "valutazione_rischio.bpmn"} <= set(sources.diagrams)
    assert b"D03.alto" in protocol_files.shipped_parameters()


def test_files_and_folders_are_read_by_their_kind(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "a.bpmn").write_bytes(b"A")
    (tmp_path / "deep" / "er" / "scheda.form").write_bytes(b"F")
    (tmp_path / "deep" / "README.md").write_bytes(b"no")
    (tmp_path / "b.bpmn").write_bytes(b"B")
    sources = protocol_files.read([tmp_path / "deep", tmp_path / "b.bpmn"])
    assert sources == protocol_files.Sources({"a.bpmn": b"A", "b.bpmn": b"B"}, {"scheda": b"F"})


def test_the_same_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(b"A")
    assert len(protocol_files.read([tmp_path, tmp_path / "a.bpmn"]).diagrams) == 1


def test_two_files_of_one_name_that_differ_are_refused(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.bpmn").write_text(folder)
    with pytest.raises(ConfigurationError, match="same name"):
        protocol_files.read([tmp_path])


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        protocol_files.read([tmp_path / "no.bpmn"])
    with pytest.raises(ConfigurationError, match="holds no"):
        protocol_files.read([tmp_path])
