"""Keep people and agencies out of a case, and name who is told in their place.

Revision ID: 0019
Create Date: 2026-06-01
"""

from __future__ import annotations

from alembic import context, op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE exclusion (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    user_id UUID,
    agency_id UUID,
    put_by_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    lift_asked_by_id UUID,
    lift_asked_at TIMESTAMP WITH TIME ZONE,
    lifted_by_id UUID,
    until TIMESTAMP WITH TIME ZONE,
    key_version INTEGER,
    sealed BYTEA,
    CONSTRAINT pk_exclusion PRIMARY KEY (id),
    CONSTRAINT ck_exclusion_one_subject CHECK (num_nonnulls(user_id, agency_id) <= 1),
    CONSTRAINT fk_exclusion_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_exclusion_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_exclusion_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_exclusion_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_exclusion_put_by_id FOREIGN KEY (put_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_exclusion_controller_id FOREIGN KEY (controller_id) REFERENCES agency (id),
    CONSTRAINT fk_exclusion_lift_asked_by_id FOREIGN KEY (lift_asked_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_exclusion_lifted_by_id FOREIGN KEY (lifted_by_id) REFERENCES user_account (id)
)
"""
_STATEMENTS = (
    "CREATE INDEX ix_exclusion_case_id ON exclusion (case_id)",
    "CREATE UNIQUE INDEX uq_exclusion_user ON exclusion (case_id, user_id) WHERE until IS NULL",
    "CREATE UNIQUE INDEX uq_exclusion_agency ON exclusion (case_id, agency_id) WHERE until IS NULL",
    "ALTER TABLE case_file ADD COLUMN alternate_id UUID",
    """ALTER TABLE case_file
    ADD CONSTRAINT fk_case_file_alternate_id FOREIGN KEY (alternate_id) REFERENCES user_account (id)""",
)
# As in 0001: beyond reading.
PRIVILEGES = {
    "exclusion": ["INSERT", "UPDATE (lift_asked_by_id, lift_asked_at, lifted_by_id, until)"],
    "case_file": ["UPDATE (alternate_id)"],
}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for statement in _STATEMENTS:
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
