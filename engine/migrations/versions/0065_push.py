"""Tell people on their devices, by Web Push.

Revision ID: 0065
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_MEDIA = "'email', 'sms', 'voice', 'push'"
_STATEMENTS = (
    *(
        statement
        for table in ("contact_point", "message", "delivery")
        for statement in (
            f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_medium",
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_medium CHECK (medium IN ({_MEDIA}))",
        )
    ),
    """
CREATE TABLE push_device (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_push_device PRIMARY KEY (id),
    CONSTRAINT uq_push_device_digest UNIQUE (digest),
    CONSTRAINT fk_push_device_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
)
""",
    "CREATE INDEX ix_push_device_user_id ON push_device (user_id)",
)
# As in 0001: beyond reading.
PRIVILEGES = {"push_device": ["INSERT", "UPDATE (key_id, sealed)", "DELETE"]}


def upgrade() -> None:
    """Let devices be a medium, and create their table."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
