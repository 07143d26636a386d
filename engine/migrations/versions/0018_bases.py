"""Keep what allows an agency to be told of a case, the texts it was asked with, and pauses of paths and clocks.

Revision ID: 0018
Create Date: 2026-06-01
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {
    "consent_text": ["INSERT"],
    "basis": [
        "INSERT",
        "UPDATE (ended_at, ended_recorded_at, ended_by_id, ended_manner, ended_why, reviewed_at, reviewed_by_id)",
    ],
    "case_pause": ["INSERT", "UPDATE (resumed_at, resumed_recorded_at, resumed_by_id)"],
    "deadline_pause": ["INSERT", "UPDATE (until)"],
    "case_file": ["UPDATE (held_since, held_until)"],
    "user_task": ["UPDATE (held_since)"],
    "deadline": ["UPDATE (due_at)"],
    "rung": ["UPDATE (due_at)"],
}


def upgrade() -> None:
    """Create the tables, and let clocks and rungs stand still."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
