"""Create the tables of the first path and grant the application role exactly what it needs.

Revision ID: 0001
Create Date: 2026-02-02
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What the application may do with each table, beyond reading it. A table without UPDATE and DELETE is append-only for
# everybody but the owner role, which no running process uses. Columns in parentheses: nothing else of a row changes.
PRIVILEGES = {
    "network": ["INSERT", "UPDATE (name)"],
    "agency": ["INSERT", "UPDATE (name, channel)"],
    "network_agency": ["INSERT", "UPDATE (services, until)"],
    "user_account": ["INSERT", "UPDATE (display_name, password_hash, language, disabled_at)"],
    "membership": ["INSERT", "DELETE"],
    "login_failure": ["INSERT", "DELETE"],
    "user_session": ["INSERT", "UPDATE (network_id, data, last_seen_at, ended_at)", "DELETE"],
    "audit_entry": ["INSERT"],
    "deployment": ["INSERT"],
    "process_definition": ["INSERT"],
    "deployed_form": ["INSERT"],
    "called_definition": ["INSERT"],
    "parameter": ["INSERT"],
    "case_file": [
        "INSERT",
        "UPDATE (state, closed_at, next_due_at, version, attempts, attempted_at, retry_at, failure_code)",
    ],
    "case_key": ["INSERT", "UPDATE (wrapped, wrapping_key_id, destroyed_at)"],
    "case_participation": ["INSERT", "UPDATE (basis, scope, since, until)"],
    "process_instance": ["INSERT", "UPDATE (state, outcome, ended_at)"],
    "case_state": ["INSERT", "UPDATE (format, key_version, sealed)", "DELETE"],
    "user_task": [
        "INSERT",
        "UPDATE (agency_id, state, assignee_id, revision, closed_reason)",
        "UPDATE (claimed_at, claim_happened_at, completed_at, happened_at, completed_by_id, on_behalf_of_id)",
    ],
    "form_submission": ["INSERT"],
    "draft": ["INSERT", "UPDATE (controller_id, saved_by_id, saved_at, key_version, sealed)", "DELETE"],
    "case_event": ["INSERT"],
    "message_subscription": ["INSERT", "DELETE"],
    "timer": ["INSERT", "UPDATE (due_at)", "DELETE"],
    "incident": ["INSERT", "UPDATE (resolved_at)"],
    "deadline": ["INSERT", "UPDATE (agency_id, state, happened_at, stopped_at, kept)"],
    "rung": ["INSERT", "UPDATE (state, fired_at)"],
    "notice": ["INSERT", "UPDATE (read_at, read_by_id)"],
}


def upgrade() -> None:
    """Create everything; the application role comes from the configuration and must exist."""
    tables = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in tables.split(";\n"):
        if statement.strip():
            op.execute(statement)
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {app}")
    op.execute(f"GRANT SELECT ON alembic_version TO {app}")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
