"""Tell programs of a network what its people are told: webhooks.

Revision ID: 0059
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0059"
down_revision = "0062"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE webhook (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    url TEXT NOT NULL,
    secret_version INTEGER NOT NULL,
    rotated_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id UUID,
    failing_since TIMESTAMP WITH TIME ZONE,
    retry_at TIMESTAMP WITH TIME ZONE,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook PRIMARY KEY (id),
    CONSTRAINT fk_webhook_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_webhook_created_by_id FOREIGN KEY (created_by_id) REFERENCES user_account (id)
)
""",
    "CREATE INDEX ix_webhook_network_id ON webhook (network_id)",
    """
CREATE TABLE webhook_event (
    id UUID NOT NULL,
    webhook_id UUID NOT NULL,
    notice_id UUID,
    state VARCHAR(40) NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    status INTEGER,
    error TEXT,
    CONSTRAINT pk_webhook_event PRIMARY KEY (id),
    CONSTRAINT uq_webhook_event_webhook_id_notice_id UNIQUE (webhook_id, notice_id),
    CONSTRAINT ck_webhook_event_eventstatus CHECK (state IN ('waiting', 'sent', 'failed')),
    CONSTRAINT fk_webhook_event_webhook_id FOREIGN KEY (webhook_id) REFERENCES webhook (id),
    CONSTRAINT fk_webhook_event_notice_id FOREIGN KEY (notice_id) REFERENCES notice (id)
)
""",
    "CREATE INDEX ix_webhook_event_waiting ON webhook_event (next_at) WHERE state = 'waiting'",
    "CREATE INDEX ix_webhook_event_webhook ON webhook_event (webhook_id, created_at)",
)
# As in 0001: beyond reading. What became of an event is forgotten after a month.
PRIVILEGES = {
    "webhook": ["INSERT", "UPDATE (secret_version, rotated_at, failing_since, retry_at, disabled_at)"],
    "webhook_event": ["INSERT", "UPDATE (state, attempts, next_at, sent_at, status, error)", "DELETE"],
}


def upgrade() -> None:
    """Create the tables and their indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
