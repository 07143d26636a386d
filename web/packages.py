"""What is handed over to whoever asked what is kept about her: a page that any browser opens with its passphrase.

The letter and the data are one document, sealed; around it stands a page with the little program that opens it, which
may load nothing and send nothing. Nothing of it is written anywhere on the way out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from flask import Response, current_app, render_template

from engine import envelope
from engine.oversight.disclosure import Package
from engine.oversight.her_data import Entry
from web import answers, clocks, data_request_words
from web.answers import Line
from web.translation import gettext as _

NAME = "documento.html"
"""What a package is called as a file: nothing that says what it is."""

_PROGRAM = "envelope.js"
_YES_OR_NO = ("given", "authority")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an entry in words, and its name in it."""

    name: str
    line: Line


def values(entry: Entry) -> list[Value]:
    """Say what an entry holds, value by value."""
    return [Value(name, _line(entry, name)) for name in entry.values]


def answer(package: Package, passphrase: str) -> Response:
    """Give a package as a file. Raises InvalidValue for a passphrase that was not drawn here."""
    response = Response(sealed(package, passphrase), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{NAME}"'
    return response


def sealed(package: Package, passphrase: str) -> str:
    """Give the page that opens with the passphrase and shows what is handed over. Raises as `answer`."""
    letter = render_template("package.html", package=package, values=values, words=data_request_words)
    content = {"page": letter, "files": {key: _coded(content) for key, content in package.contents.items()}}
    return _around(envelope.seal(json.dumps(content).encode(), passphrase))


def _line(entry: Entry, name: str) -> Line:
    if entry.form is not None and name in entry.form.fields:
        (line,) = answers.lines(entry.form, {name: entry.values[name]}, entry.files)
        return line
    said = entry.values[name]
    if name in _YES_OR_NO:
        said = _("sì") if said == "si" else _("no")
    elif isinstance(said, datetime):
        said = clocks.stamp(said)
    return Line(str(data_request_words.NAMES.get(name, name.replace("_", " "))), str(said), [], [])


def _around(content: envelope.Envelope) -> str:
    """Put what is sealed into the page that opens it; of programs that page runs this one only, by its digest."""
    program = current_app.jinja_env.get_template(_PROGRAM).render()
    return render_template(
        "envelope.html",
        digest=_coded(hashlib.sha256(program.encode()).digest()),
        iterations=envelope.ITERATIONS,
        salt=_coded(content.salt),
        nonce=_coded(content.nonce),
        content=_coded(content.content),
    )


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
