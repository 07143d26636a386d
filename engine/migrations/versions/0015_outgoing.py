"""Keep messages that nobody has taken yet, and what is on its way from one case to another.

Revision ID: 0015
Create Date: 2026-05-18
"""

from __future__ import annotations

from alembic import context, op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE outgoing (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    from_case_id UUID NOT NULL,
    to_case_id UUID,
    name TEXT COLLATE "C" NOT NULL,
    correlation_key TEXT COLLATE "C",
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    key_version INTEGER,
    sealed BYTEA,
    CONSTRAINT pk_outgoing PRIMARY KEY (id),
    CONSTRAINT fk_outgoing_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_outgoing_from_case_id FOREIGN KEY (from_case_id) REFERENCES case_file (id),
    CONSTRAINT fk_outgoing_to_case_id FOREIGN KEY (to_case_id) REFERENCES case_file (id)
)
"""
_INDEXES = (
    "CREATE INDEX ix_outgoing_from_case_id ON outgoing (from_case_id)",
    "CREATE INDEX ix_outgoing_to_case_id ON outgoing (to_case_id) WHERE to_case_id IS NOT NULL",
    "CREATE INDEX ix_outgoing_kept ON outgoing (sent_at) WHERE to_case_id IS NULL",
    # A network's signal looks for those who wait for it in other cases.
    "CREATE INDEX ix_signal_subscription_network ON signal_subscription (network_id, name) WHERE network",
)
# As in 0001: beyond reading.
PRIVILEGES = {"outgoing": ["INSERT", "UPDATE (to_case_id)", "DELETE"]}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for index in _INDEXES:
        op.execute(index)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
