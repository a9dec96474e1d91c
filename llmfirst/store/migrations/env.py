"""Run the Alembic migrations on the connection that `open_database` holds."""

import sqlalchemy as sa
from alembic import context

from llmfirst.store.tables import metadata

connection: sa.Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
