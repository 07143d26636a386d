"""Add what the REST API needs: its tokens, and the answers that it gives again.

Revision ID: 0003
Create Date: 2026-02-16
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As in 0001: beyond reading.
PRIVILEGES = {
    "api_token": ["INSERT", "UPDATE (last_used_at, revoked_at)"],
    "stored_answer": ["INSERT", "DELETE"],
}


def upgrade() -> None:
    """Create the tables and grant the application role what it does with them."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
