"""Keep the questions that agencies ask each other on a step, and their answers.

Revision ID: 0035
Create Date: 2026-06-12
"""

from __future__ import annotations

from alembic import context, op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE question (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    from_agency_id UUID NOT NULL,
    to_agency_id UUID NOT NULL,
    asked_by_id UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    warned INTEGER NOT NULL,
    climbs_at TIMESTAMP WITH TIME ZONE,
    answered_at TIMESTAMP WITH TIME ZONE,
    answered_by_id UUID,
    on_behalf_of_id UUID,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    answer_key_version INTEGER,
    sealed_answer BYTEA,
    CONSTRAINT pk_question PRIMARY KEY (id),
    CONSTRAINT fk_question_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_question_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_question_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_question_from_agency_id FOREIGN KEY (from_agency_id) REFERENCES agency (id),
    CONSTRAINT fk_question_to_agency_id FOREIGN KEY (to_agency_id) REFERENCES agency (id),
    CONSTRAINT fk_question_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_question_answered_by_id FOREIGN KEY (answered_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_question_on_behalf_of_id FOREIGN KEY (on_behalf_of_id) REFERENCES agency (id)
)
"""
_INDEXES = (
    "CREATE INDEX ix_question_to ON question (to_agency_id, due_at) WHERE answered_at IS NULL",
    "CREATE INDEX ix_question_climbs ON question (climbs_at) WHERE climbs_at IS NOT NULL",
    "CREATE INDEX ix_question_task_id ON question (task_id)",
    "CREATE INDEX ix_question_case_id ON question (case_id)",
)
# As in 0001: beyond reading. What was asked, and by when it is to be answered, is never changed.
PRIVILEGES = {
    "question": [
        "INSERT",
        "UPDATE (warned, climbs_at, answered_at, answered_by_id, on_behalf_of_id, answer_key_version, sealed_answer)",
    ]
}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for index in _INDEXES:
        op.execute(index)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
