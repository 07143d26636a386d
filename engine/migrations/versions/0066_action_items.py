"""Keep what a ladder leaves to somebody that no diagram draws: reminders to send, incidents to report, agenda items.

Revision ID: 0066
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE action_item (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    agency_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by_id UUID,
    outcome VARCHAR(40),
    CONSTRAINT pk_action_item PRIMARY KEY (id),
    CONSTRAINT ck_action_item_itemkind CHECK (kind IN ('solicitation', 'incident', 'agenda')),
    CONSTRAINT ck_action_item_itemoutcome CHECK (outcome IN ('done', 'not_needed')),
    CONSTRAINT ck_action_item_closed CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT fk_action_item_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_action_item_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_action_item_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_action_item_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id),
    CONSTRAINT fk_action_item_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_action_item_closed_by_id FOREIGN KEY (closed_by_id) REFERENCES user_account (id)
)
""",
    "CREATE INDEX ix_action_item_case_id ON action_item (case_id)",
    "CREATE INDEX ix_action_item_task_id ON action_item (task_id)",
    "CREATE UNIQUE INDEX uq_action_item_open ON action_item (task_id, kind) WHERE closed_at IS NULL",
    "CREATE INDEX ix_action_item_open ON action_item (network_id, agency_id) WHERE closed_at IS NULL",
    "ALTER TABLE action_item ENABLE ROW LEVEL SECURITY",
)
# As in 0001: beyond reading. What was left to somebody is never changed, only closed, once.
PRIVILEGES = {"action_item": ["INSERT", "UPDATE (closed_at, closed_by_id, outcome)"]}
# As in 0055: to who works for nobody, in the case that is locked, to who sees the case, or oversees its network.
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
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute(f"CREATE POLICY sight ON action_item USING ({_POLICY}) WITH CHECK ({_POLICY})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
