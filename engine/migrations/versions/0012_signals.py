"""Say in rows which tokens wait for a signal, and which of these may come from another case.

Revision ID: 0012
Create Date: 2026-04-13
"""

from __future__ import annotations

from alembic import context, op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE signal_subscription (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    element_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    network BOOLEAN NOT NULL,
    CONSTRAINT pk_signal_subscription PRIMARY KEY (id),
    CONSTRAINT fk_signal_subscription_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_signal_subscription_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_signal_subscription_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id)
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {"signal_subscription": ["INSERT", "DELETE"]}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    op.execute("CREATE INDEX ix_signal_subscription_case_id ON signal_subscription (case_id)")
    op.execute("CREATE INDEX ix_signal_subscription_instance_id ON signal_subscription (instance_id)")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
