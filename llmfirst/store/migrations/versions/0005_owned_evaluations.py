"""Whose the runs of evaluations are; those so far, that everybody saw, belong to the one person at this machine."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("UPDATE runs SET owner = 'local' WHERE owner = '*'")


def downgrade() -> None:
    pass  # nothing tells any more which they were
