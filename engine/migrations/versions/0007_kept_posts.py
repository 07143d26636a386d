"""Keep what was typed into a page whose session had lapsed, and count what each token of the API asks for.

Revision ID: 0007
Create Date: 2026-03-30
"""

from __future__ import annotations

from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As in 0001: beyond reading.
PRIVILEGES = {
    "kept_post": ["INSERT", "DELETE"],
    "token_use": ["INSERT", "UPDATE (began_at, requests)"],
}

_STATEMENTS = """
CREATE TABLE kept_post (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    user_id UUID NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_kept_post PRIMARY KEY (id),
    CONSTRAINT fk_kept_post_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_kept_post_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
);
CREATE INDEX ix_kept_post_user_id ON kept_post (user_id);
CREATE INDEX ix_kept_post_created_at ON kept_post (created_at);
CREATE UNLOGGED TABLE token_use (
    token_id UUID NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    requests INTEGER NOT NULL,
    CONSTRAINT pk_token_use PRIMARY KEY (token_id)
);
ALTER TABLE stored_answer ADD COLUMN location TEXT
"""


def upgrade() -> None:
    """Create the tables and grant the application role what it does with them."""
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
