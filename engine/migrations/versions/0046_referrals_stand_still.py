"""A referral that waits stands still while her path does: its end moves by what it stood still.

Revision ID: 0046
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

# As in 0001: beyond what they had.
PRIVILEGES = {"referral": ["UPDATE (counts_from, due_at)"], "received_referral": ["UPDATE (due_at)"]}


def upgrade() -> None:
    """Keep from when its time counts; until now that was when it was sent."""
    op.execute("ALTER TABLE referral ADD COLUMN counts_from TIMESTAMPTZ")
    op.execute("UPDATE referral SET counts_from = sent_at")
    op.execute("ALTER TABLE referral ALTER COLUMN counts_from SET NOT NULL")
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
