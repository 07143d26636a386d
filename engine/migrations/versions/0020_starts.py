"""Say at which start event an instance has begun.

Revision ID: 0020
Create Date: 2026-06-01
"""

from __future__ import annotations

from alembic import context, op
from lxml import etree
from sqlalchemy import text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
# As in 0001: beyond what it had.
PRIVILEGES = {"process_instance": ["UPDATE (start_event)"]}


def upgrade() -> None:
    """Add the column, filled for what is there."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE process_instance ADD COLUMN start_event TEXT COLLATE \"C\" NOT NULL DEFAULT ''")
    for definition_id, bpmn in op.get_bind().execute(text("SELECT id, bpmn FROM process_definition")).all():
        op.get_bind().execute(
            text("UPDATE process_instance SET start_event = :start WHERE definition_id = :id"),
            {"start": _plain_start(bpmn), "id": definition_id},
        )
    op.execute("ALTER TABLE process_instance ALTER COLUMN start_event DROP DEFAULT")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")


def _plain_start(bpmn: bytes) -> str:
    """Give the start event that people begin at: until now there was one at most, and only it may have a form."""
    root = etree.fromstring(bpmn, etree.XMLParser(resolve_entities=False, no_network=True))
    starts = root.findall(f"{_BPMN}process[@isExecutable='true']/{_BPMN}startEvent")
    plain = [start for start in starts if not any("ventDefinition" in str(child.tag) for child in start)]
    return next(((start.get("id") or "") for start in (*plain, *starts)), "")
