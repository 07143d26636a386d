"""Say in rows when processes begin by themselves.

Revision ID: 0021
Create Date: 2026-06-01
"""

from __future__ import annotations

from alembic import context, op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE scheduled_start (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    definition_id UUID NOT NULL,
    start_event TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    span TEXT COLLATE "C",
    number INTEGER NOT NULL,
    last_number INTEGER,
    try_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    failure_code TEXT COLLATE "C",
    CONSTRAINT pk_scheduled_start PRIMARY KEY (id),
    CONSTRAINT fk_scheduled_start_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_scheduled_start_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id)
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {
    "scheduled_start": ["INSERT", "UPDATE (due_at, number, try_at, attempts, failure_code)", "DELETE"],
}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for column in ("network_id", "definition_id", "try_at"):
        op.execute(f"CREATE INDEX ix_scheduled_start_{column} ON scheduled_start ({column})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
