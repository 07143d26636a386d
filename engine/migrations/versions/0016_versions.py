"""Let running instances go over to another version of their process, and say of a draft that its form has changed.

Revision ID: 0016
Create Date: 2026-05-18
"""

from __future__ import annotations

from alembic import context, op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {
    "process_instance": ["UPDATE (definition_id)"],
    "user_task": ["UPDATE (definition_id, element_id, name, form_id)"],
    "draft": ["UPDATE (form_changed_at)"],
}


def upgrade() -> None:
    """Add the column and what may be changed."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE draft ADD COLUMN form_changed_at TIMESTAMP WITH TIME ZONE")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
