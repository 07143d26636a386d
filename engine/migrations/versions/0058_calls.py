"""Let one caller at a time ring her telephone; and somebody who was called by telephone stop a ladder.

Revision ID: 0058
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE acknowledgement DROP CONSTRAINT ck_acknowledgement_seenby",
    """
ALTER TABLE acknowledgement ADD CONSTRAINT ck_acknowledgement_seenby
    CHECK (how IN ('page', 'api', 'reply', 'link', 'call'))
""",
    """
CREATE TABLE her_call (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    user_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR(40),
    CONSTRAINT pk_her_call PRIMARY KEY (id),
    CONSTRAINT ck_her_call_hercalloutcome CHECK (outcome IN ('answered', 'unanswered', 'not_called', 'expired')),
    CONSTRAINT fk_her_call_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_her_call_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_her_call_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_her_call_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_her_call_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
)
""",
    "CREATE INDEX ix_her_call_case_id ON her_call (case_id)",
    "CREATE UNIQUE INDEX uq_her_call_going_on ON her_call (case_id) WHERE ended_at IS NULL",
    "ALTER TABLE her_call ENABLE ROW LEVEL SECURITY",
)
# As in 0001: beyond reading. Who called, and from when, is never changed.
PRIVILEGES = {"her_call": ["INSERT", "UPDATE (until, ended_at, outcome)"]}
# As in 0037: to who works for nobody, in the case that is locked, and to who sees the case.
_POLICY = (
    "nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL"
    " OR case_id::text = current_setting('staffetta.case', true) OR sight_of(case_id)"
)


def upgrade() -> None:
    """Create the table, its indexes and its policy."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute(f"CREATE POLICY sight ON her_call USING ({_POLICY}) WITH CHECK ({_POLICY})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
