"""The tables of the database; the migrations create them."""

import sqlalchemy as sa

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("provider", sa.String(16), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("has_ended", sa.Boolean, nullable=False, default=False),
    sa.Column("owner", sa.String(64), nullable=False, server_default="local"),
    sa.Column("number", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("is_background", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("language", sa.String(2)),
    sa.Column("model_digest", sa.Text),
    sa.Column("deadline_seconds", sa.Float),
    sa.Column("admitted_seconds", sa.Float),
    sa.Column("first_text_seconds", sa.Float),
    sa.Column("total_seconds", sa.Float),
    sa.Column("outcome", sa.String(16)),
    sa.Column("fault", sa.String(16)),
    sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("rating", sa.Integer),
    sa.Column("rating_words", sa.Text),
    sa.Column("parent_run_id", sa.String(32)),
    sa.Column("conversation_id", sa.String(32), nullable=False, index=True, server_default=""),
    sa.Column("replica", sa.String(32)),
    sa.Index("ix_runs_number", "number", unique=True),
    # A page of the history and its count read this index alone.
    sa.Index("ix_runs_listed", "owner", "is_background", "number", "model", "outcome", "language", "rating", "pinned"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
)

# The migrations also make `run_search`, an index of these texts, which SQLite keeps up to date.
run_texts = sa.Table(
    "run_texts",
    metadata,
    sa.Column("number", sa.BigInteger, sa.ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

rates = sa.Table(
    "rates",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("json", sa.Text, nullable=False),
    sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("collection", sa.String(64), nullable=False),
    sa.Column("key", sa.String(128), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("collection", "key"),
)

# The programs that use the database at the same time.
replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
)
