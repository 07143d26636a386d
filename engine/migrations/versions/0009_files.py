"""Keep files that belong to answers, sealed in parts.

Revision ID: 0009
Create Date: 2026-03-16
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As in 0001: beyond reading. What an answer names is never deleted; what was only handed in is.
PRIVILEGES = {
    "attachment": ["INSERT", "UPDATE (kept_at)", "DELETE"],
    "attachment_part": ["INSERT"],
}


def upgrade() -> None:
    """Create the tables and grant the application role what it does with them."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
