"""Note of each erasure when it was written into the file that is kept outside the database.

Revision ID: 0029
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"erasure": ["UPDATE (kept_at)"]}


def upgrade() -> None:
    """Add the column; what was erased until now is written as soon as a worker runs."""
    op.execute("ALTER TABLE erasure ADD COLUMN kept_at TIMESTAMP WITH TIME ZONE")
    op.execute("CREATE INDEX ix_erasure_not_kept ON erasure (decided_at) WHERE state = 'done' AND kept_at IS NULL")
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
