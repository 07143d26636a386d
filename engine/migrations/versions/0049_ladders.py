"""Keep the ladders of the escalation classes as data of each network, frozen with each deadline that is armed.

What was armed before keeps the three steps that it has; networks that exist go by them until our defaults are loaded.

Revision ID: 0049
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_CLASSES = "'E0', 'E1', 'E2', 'E3'"
_CLOCKS = "'H', 'GC', 'GCL', 'GL'"
_TABLES = f"""
CREATE TABLE ladder (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    escalation_class VARCHAR(40) NOT NULL,
    version INTEGER NOT NULL,
    clock VARCHAR(40) NOT NULL,
    acknowledged TEXT COLLATE "C",
    steps JSONB NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_by TEXT NOT NULL,
    reason TEXT,
    CONSTRAINT pk_ladder PRIMARY KEY (id),
    CONSTRAINT uq_ladder_network_id_escalation_class_version UNIQUE (network_id, escalation_class, version),
    CONSTRAINT ck_ladder_escalationclass CHECK (escalation_class IN ({_CLASSES})),
    CONSTRAINT ck_ladder_clock CHECK (clock IN ({_CLOCKS})),
    CONSTRAINT fk_ladder_network_id FOREIGN KEY (network_id) REFERENCES network (id)
);
ALTER TABLE parameter ADD COLUMN reminders TEXT[] COLLATE "C";
ALTER TABLE deadline ADD COLUMN ladder_id UUID CONSTRAINT fk_deadline_ladder_id REFERENCES ladder (id);
ALTER TABLE rung ADD COLUMN at TEXT COLLATE "C", ADD COLUMN targets TEXT[] COLLATE "C",
    ADD COLUMN actions TEXT[] COLLATE "C", ADD COLUMN counts VARCHAR(40)
    CONSTRAINT ck_rung_clock CHECK (counts IN ({_CLOCKS}));
ALTER TABLE rung DROP CONSTRAINT ck_rung_rungstep;
UPDATE rung SET
    at = CASE rung.step WHEN 'reminder' THEN '50%' WHEN 'breach' THEN 'breach'
        ELSE CASE deadline.escalation_class WHEN 'E0' THEN '+PT20M' WHEN 'E1' THEN '+PT1H' ELSE '+P1D' END END,
    counts = CASE WHEN rung.step = 'reminder' THEN deadline.counts
        WHEN deadline.escalation_class IN ('E2', 'E3') THEN 'GL' ELSE 'H' END,
    targets = CASE rung.step WHEN 'reminder' THEN ARRAY['assignee'] WHEN 'breach' THEN ARRAY['agency_lead']
        ELSE ARRAY['coordinator'] END,
    actions = ARRAY['tell'],
    step = CASE rung.step WHEN 'coordination' THEN 'escalation' ELSE rung.step END
    FROM deadline WHERE deadline.id = rung.deadline_id;
ALTER TABLE rung ADD CONSTRAINT ck_rung_rungstep CHECK (step IN ('reminder', 'breach', 'escalation')),
    ALTER COLUMN at SET NOT NULL, ALTER COLUMN counts SET NOT NULL, ALTER COLUMN targets SET NOT NULL,
    ALTER COLUMN actions SET NOT NULL;
UPDATE notice SET kind = 'escalation' WHERE kind = 'coordination' AND deadline_id IS NOT NULL;
INSERT INTO ladder (id, network_id, escalation_class, version, clock, acknowledged, steps, valid_from, approved_by)
    SELECT gen_random_uuid(), network.id, class.name, 1, class.clock, class.acknowledged, jsonb_build_array(
        jsonb_build_object('at', '50%', 'to', jsonb_build_array('assignee'), 'do', jsonb_build_array('tell')),
        jsonb_build_object('at', 'breach', 'to', jsonb_build_array('agency_lead'), 'do', jsonb_build_array('tell')),
        jsonb_build_object('at', class.after, 'to', jsonb_build_array('coordinator'), 'do', jsonb_build_array('tell'))),
        now(), 'predefinito'
    FROM network CROSS JOIN (VALUES ('E0', 'H', '+PT20M', 'PT10M'), ('E1', 'H', '+PT1H', 'PT30M'),
        ('E2', 'GL', '+P1D', 'P1D'), ('E3', 'GL', '+P1D', 'P2D')) AS class (name, clock, after, acknowledged)
"""  # noqa: S608 - our own words  # nosec B608
# As in 0001: beyond reading. A version of a ladder is never changed.
PRIVILEGES = {"ladder": ["INSERT"]}


def upgrade() -> None:
    """Create the table, and write with each rung what its ladder said."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
