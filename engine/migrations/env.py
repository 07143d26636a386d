"""Alembic's entry into our migrations. The connection is given by `engine.migrations`, never made here."""

from __future__ import annotations

from alembic import context

from engine.migrations.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
