"""What was measured of the models; a phase that its window ended is called `cut` now."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "rates",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("json", sa.Text, nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
    )
    # A quotation mark inside a text is escaped in JSON, so that only the field itself matches.
    op.execute("""UPDATE events SET body = replace(body, '"ending":"window"', '"ending":"cut"')""")


def downgrade() -> None:
    op.drop_table("rates")
