"""Keep the answers to a start form as any other answer, and with each process which agency began it.

Revision ID: 0005
Create Date: 2026-03-16
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS = """
ALTER TABLE form_submission ADD COLUMN instance_id UUID;
UPDATE form_submission SET instance_id = user_task.instance_id
    FROM user_task WHERE user_task.id = form_submission.task_id;
ALTER TABLE form_submission ALTER COLUMN instance_id SET NOT NULL;
ALTER TABLE form_submission ALTER COLUMN task_id DROP NOT NULL;
ALTER TABLE form_submission ADD CONSTRAINT fk_form_submission_instance_id
    FOREIGN KEY (instance_id) REFERENCES process_instance (id);
CREATE INDEX ix_form_submission_instance_id ON form_submission (instance_id) WHERE task_id IS NULL;
ALTER TABLE process_instance ADD COLUMN opened_by_agency_id UUID;
UPDATE process_instance SET opened_by_agency_id = case_file.opened_by_agency_id
    FROM case_file WHERE case_file.id = process_instance.case_id;
ALTER TABLE process_instance ADD CONSTRAINT fk_process_instance_opened_by_agency_id
    FOREIGN KEY (opened_by_agency_id) REFERENCES agency (id)
"""


def upgrade() -> None:
    """Add the columns and fill them; the answers of cases that run already stay in their history alone."""
    for statement in _STATEMENTS.split(";\n"):
        op.execute(statement)
