"""Let a message for another case wait for what allows that an agency there be told.

Revision ID: 0038
Create Date: 2026-06-08
"""

from __future__ import annotations

from alembic import context, op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"outgoing": ["UPDATE (asks_agency_id, asks_purpose)"]}


def upgrade() -> None:
    """Name the agency that must not be told yet, and the purpose."""
    op.execute('ALTER TABLE outgoing ADD COLUMN asks_agency_id UUID, ADD COLUMN asks_purpose TEXT COLLATE "C"')
    op.execute(
        "ALTER TABLE outgoing ADD CONSTRAINT fk_outgoing_asks_agency_id FOREIGN KEY (asks_agency_id)"
        " REFERENCES agency (id)"
    )
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
