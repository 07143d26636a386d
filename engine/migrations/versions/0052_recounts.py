"""Keep orders to recount running deadlines, and which of them they have moved.

Revision ID: 0052
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE recount (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    parameter TEXT COLLATE "C",
    reason TEXT NOT NULL,
    expected INTEGER NOT NULL,
    asked_by_id UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reached UUID,
    moved INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recount PRIMARY KEY (id),
    CONSTRAINT fk_recount_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_recount_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES user_account (id)
)
""",
    """
CREATE TABLE deadline_move (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    recount_id UUID NOT NULL,
    from_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    to_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_deadline_move PRIMARY KEY (id),
    CONSTRAINT uq_deadline_move_recount_id_deadline_id UNIQUE (recount_id, deadline_id),
    CONSTRAINT fk_deadline_move_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_deadline_move_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_deadline_move_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id),
    CONSTRAINT fk_deadline_move_recount_id FOREIGN KEY (recount_id) REFERENCES recount (id)
)
""",
    "CREATE INDEX ix_recount_network_id ON recount (network_id)",
    "CREATE INDEX ix_recount_undone ON recount (asked_at) WHERE done_at IS NULL",
    "CREATE INDEX ix_deadline_move_case_id ON deadline_move (case_id)",
    "CREATE INDEX ix_deadline_move_deadline_id ON deadline_move (deadline_id)",
    "ALTER TABLE deadline_move ENABLE ROW LEVEL SECURITY",
)
# As in 0001: beyond reading. What was ordered is never changed, only how far it has come.
PRIVILEGES = {
    "recount": ["INSERT", "UPDATE (reached, moved, failed, done_at)"],
    "deadline_move": ["INSERT"],
    "deadline": ["UPDATE (length)"],
}
# As in 0037: to who works for nobody, in the case that is locked, and to who sees the case.
_POLICY = (
    "nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL"
    " OR case_id::text = current_setting('staffetta.case', true) OR sight_of(case_id)"
)


def upgrade() -> None:
    """Create the tables, their indexes and a policy for what is of a case."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute(f"CREATE POLICY sight ON deadline_move USING ({_POLICY}) WITH CHECK ({_POLICY})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
