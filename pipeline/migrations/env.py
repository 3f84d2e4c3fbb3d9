"""Run by Alembic: migrates the connection that history.py hands over, and no other."""

from alembic import context

from archive.tables import metadata as archive_metadata
from archive.tables import vault_metadata
from pipeline.tables import metadata as work_metadata

part = context.config.attributes["part"]
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[vault_metadata] if part == "vault" else [archive_metadata, work_metadata],
    part=part,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
