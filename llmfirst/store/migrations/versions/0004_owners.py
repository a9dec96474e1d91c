"""Whose a run is; those so far belong to the one person at this machine."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # No batch: it makes the table anew, and dropping the old one would take its events along.
    op.add_column("runs", sa.Column("owner", sa.String(64), nullable=False, server_default="local"))
    op.create_index("ix_runs_owner", "runs", ["owner"])


def downgrade() -> None:
    op.drop_index("ix_runs_owner", "runs")
    op.drop_column("runs", "owner")
