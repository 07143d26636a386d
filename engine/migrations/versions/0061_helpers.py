"""Keep whom the ladder of a late step has named beside whoever has it.

Revision ID: 0061
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0061"
down_revision = "0058"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE task_helper (
    task_id UUID NOT NULL,
    user_id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_task_helper PRIMARY KEY (user_id, task_id),
    CONSTRAINT fk_task_helper_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_task_helper_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_task_helper_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_task_helper_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_task_helper_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id)
)
""",
    "CREATE INDEX ix_task_helper_task_id ON task_helper (task_id)",
    "CREATE INDEX ix_task_helper_case_id ON task_helper (case_id)",
    "ALTER TABLE task_helper ENABLE ROW LEVEL SECURITY",
)
# As in 0001: beyond reading. Whoever was named stays named: what ends is the step.
PRIVILEGES = {"task_helper": ["INSERT"]}
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
    op.execute(f"CREATE POLICY sight ON task_helper USING ({_POLICY}) WITH CHECK ({_POLICY})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
