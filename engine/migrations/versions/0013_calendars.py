"""Keep opening hours of networks, areas and agencies, and on which clock a deadline was counted.

Revision ID: 0013
Create Date: 2026-04-13
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As in 0001: beyond reading.
PRIVILEGES = {
    "area": ["INSERT", "UPDATE (name)"],
    "network_agency": ["UPDATE (area_id)"],
    "timetable": ["INSERT", "UPDATE (week, open_on_holidays, out_of_hours, changed_at)"],
    "timetable_day": ["INSERT", "DELETE"],
}


def upgrade() -> None:
    """Create the tables; what ran until now ran on elapsed time, and goes on so."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
