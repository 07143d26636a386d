"""Keep the agreements under which a network shows how long its workers take (art. 4 L. 300/1970).

Revision ID: 0041
Create Date: 2026-06-14
"""

from __future__ import annotations

from alembic import context, op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE timing_agreement (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    number TEXT NOT NULL,
    signed_on DATE NOT NULL,
    signed_by TEXT NOT NULL,
    document_sha256 TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    switched_on_by_id UUID NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by_id UUID,
    ended_reason TEXT,
    CONSTRAINT pk_timing_agreement PRIMARY KEY (id),
    CONSTRAINT fk_timing_agreement_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_timing_agreement_switched_on_by_id FOREIGN KEY (switched_on_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_timing_agreement_ended_by_id FOREIGN KEY (ended_by_id) REFERENCES user_account (id)
)
"""
# As in 0001: beyond reading. An agreement is put on file, and ended; what it says is never changed.
PRIVILEGES = {"timing_agreement": ["INSERT", "UPDATE (ended_at, ended_by_id, ended_reason)"]}


def upgrade() -> None:
    """Create the table and its index."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    op.execute("CREATE UNIQUE INDEX uq_timing_agreement_on ON timing_agreement (network_id) WHERE ended_at IS NULL")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
