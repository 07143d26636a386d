"""Pass on what is urgent when a shift ends: what its end asks for is done once.

Revision ID: 0050
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_INDEX = """
CREATE INDEX ix_shift_ending ON shift (ends_at)
WHERE passed_on_at IS NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL
"""
PRIVILEGES = {"shift": ["UPDATE (note_asked_at, passed_on_at)"]}


def upgrade() -> None:
    """Add when a note was asked for and when the steps passed on, and the index that finds what is to be done."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for column in ("note_asked_at", "passed_on_at"):
        op.execute(f"ALTER TABLE shift ADD COLUMN {column} TIMESTAMP WITH TIME ZONE")
    op.execute(_INDEX)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
