"""Give people their deadlines in their own calendars, by an address that only they have.

Revision ID: 0060
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE calendar_feed (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    user_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_calendar_feed PRIMARY KEY (id),
    CONSTRAINT uq_calendar_feed_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_calendar_feed_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_calendar_feed_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
)
""",
    "CREATE UNIQUE INDEX uq_calendar_feed_live ON calendar_feed (user_id, network_id) WHERE revoked_at IS NULL",
)
# As in 0001: beyond reading.
PRIVILEGES = {"calendar_feed": ["INSERT", "UPDATE (read_at, revoked_at)"]}


def upgrade() -> None:
    """Create the table and its index."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
