"""Add the programs that share the database, and which of them writes a run."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "replicas",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("runs", sa.Column("replica", sa.String(32)))


def downgrade() -> None:
    op.drop_column("runs", "replica")
    op.drop_table("replicas")
