"""A question on a step that her pause holds stands still with it: its end moves by what it stood still.

Revision ID: 0056
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

# As in 0001: beyond what they had.
PRIVILEGES = {"question": ["UPDATE (counts_from, due_at)"]}


def upgrade() -> None:
    """Keep from when its time counts; until now that was when it was asked."""
    op.execute("ALTER TABLE question ADD COLUMN counts_from TIMESTAMPTZ")
    op.execute("UPDATE question SET counts_from = asked_at")
    op.execute("ALTER TABLE question ALTER COLUMN counts_from SET NOT NULL")
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
