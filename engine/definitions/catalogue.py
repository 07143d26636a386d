"""The forms that come with the product, as files by their ids."""

from __future__ import annotations

from importlib.resources import files


def shipped() -> dict[str, bytes]:
    """Give every form of `forms/catalog`: form id -> form-js JSON."""
    folder = files("forms") / "catalog"
    return {
        entry.name.removesuffix(".form"): entry.read_bytes()
        for entry in folder.iterdir()
        if entry.name.endswith(".form")
    }
