"""Add the rates of the models, and rename the ending `window` to `cut`."""

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
    # Quotation marks inside a text are escaped in JSON, so only the field itself matches.
    op.execute("""UPDATE events SET body = replace(body, '"ending":"window"', '"ending":"cut"')""")


def downgrade() -> None:
    op.drop_table("rates")
