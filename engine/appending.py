"""Files that are only ever added to, a line at a time, so that they can be carried away as they grow."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def append(path: Path, line: bytes) -> None:
    """Add a line, and have it on the disk when this returns. OSError where the file cannot be written."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        # One write: a killed process leaves a whole line or none. Where a power cut tore one, begin a new one.
        os.write(descriptor, line + b"\n" if _ends_whole(path) else b"\n" + line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
