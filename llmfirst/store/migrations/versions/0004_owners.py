"""Add the owner of a run; existing runs belong to `local`."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Not in a batch: that would recreate the table, and dropping the old one deletes its events (ON DELETE CASCADE).
    op.add_column("runs", sa.Column("owner", sa.String(64), nullable=False, server_default="local"))
    op.create_index("ix_runs_owner", "runs", ["owner"])


def downgrade() -> None:
    op.drop_index("ix_runs_owner", "runs")
    op.drop_column("runs", "owner")
