"""All that a command has added and changed, written by one statement.

What a statement costs is mostly the statement, not its rows: building, sending, planning it. SQLAlchemy writes one for
each table and kind of change, ten or more for a completed task. Here they are the parts of one, as data-modifying WITH
queries: an INSERT for each table from a JSON list of its rows, an UPDATE for each changed row. PostgreSQL checks
foreign keys at the end of the statement, so rows may name each other in any order. Unique constraints it checks row by
row: flush between two changes where the second needs the first to be there. No row is added and deleted by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import JSON, Column, Identity, LargeBinary, event, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstanceState, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
_quote: Callable[[str], str] = _DIALECT.identifier_preparer.quote

# What an UPDATE is made of: its table and the columns that it sets.
_Change: TypeAlias = tuple[str, tuple[str, ...]]


# Where in session.info the rows stand that no object holds.
_APPENDED = "appended"
_REMOVED = "removed"


class CommandSession(Session):
    """A session that writes by one statement; deletions of objects are left to SQLAlchemy."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what is new and changed, also where that is no object's row."""
        if not self._flushing and self._is_clean() and (_APPENDED in self.info or _REMOVED in self.info):
            _write(self)
        super().flush(objects)


def append(session: Session, row_class: type[Any], **values: Any) -> None:
    """Add a row that this command does not look at again, with the next that are written.

    No object is made for it: that of SQLAlchemy costs several times what the row does.
    """
    session.info.setdefault(_APPENDED, []).append((row_class, values))


def remove(session: Session, row_class: type[Any], ids: Iterable[UUID]) -> None:
    """Delete rows of which the command holds no object, by their `id`, with the next that are written."""
    session.info.setdefault(_REMOVED, {}).setdefault(_kind(row_class).table, []).extend(map(str, ids))


