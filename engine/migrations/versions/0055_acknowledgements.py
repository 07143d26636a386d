"""Keep who has said that she has seen a late step: its ladder stands still meanwhile.

Revision ID: 0055
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE acknowledgement (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    user_id UUID NOT NULL,
    how VARCHAR(40) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_acknowledgement PRIMARY KEY (id),
    CONSTRAINT ck_acknowledgement_seenby CHECK (how IN ('page', 'api', 'reply', 'link')),
    CONSTRAINT fk_acknowledgement_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_acknowledgement_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_acknowledgement_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id),
    CONSTRAINT fk_acknowledgement_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {"acknowledgement": ["INSERT"]}
# As in 0044: to who works for nobody, in the case that is locked, to who sees the case, or oversees its network.
_POLICY = (
    "(SELECT nullif(current_setting('staffetta.reach', true) = 'everything', false)) IS NOT NULL"
    " OR case_id = (SELECT nullif(current_setting('staffetta.case', true), '')::uuid)"
    " OR (case_id <> ALL ((SELECT sight_kept_out())::uuid[]) AND network_id = (SELECT CASE"
    " current_setting('staffetta.reach', true) WHEN 'network'"
    " THEN nullif(current_setting('staffetta.network', true), '')::uuid END))"
    " OR sight_of(case_id)"
)


def upgrade() -> None:
    """Create the table, its indexes and its policy."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for column in ("case_id", "deadline_id"):
        op.execute(f"CREATE INDEX ix_acknowledgement_{column} ON acknowledgement ({column})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
    op.execute("ALTER TABLE acknowledgement ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON acknowledgement USING ({_POLICY}) WITH CHECK ({_POLICY})")
