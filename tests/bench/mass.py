"""Many rows at once: one case is made by the product, then copied by SQL with all that hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine import db
from engine.cases import lifecycle
from tests.bench.installation import PROCESS, Installation

# Parents first. What a row is called in the copy is a hash of what it was called and of the number of the copy, so
# that rows which name each other do so in the copy too.
_TABLES = {
    "case_file": ("id",),
    "case_participation": ("id", "case_id"),
    "case_key": ("case_id",),
    "process_instance": ("id", "case_id"),
    "case_state": ("instance_id", "case_id"),
    "user_task": ("id", "case_id", "instance_id"),
    "deadline": ("id", "case_id", "task_id"),
    "rung": ("id", "case_id", "deadline_id"),
    "timer": ("id", "case_id", "instance_id"),
}
_SPREAD = {"case_file": ("opened_at", "next_due_at"), "user_task": ("created_at", "due_at"), "rung": ("due_at",)}
_SPREAD |= {"deadline": ("starts_at", "due_at"), "timer": ("due_at",)}


def open_tasks(installation: Installation, wanted: int) -> None:
    """See that there are so many open tasks, created over the last days: some late, most not yet."""
    ((there,),) = installation.sql("SELECT count(*) FROM user_task WHERE state = 'open'")
    copies(installation, PROCESS, wanted - int(str(there)), "(random() * 30 - 20) * interval '1 hour'")


def copies(installation: Installation, key: str, number: int, shift: str) -> None:
    """Start a case of a process and copy it so many times; `shift` moves the instants of each copy."""
    lanes = {"cav": installation.agency_id}
    with db.transaction() as session:
        case = lifecycle.start(session, installation.actor, key, lanes=lanes)
    installation.sql("CREATE UNLOGGED TABLE IF NOT EXISTS copy (number int, shift interval)")
    installation.sql("TRUNCATE copy")
    installation.sql(f"INSERT INTO copy SELECT n, {shift} FROM generate_series(1, {number:d}) AS n")
    with _unchecked(installation):
        for table, keys in _TABLES.items():
            _copy(installation, table, keys, str(case.id))
    installation.sql("DROP TABLE copy")
    installation.sql("VACUUM ANALYZE")


@contextmanager
def _unchecked(installation: Installation) -> Iterator[None]:
    """Let rows come in without a look at what they name: it takes longer than all else; later ones are looked at."""
    query = """
        SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND conrelid::regclass::text = ANY (%(tables)s)
    """
    keys = installation.sql(query, tables=[*_TABLES])
    for table, name, _definition in keys:
        installation.sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in keys:
        whole = str(definition).removesuffix(" NOT VALID")
        installation.sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {whole} NOT VALID")


def _copy(installation: Installation, table: str, keys: tuple[str, ...], case_id: str) -> None:
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped"
    names = [str(name) for (name,) in installation.sql(query, table=table)]
    chosen = {name: f"original.{name}" for name in names}
    chosen |= {name: f"md5(original.{name}::text || copy.number)::uuid" for name in keys}
    chosen |= {name: f"original.{name} + copy.shift" for name in _SPREAD.get(table, ())}
    if table == "case_file":
        chosen["code"] = "original.code || copy.number || '-' || clock_timestamp()::text"
    of_case = "id" if table == "case_file" else "case_id"
    installation.sql(
        f"INSERT INTO {table} ({', '.join(chosen)}) SELECT {', '.join(chosen.values())}"
        f" FROM {table} AS original, copy WHERE original.{of_case} = %(case)s",
        case=case_id,
    )


# What moving a case writes, parents first.
_MOVED = (
    *_TABLES,
    "case_event",
    "audit_entry",
    "notice",
    "incident",
    "message_subscription",
    "form_submission",
    "draft",
)


def clear(installation: Installation) -> None:
    """Take all cases away."""
    installation.sql("TRUNCATE case_file, audit_entry, audit_unsealed, audit_seal CASCADE")


def save(installation: Installation) -> None:
    """Keep all cases as they stand, to be brought back by `restore`."""
    for table in _MOVED:
        installation.sql(f"CREATE UNLOGGED TABLE saved_{table} AS SELECT * FROM {table}")


def restore(installation: Installation) -> None:
    """Bring all cases back to where they stood."""
    clear(installation)
    for table in _MOVED:
        installation.sql(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM saved_{table}")
    installation.sql("SELECT setval(pg_get_serial_sequence('case_event', 'id'), 1000000000)")
    installation.sql("SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), 1000000000)")
    installation.sql("VACUUM ANALYZE")
