"""Hand a case over from agency to agency: who sent it to whom, for what and on which basis, and what was told.

Revision ID: 0028
Create Date: 2026-06-03
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {
    "handover": [
        "INSERT",
        "UPDATE (to_agency_id, state, basis_id, sent_at, sent_by_id, answered_at, answered_by_id, on_behalf_of_id)",
        "UPDATE (key_version, sealed)",
    ],
    "case_participation": ["UPDATE (entered_by, purpose, basis_id, fields, handover_id, ends_with, ended_why)"],
    "user_task": ["UPDATE (handover)"],
}


def upgrade() -> None:
    """Create the table; whoever takes part until now came by a step, and reads what the process holds."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
