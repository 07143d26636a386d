"""Let a case be offered to several agencies.

Revision ID: 0034
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"handover": ["UPDATE (offered_to)"]}


def upgrade() -> None:
    """Add who a case stands offered to."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE handover ADD COLUMN offered_to UUID[] DEFAULT '{}' NOT NULL")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
