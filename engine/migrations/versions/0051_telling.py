"""Keep how people are reached outside the pages, and what is sent to them.

Notices that are there already are not sent: people have them.

Revision ID: 0051
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_MEDIA = "'email', 'sms', 'voice'"
_TABLES = f"""
CREATE TABLE contact_point (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    medium VARCHAR(40) NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by_id UUID,
    code_until TIMESTAMP WITH TIME ZONE,
    code_tries INTEGER NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    broken_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contact_point PRIMARY KEY (id),
    CONSTRAINT uq_contact_point_user_id_medium UNIQUE (user_id, medium),
    CONSTRAINT ck_contact_point_medium CHECK (medium IN ({_MEDIA})),
    CONSTRAINT fk_contact_point_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_contact_point_set_by_id FOREIGN KEY (set_by_id) REFERENCES user_account (id)
);
CREATE TABLE quiet_hours (
    user_id UUID NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    CONSTRAINT pk_quiet_hours PRIMARY KEY (user_id),
    CONSTRAINT ck_quiet_hours_of_a_day
        CHECK (since BETWEEN 0 AND 1439 AND until BETWEEN 0 AND 1439 AND since <> until),
    CONSTRAINT fk_quiet_hours_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
);
CREATE TABLE message (
    id UUID NOT NULL,
    network_id UUID,
    user_id UUID NOT NULL,
    medium VARCHAR(40) NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    urgency TEXT COLLATE "C" NOT NULL,
    state VARCHAR(40) NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    error TEXT COLLATE "C",
    provider_id TEXT COLLATE "C",
    answer BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    arrived_at TIMESTAMP WITH TIME ZONE,
    answered_at TIMESTAMP WITH TIME ZONE,
    answered_by TEXT COLLATE "C",
    CONSTRAINT pk_message PRIMARY KEY (id),
    CONSTRAINT uq_message_answer UNIQUE (answer),
    CONSTRAINT ck_message_medium CHECK (medium IN ({_MEDIA})),
    CONSTRAINT ck_message_purpose CHECK (purpose IN ('notices', 'code', 'test')),
    CONSTRAINT ck_message_messagestatus CHECK (state IN ('waiting', 'sent', 'failed', 'needless')),
    CONSTRAINT fk_message_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_message_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
);
CREATE TABLE delivery (
    notice_id UUID NOT NULL,
    user_id UUID NOT NULL,
    medium VARCHAR(40) NOT NULL,
    urgency TEXT COLLATE "C" NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE NOT NULL,
    message_id UUID,
    dropped_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (notice_id, user_id, medium),
    CONSTRAINT ck_delivery_medium CHECK (medium IN ({_MEDIA})),
    CONSTRAINT fk_delivery_notice_id FOREIGN KEY (notice_id) REFERENCES notice (id),
    CONSTRAINT fk_delivery_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_delivery_message_id FOREIGN KEY (message_id) REFERENCES message (id)
);
ALTER TABLE notice ADD COLUMN sent_out_at TIMESTAMP WITH TIME ZONE
"""
_INDEXES = (
    "CREATE INDEX ix_contact_point_digest ON contact_point (digest)",
    "CREATE INDEX ix_message_waiting ON message (medium, next_at) WHERE state = 'waiting'",
    "CREATE INDEX ix_message_user ON message (user_id, created_at)",
    "CREATE INDEX ix_message_provider ON message (provider_id) WHERE provider_id IS NOT NULL",
    "CREATE INDEX ix_delivery_waiting ON delivery (medium, not_before) WHERE message_id IS NULL AND dropped_at IS NULL",
    "CREATE INDEX ix_delivery_user_id ON delivery (user_id)",
    "CREATE INDEX ix_delivery_message_id ON delivery (message_id)",
    "UPDATE notice SET sent_out_at = created_at",
    "CREATE INDEX ix_notice_to_send ON notice (created_at) WHERE sent_out_at IS NULL",
)
# As in 0001: beyond reading.
PRIVILEGES = {
    "contact_point": [
        "INSERT",
        "UPDATE (key_id, sealed, digest, set_at, set_by_id, code_until, code_tries, verified_at, broken_at)",
        "DELETE",
    ],
    "quiet_hours": ["INSERT", "UPDATE (since, until)", "DELETE"],
    "message": [
        "INSERT",
        "UPDATE (state, attempts, next_at, error, provider_id, sent_at, arrived_at, answered_at, answered_by)",
    ],
    "delivery": ["INSERT", "UPDATE (message_id, dropped_at)"],
    "notice": ["UPDATE (sent_out_at)"],
}
# As in 0044: what hangs on a row of a case is shown as that is. The worker, who writes it, is shown everything.
_POLICY = (
    "(SELECT nullif(current_setting('staffetta.reach', true) = 'everything', false)) IS NOT NULL"
    " OR (SELECT true FROM notice WHERE notice.id = notice_id)"
)


def upgrade() -> None:
    """Create the tables; let each notice say since when it is sent out."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in (*_TABLES.split(";\n"), *_INDEXES):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
    op.execute("ALTER TABLE delivery ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON delivery USING ({_POLICY}) WITH CHECK ({_POLICY})")
