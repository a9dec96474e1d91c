"""Add the texts in which runs are searched for, and an index of their trigrams. The program fills them in."""

import logging

import sqlalchemy as sa
from alembic import op

logger = logging.getLogger(__name__)

revision = "0007"
down_revision = "0006"

_INDEX = (
    "CREATE VIRTUAL TABLE run_search USING fts5(text, content='run_texts', content_rowid='number', "
    "tokenize='trigram case_sensitive 1', detail=none)",
    "CREATE VIRTUAL TABLE run_terms USING fts5vocab(run_search, row)",
    "CREATE TRIGGER run_texts_added AFTER INSERT ON run_texts BEGIN "
    "INSERT INTO run_search(rowid, text) VALUES (new.number, new.text); END",
    "CREATE TRIGGER run_texts_deleted AFTER DELETE ON run_texts BEGIN "
    "INSERT INTO run_search(run_search, rowid, text) VALUES ('delete', old.number, old.text); END",
)
# Its search works without this too: a server may lack the extension, or the user the right to make it.
_POSTGRES_INDEX = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX run_search ON run_texts USING gin (text gin_trgm_ops)",
)


def upgrade() -> None:
    op.create_table(
        "run_texts",
        sa.Column("number", sa.BigInteger, sa.ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    name = op.get_bind().dialect.name
    try:
        with op.get_bind().begin_nested():
            for statement in _INDEX if name == "sqlite" else _POSTGRES_INDEX:
                op.execute(statement)
    except sa.exc.DBAPIError as error:
        logger.warning("%s has no index of trigrams: a search looks through all texts (%s)", name, error.orig)


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_table("run_texts")
        return
    for name in ("run_texts_added", "run_texts_deleted"):
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
    for name in ("run_terms", "run_search", "run_texts"):
        op.execute(f"DROP TABLE IF EXISTS {name}")
