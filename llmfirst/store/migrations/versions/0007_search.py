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


def upgrade() -> None:
    op.create_table(
        "run_texts",
        sa.Column("number", sa.BigInteger, sa.ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    try:
        with op.get_bind().begin_nested():
            for statement in _INDEX:
                op.execute(statement)
    except sa.exc.OperationalError as error:
        logger.warning("SQLite is too old for an index of the history: a search looks through all texts (%s)", error)


def downgrade() -> None:
    for name in ("run_texts_added", "run_texts_deleted"):
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
    for name in ("run_terms", "run_search", "run_texts"):
        op.execute(f"DROP TABLE IF EXISTS {name}")
