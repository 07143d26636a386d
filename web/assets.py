"""The built style sheet, script and icons: their names carry a hash, so they are looked up in Vite's manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ConfigurationError

_DIST = Path(__file__).parent / "static" / "dist"


@dataclass(frozen=True, slots=True)
class Assets:
    """Paths below /static of what every page loads, and of what only a page with a diagram does."""

    script: str
    styles: tuple[str, ...]
    icons: str
    diagram: str
    diagram_styles: tuple[str, ...]


def load(dist: Path = _DIST) -> Assets:
    """Read the manifest. ConfigurationError when the assets have not been built."""
    try:
        manifest = json.loads((dist / "manifest.json").read_bytes())
    except FileNotFoundError:
        message = f"the web assets are not built: {dist} has no manifest.json; run `make assets`"
        raise ConfigurationError(message) from None
    entry, diagram = manifest["src/main.js"], manifest["src/diagram.js"]
    return Assets(
        script=f"dist/{entry['file']}",
        styles=tuple(f"dist/{name}" for name in entry.get("css", ())),
        icons=f"dist/{manifest['sprites.svg']['file']}",
        diagram=f"dist/{diagram['file']}",
        diagram_styles=tuple(f"dist/{name}" for name in diagram.get("css", ())),
    )