@event.listens_for(CommandSession, "after_soft_rollback")
def _forget(session: Session, *_: object) -> None:
    # What came before the savepoint was written when it was made.
    session.info.pop(_APPENDED, None)
    session.info.pop(_REMOVED, None)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column as it is written: the attribute that holds it, what it is by default, how JSON has it."""

    key: str
    name: str
    default: Callable[[], Any]
    encode: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """A class of rows: where they stand, what they are made of, and whether the database numbers them."""

    table: str
    fields: dict[str, _Field]
    keys: tuple[str, ...]
    numbered: bool


@event.listens_for(CommandSession, "before_flush")
def _write(session: Session, *_: object) -> None:
    new, changed = list(session.new), _changes(session)
    appended: list[tuple[type[Any], dict[str, Any]]] = session.info.pop(_APPENDED, [])
    removed: dict[str, list[str]] = session.info.pop(_REMOVED, {})
    if not (new or changed or appended or removed):
        return
    added: dict[str, list[dict[str, Any]]] = {}
    for row_class, held in [*((type(row), vars(row)) for row in new), *appended]:
        kind = _kind(row_class)
        added.setdefault(kind.table, []).append(_filled(kind, held))
    updates = [_update(row, keys) for row, keys in changed]
    # In one order whatever the session's: the same rows are the same statement, which the database has planned already.
    added, updates = dict(sorted(added.items())), sorted(updates, key=lambda update: (update[0].table, update[1]))
    changes = tuple((kind.table, names) for kind, names, _ in updates)
    statement = _statement(tuple(added), changes, tuple(sorted(removed)))
    content = {**added, "": [values for _, _, values in updates], "-": removed}
    found = session.connection().exec_driver_sql(statement, {"rows": orjson.dumps(content).decode()}).scalar_one()
    if found != len(updates):
        raise StaleDataError(f"{len(updates)} rows were to be changed, {found} were there")
    _settle(session, new, changed)


def _changes(session: Session) -> list[tuple[Any, list[str]]]:
    """Give the rows that have other values than the database, with the attributes in question."""
    found = []
    for row in session.dirty:
        state: InstanceState[Any] = inspect(row)
        fields = _kind(type(row)).fields
        keys = [key for key, before in state.committed_state.items() if key in fields and state.dict[key] != before]
        if keys:
            found.append((row, keys))
    return found


def _filled(kind: _Kind, held: dict[str, Any]) -> dict[str, Any]:
    """Give a new row for JSON; attributes that were not set get their defaults."""
    values = {}
    for key, field in kind.fields.items():
        value = held.get(key)
        if value is None and key not in held:
            value = held[key] = field.default()
        values[field.name] = field.encode(value) if field.encode is not None and value is not None else value
    return values


def _update(row: Any, keys: Iterable[str]) -> tuple[_Kind, tuple[str, ...], dict[str, Any]]:
    kind, held = _kind(type(row)), vars(row)
    fields = [kind.fields[key] for key in sorted(keys)]
    values = {}
    for field in [*fields, *(kind.fields[key] for key in kind.keys)]:
        value = held[field.key]
        values[field.name] = field.encode(value) if field.encode is not None and value is not None else value
    return kind, tuple(field.name for field in fields), values


def _settle(session: Session, new: list[Any], changed: list[tuple[Any, list[str]]]) -> None:
    """Let the session take the rows for what they are now. Those that the database numbers it lets go: none changes."""
    for row in new:
        session.expunge(row)
        if not _kind(type(row)).numbered:
            make_transient_to_detached(row)
            session.add(row)
    for row, keys in changed:
        for key in keys:
            set_committed_value(row, key, vars(row)[key])


@lru_cache(maxsize=1000)
def _statement(added: tuple[str, ...], changed: tuple[_Change, ...], removed: tuple[str, ...]) -> str:
    """Write the statement for rows of these tables and these changes; it gives the number of rows that it changed."""
    # Read once, and not anew for each of them.
    parts = [_insertion(number, table) for number, table in enumerate(added)]
    parts += [_alteration(number, *change) for number, change in enumerate(changed)]
    parts += [_deletion(number, table) for number, table in enumerate(removed)]
    counts = [f"(SELECT count(*) FROM changed_{number})" for number in range(len(changed))]  # noqa: S608 - a number  # nosec B608
    return f"WITH {', '.join(parts)} SELECT {' + '.join(counts) or '0'}"


def _insertion(number: int, table: str) -> str:
    columns = ", ".join(_quote(field.name) for field in _by_table[table].fields.values())
    rows = f"jsonb_populate_recordset(NULL::{_quote(table)}, %(rows)s::jsonb -> '{table}')"
    return f"added_{number} AS (INSERT INTO {_quote(table)} ({columns}) SELECT {columns} FROM {rows})"  # noqa: S608 - our tables' names  # nosec B608


def _alteration(number: int, table: str, columns: tuple[str, ...]) -> str:
    kind = _by_table[table]
    record = f"jsonb_populate_record(NULL::{_quote(table)}, %(rows)s::jsonb -> '' -> {number})"
    values = ", ".join(f"{_quote(name)} = after.{_quote(name)}" for name in columns)
    keys = [_quote(kind.fields[key].name) for key in kind.keys]
    same = " AND ".join(f"{_quote(table)}.{name} = after.{name}" for name in keys)
    update = f"UPDATE {_quote(table)} SET {values} FROM {record} AS after WHERE {same} RETURNING 1"  # noqa: S608 - our tables' names  # nosec B608
    return f"changed_{number} AS ({update})"


def _deletion(number: int, table: str) -> str:
    ids = f"SELECT jsonb_array_elements_text(%(rows)s::jsonb -> '-' -> '{table}')::uuid"
    # An array, and no join: PostgreSQL takes a list of unknown length for so long that it would go through the table.
    return f"removed_{number} AS (DELETE FROM {_quote(table)} WHERE id = ANY (ARRAY({ids})))"  # noqa: S608 - our tables' names  # nosec B608


_kinds: dict[type[Any], _Kind] = {}
_by_table: dict[str, _Kind] = {}


def _kind(row_class: type[Any]) -> _Kind:
    known = _kinds.get(row_class)
    if known is None:
        known = _kinds[row_class] = _described(row_class)
        _by_table[known.table] = known
    return known


def _described(row_class: type[Any]) -> _Kind:
    mapper = inspect(row_class)
    columns = {attribute.key: attribute.columns[0] for attribute in mapper.column_attrs}
    numbered = any(isinstance(column.server_default, Identity) for column in columns.values())
    return _Kind(
        table=str(mapper.local_table.name),
        fields={
            key: _Field(key, str(column.name), _default(column), _encoder(column))
            for key, column in columns.items()
            if not isinstance(column.server_default, Identity)
        },
        keys=tuple(key for key, column in columns.items() if column.primary_key),
        numbered=numbered,
    )


def _default(column: Column[Any]) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    if default.is_callable:
        return lambda: default.arg(None)  # type: ignore[attr-defined] # SQLAlchemy hands a context to every callable
    return lambda: default.arg  # type: ignore[attr-defined]


def _encoder(column: Column[Any]) -> Callable[[Any], Any] | None:
    """Say what has to be done to a value besides orjson's own ways; its type checks it as in any other statement."""
    if isinstance(column.type, LargeBinary):
        return lambda value: "\\x" + value.hex()
    if isinstance(column.type, JSON):
        return None
    return column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
