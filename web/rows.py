"""Repeated groups on a page without JavaScript: rows are added and removed by buttons that send the whole form."""

from __future__ import annotations

import re
from typing import TypeAlias

from werkzeug.datastructures import MultiDict

import forms

Post: TypeAlias = MultiDict[str, str]

# The post's name for what is asked of the rows: `figli.+` adds one at the end, `figli.2.-` removes that one.
ROWS = "_righe"

_ASKED = re.compile(r"(?P<key>[a-z][a-z0-9_]*)\.(?:\+|(?P<number>\d{1,3})\.-)", re.ASCII)


def arranged(form: forms.Form, post: Post) -> Post:
    """Return the post as its rows are after what was asked of them, numbered from 0 in the order of the page."""
    asked = _ASKED.fullmatch(post.get(ROWS, ""))
    for key, component in form.fields.items():
        if component.row is None:
            continue
        numbers = forms.row_numbers(post, key)
        if asked and asked["key"] == key:
            numbers = _changed(numbers, asked["number"], component.constraints.max_rows or 0)
        post = _renumbered(post, key, numbers)
    return post


def undeclared(form: forms.Form, post: Post) -> list[str]:
    """Return what was sent and is no question: no page of ours sends it, and nothing unknown may slip through."""
    return [name for name in post if not name.startswith("_") and not _declared(form, post, name)]


def _changed(numbers: list[str], removed: str | None, most: int) -> list[str]:
    if removed is not None:
        return [number for number in numbers if number != removed]
    free = next(str(number) for number in range(len(numbers) + 1) if str(number) not in numbers)
    return [*numbers, free] if len(numbers) < most else numbers


def _renumbered(post: Post, key: str, numbers: list[str]) -> Post:
    renamed = {number: str(at) for at, number in enumerate(numbers)}
    changed: Post = MultiDict()
    for name, value in post.items(multi=True):
        parts = name.split(".")
        if name == key:
            continue
        if parts[0] != key:
            changed.add(name, value)
        elif parts[1] in renamed:
            changed.add(".".join([key, renamed[parts[1]], *parts[2:]]), value)
    changed.setlist(key, list(renamed.values()))
    return changed


def _declared(form: forms.Form, post: Post, name: str) -> bool:
    if forms.field_named(form, name) is None:
        return False
    parts = name.split(".")
    return len(parts) == 1 or parts[1] in post.getlist(parts[0])
