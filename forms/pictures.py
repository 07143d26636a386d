"""Pictures in a form: only those that the file itself holds. A page of a case loads nothing from outside."""

import base64
import binascii
import re

from forms import contents
from forms.properties import Place
from forms.reading import Reading

MAX_BYTES = 100_000

_DATA = re.compile(r"data:image/(?P<kind>png|jpeg);base64,(?P<content>[A-Za-z0-9+/=\s]*)")


def source(place: Place, notes: Reading) -> str:
    """Take the picture of an `image` part; "" when it is refused."""
    given = place.content.get("source")
    match = _DATA.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        reason = "L'immagine non è nel modulo: caricarla da fuori direbbe a chi la ospita chi guarda la pagina."
        notes.report(place.where, reason, "Metterla come data:image/png;base64,… (o jpeg), o dirlo in un «text».")
        return ""
    content = _decoded(match["content"])
    if content is None or contents.kind_of(content) != match["kind"]:
        notes.report(place.where, "L'immagine non è quella che dice di essere.", "Metterla di nuovo, PNG o JPEG.")
        return ""
    if len(content) > MAX_BYTES:
        notes.report(place.where, f"L'immagine supera {MAX_BYTES // 1000} KB.", "Rimpicciolirla.")
        return ""
    return f"data:image/{match['kind']};base64,{base64.b64encode(content).decode('ascii')}"


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return None
