"""Files on their way out: to be saved, never shown, under a name and a type of ours."""

from __future__ import annotations

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
