"""A form with every part of the profile, and a protocol of one step that asks it; for tests and for looking at."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from engine import db
from engine.definitions import deployment
from tests.engine.cases import protocols

KEY = "ogni_parte"
MEDICAL = {"confidentiality": "clinical"}


def picture() -> str:
    """Return a small grey PNG as a data URI."""
    rows = b"".join(b"\x00" + b"\x99" * 120 for _ in range(40))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 120, 40, 8, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(content).decode()


def field(kind: str, key: str, label: str, english: str, **more: Any) -> dict[str, Any]:
    properties = {**MEDICAL, "label.en": english, **more.pop("properties", {})}
    named = {"dateLabel": label, "timeLabel": label} if kind == "datetime" else {"label": label}
    content = {"type": kind, "id": f"campo_{key}", "key": key, **named, "properties": properties, **more}
    if kind in {"radio", "select", "checklist", "taglist"}:
        count = 14 if kind == "taglist" else 3
        content["values"] = [{"label": f"Risposta {n}", "value": f"r{n}"} for n in range(1, count + 1)]
        properties |= {f"option.r{n}.en": f"Answer {n}" for n in range(1, count + 1)}
    return content


PARTS: list[dict[str, Any]] = [
    {"type": "text", "id": "parole", "text": "Qui si prova ogni parte.", "properties": {"text.en": "Every part."}},
    field("textfield", "riga", "Una riga", "One line", validate={"required": True}, description="Al massimo 255.",
          properties={"description.en": "At most 255."}),
    field("textarea", "testo", "Un testo lungo", "A long text"),
    field("number", "numero", "Un numero", "A number", validate={"min": 0, "max": 9}),
    field("checkbox", "conferma", "Una conferma", "A confirmation"),
    field("radio", "una", "Una fra poche", "One of a few"),
    field("select", "scelta", "Una da un elenco", "One of a list"),
    field("checklist", "alcune", "Alcune fra poche", "Some of a few"),
    field("taglist", "molte", "Alcune fra molte", "Some of many"),
    {"type": "separator", "id": "linea"},
    field("datetime", "giorno", "Un giorno già passato", "A day gone by", subtype="date",
          properties={"max": "=today()"}),
    field("datetime", "ora", "Un'ora", "A time", subtype="time"),
    field("datetime", "momento", "Giorno e ora", "Day and time", subtype="datetime"),
    {"type": "spacer", "id": "spazio", "height": 40},
    {"type": "image", "id": "figura", "alt": "Un rettangolo grigio", "source": picture(),
     "properties": {"alt.en": "A grey rectangle"}},
    {"type": "dynamiclist", "id": "figli", "path": "figli", "label": "Figli", "isRepeating": True,
     "allowAddRemove": True, "defaultRepetitions": 1, "properties": {"label.en": "Children", "maxRows": "3"},
     "components": [
         field("number", "eta", "Età", "Age", validate={"required": True, "min": 0, "max": 17}),
         field("textfield", "scuola", "Scuola", "School", conditional={"hide": "=eta = null or eta < 3"}),
         field("checkbox", "vive_con_lei", "Vive con lei", "Lives with her"),
     ]},
    field("filepicker", "referto", "Il referto", "The report", accept=".pdf", validate={"required": True}),
    field("filepicker", "altri_file", "Altri file", "Other files", multiple=True, properties={"maxFiles": "2"}),
]  # fmt: skip
FORM = protocols.form(KEY, *PARTS)
DIAGRAM = protocols.process(
    KEY,
    [protocols.start("inizio"), protocols.task("passo", form=KEY), protocols.end("fatto")],
    [("inizio", "passo"), ("passo", "fatto")],
    lanes={"cav": "inizio passo fatto"},
)


def deploy(designer: Any) -> None:
    """Put the protocol in force; to be called without an open transaction."""
    with db.transaction() as session:
        deployment.deploy(session, designer, {f"{KEY}.bpmn": DIAGRAM}, forms_given={KEY: FORM})
