"""Keep what people ask to know of the data about them, each with its term.

Revision ID: 0040
Create Date: 2026-06-13
"""

from __future__ import annotations

from alembic import context, op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE subject_request (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    asked_by VARCHAR(40) NOT NULL,
    checked VARCHAR(40) NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id UUID NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    extended_at TIMESTAMP WITH TIME ZONE,
    warned INTEGER NOT NULL,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    reviewed_by_id UUID,
    approved_by_id UUID,
    made_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by_id UUID,
    delivery VARCHAR(40),
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_subject_request PRIMARY KEY (id),
    CONSTRAINT fk_subject_request_network_id FOREIGN KEY(network_id) REFERENCES network (id),
    CONSTRAINT fk_subject_request_case_id FOREIGN KEY(case_id) REFERENCES case_file (id),
    CONSTRAINT ck_subject_request_requeststate CHECK (
        state IN ('open', 'proposed', 'approved', 'made', 'delivered', 'refused')
    ),
    CONSTRAINT ck_subject_request_askedby CHECK (asked_by IN ('interessata', 'delegato', 'altri')),
    CONSTRAINT ck_subject_request_checked CHECK (checked IN ('documento', 'conosciuta', 'delega')),
    CONSTRAINT fk_subject_request_recorded_by_id FOREIGN KEY(recorded_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_subject_request_reviewed_by_id FOREIGN KEY(reviewed_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_subject_request_approved_by_id FOREIGN KEY(approved_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_subject_request_ended_by_id FOREIGN KEY(ended_by_id) REFERENCES user_account (id),
    CONSTRAINT ck_subject_request_delivery CHECK (delivery IN ('di_persona', 'delegato', 'presso_ente'))
)
"""
_INDEXES = (
    "CREATE INDEX ix_subject_request_due ON subject_request (due_at) WHERE state NOT IN ('delivered', 'refused')",
    "CREATE INDEX ix_subject_request_network_id_received_at ON subject_request (network_id, received_at)",
    """
    CREATE UNIQUE INDEX uq_subject_request_open ON subject_request (case_id, controller_id)
    WHERE state NOT IN ('delivered', 'refused')
    """,
)
# As in 0001: beyond reading. Who asked, when, of whom and how that was made sure is never changed.
PRIVILEGES = {
    "subject_request": [
        "INSERT",
        "UPDATE (state, due_at, extended_at, warned, reviewed_at, reviewed_by_id, approved_by_id, made_at)",
        "UPDATE (ended_at, ended_by_id, delivery, key_version, sealed)",
    ]
}
# As in 0037: to who works for nobody, in the case that is locked, and to who sees the case.
_POLICY = (
    "nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL"
    " OR case_id::text = current_setting('staffetta.case', true) OR sight_of(case_id)"
)


def upgrade() -> None:
    """Create the table, its indexes and its policy."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for index in _INDEXES:
        op.execute(index)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
    op.execute("ALTER TABLE subject_request ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON subject_request USING ({_POLICY}) WITH CHECK ({_POLICY})")
