"""Keep of which days it was told that nobody is on call.

Revision ID: 0067
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE roster_gap_told (
    roster_id UUID NOT NULL,
    network_id UUID NOT NULL,
    day DATE NOT NULL,
    near BOOLEAN NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_roster_gap_told PRIMARY KEY (roster_id, day, near),
    CONSTRAINT fk_roster_gap_told_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_roster_gap_told_roster_id FOREIGN KEY (roster_id) REFERENCES roster (id)
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {"roster_gap_told": ["INSERT", "DELETE"]}


def upgrade() -> None:
    """Create the table."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
