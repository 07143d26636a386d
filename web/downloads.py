"""Files on their way out: to be saved, never shown, under a name and a type of ours."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from flask import Response

import forms
from engine.cases.files import Download


def answer(found: Download) -> Response:
    """Give a file. The name that it came with stays on the page: a folder of downloads is seen by others too."""
    # Put together here, because the session that opens the parts ends with the command.
    response = Response(b"".join(found.parts), mimetype="application/octet-stream")
    response.headers["Content-Type"] = forms.TYPES[found.file.kind]
    response.headers["Content-Disposition"] = f'attachment; filename="file{forms.SUFFIXES[found.file.kind]}"'
    return response


def table(name: str, head: Iterable[object], rows: Iterable[Iterable[object]]) -> Response:
    """Give a table for a spreadsheet: semicolons and a mark of UTF-8, as spreadsheets here read them."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(_defused, head))
    writer.writerows(map(_defused, row) for row in rows)
    response = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _defused(cell: object) -> str:
    """Write a cell so that no spreadsheet takes it for a formula (OWASP, CSV injection)."""
    said = "" if cell is None else str(cell)
    return f"'{said}" if said.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else said
