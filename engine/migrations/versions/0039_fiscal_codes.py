"""Keep fiscal codes in a store of their own, where an agency may.

Revision ID: 0039
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_TABLES = (
    """
CREATE TABLE fiscal_code (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    recorded_by_id UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    own_key_version INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_fiscal_code PRIMARY KEY (id),
    CONSTRAINT fk_fiscal_code_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_fiscal_code_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_fiscal_code_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_fiscal_code_recorded_by_id FOREIGN KEY (recorded_by_id) REFERENCES user_account (id)
)
""",
    """
CREATE TABLE fiscal_code_use (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by_id UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    ended_by_id UUID,
    CONSTRAINT pk_fiscal_code_use PRIMARY KEY (id),
    CONSTRAINT fk_fiscal_code_use_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_fiscal_code_use_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_fiscal_code_use_set_by_id FOREIGN KEY (set_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_fiscal_code_use_ended_by_id FOREIGN KEY (ended_by_id) REFERENCES user_account (id)
)
""",
)
_INDEXES = (
    "CREATE UNIQUE INDEX uq_fiscal_code_one ON fiscal_code (case_id, agency_id)",
    "CREATE INDEX ix_fiscal_code_digest ON fiscal_code (network_id, digest)",
    "CREATE UNIQUE INDEX uq_fiscal_code_use_one ON fiscal_code_use (network_id, agency_id) WHERE until IS NULL",
)
# As in 0001: beyond reading. A code is replaced, never changed.
PRIVILEGES = {
    "fiscal_code": ["INSERT", "DELETE"],
    "fiscal_code_use": ["INSERT", "UPDATE (until, ended_by_id)"],
}
# As in 0037, and closer: of a case that somebody sees, what an agency of hers keeps.
_POLICY = """
CREATE POLICY sight ON fiscal_code USING (
    nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL
    OR case_id::text = current_setting('staffetta.case', true)
    OR (
        agency_id = ANY ((SELECT nullif(current_setting('staffetta.agencies', true), '')::uuid[])::uuid[])
        AND sight_of(case_id)
    )
)
"""


def upgrade() -> None:
    """Create the tables, their indexes, and a policy for what is of a case."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in (*_TABLES, *_INDEXES, "ALTER TABLE fiscal_code ENABLE ROW LEVEL SECURITY", _POLICY):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
