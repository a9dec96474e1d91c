"""Give the runs of evaluations, which belonged to everybody (`*`), to `local`."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("UPDATE runs SET owner = 'local' WHERE owner = '*'")


def downgrade() -> None:
    pass  # which runs were changed is not recorded
