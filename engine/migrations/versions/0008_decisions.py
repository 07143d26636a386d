"""Deploy decision tables with protocols, record the decisions that are made, and let a parameter be a switch.

Revision ID: 0008
Create Date: 2026-04-06
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# As in 0001: beyond reading. None of these rows is ever changed.
PRIVILEGES = {
    "deployed_decision": ["INSERT"],
    "decision_record": ["INSERT"],
    "task_explanation": ["INSERT"],
}


def upgrade() -> None:
    """Create the tables, widen the parameters, and grant the application role what it does with them."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
