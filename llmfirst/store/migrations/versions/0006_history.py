"""Add what the history lists, filters and pages by, and fill it for the stored runs from their events."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

logger = logging.getLogger(__name__)

revision = "0006"
down_revision = "0005"

_BATCH = 5000

_COLUMNS = (
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
    sa.Column("conversation_id", sa.String(32), nullable=False, server_default=""),
)

# Quotation marks inside a text are escaped in JSON, so only the field itself matches.
_OF_A_RUN = sa.text("""
    SELECT run_id, submitted_at, has_ended,
        (SELECT CAST(body AS BLOB) FROM events WHERE run_id = runs.run_id AND position = 0) AS submitted,
        (SELECT CAST(body AS BLOB) FROM events WHERE run_id = runs.run_id
            AND body LIKE '%"type":"admitted"%' ORDER BY position LIMIT 1) AS admitted,
        (SELECT CAST(body AS BLOB) FROM events WHERE run_id = runs.run_id
            AND body LIKE '%"type":"text_added"%' ORDER BY position LIMIT 1) AS first_text,
        (SELECT CAST(body AS BLOB) FROM events WHERE run_id = runs.run_id ORDER BY position DESC LIMIT 1) AS last
    FROM runs WHERE (submitted_at, run_id) > (:submitted_at, :run_id) ORDER BY submitted_at, run_id LIMIT :batch
""")
_FILL = sa.text("""
    UPDATE runs SET number = :number, language = :language, model_digest = :model_digest,
        deadline_seconds = :deadline_seconds, admitted_seconds = :admitted_seconds,
        first_text_seconds = :first_text_seconds, total_seconds = :total_seconds, outcome = :outcome,
        fault = :fault, conversation_id = :run_id
    WHERE run_id = :run_id
""")


def upgrade() -> None:
    # Not in a batch: that would recreate the table, and dropping the old one deletes its events (ON DELETE CASCADE).
    for column in _COLUMNS:
        op.add_column("runs", column)
    if op.get_bind().dialect.name == "sqlite":  # elsewhere no version before this one stored a run
        _fill()
    op.execute(
        "UPDATE runs SET is_background = true "
        "WHERE run_id IN (SELECT key FROM documents WHERE collection LIKE 'asks:%')"
    )
    op.create_index("ix_runs_number", "runs", ["number"], unique=True)
    op.create_index("ix_runs_conversation_id", "runs", ["conversation_id"])
    listed = ["owner", "is_background", "number", "model", "outcome", "language", "rating", "pinned"]
    op.create_index("ix_runs_listed", "runs", listed)
    op.drop_index("ix_runs_owner", "runs")


def _fill() -> None:
    connection = op.get_bind()
    count = connection.scalar(sa.text("SELECT count(*) FROM runs"))
    number = filled = 0
    place = {"submitted_at": "", "run_id": ""}
    while rows := connection.execute(_OF_A_RUN, {**place, "batch": _BATCH}).all():
        found = []
        for row in rows:
            number = max(number + 1, _microseconds(row.submitted_at))
            found.append({"run_id": row.run_id, "number": number, **_figures(row)})
        connection.execute(_FILL, found)
        place = {"submitted_at": rows[-1].submitted_at, "run_id": rows[-1].run_id}
        filled += len(rows)
        logger.info("the history of %d of %d stored runs is filled in", filled, count)


def _figures(row: sa.Row[Any]) -> dict[str, object]:
    submitted, last = _read(row.submitted), _read(row.last) if row.has_ended else {}
    failed = "failed" if last.get("type") == "answer_failed" else None
    return {
        "language": submitted.get("language"),
        "model_digest": submitted.get("model_digest"),
        "deadline_seconds": submitted.get("deadline_seconds"),
        "admitted_seconds": _read(row.admitted).get("elapsed_seconds"),
        "first_text_seconds": _read(row.first_text).get("elapsed_seconds"),
        "total_seconds": last.get("elapsed_seconds"),
        "fault": submitted.get("fault"),
        "outcome": last.get("outcome", failed),
    }


def _read(body: bytes | None) -> dict[str, Any]:
    """Return an event; an empty one where it is missing or spoilt, which stays as it is."""
    try:
        event = json.loads(body or b"{}")
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _microseconds(stored: str) -> int:
    return round(datetime.fromisoformat(stored).replace(tzinfo=UTC).timestamp() * 1e6)


def downgrade() -> None:
    op.create_index("ix_runs_owner", "runs", ["owner"])
    for index in ("ix_runs_listed", "ix_runs_conversation_id", "ix_runs_number"):
        op.drop_index(index, "runs")
    for column in reversed(_COLUMNS):
        op.drop_column("runs", column.name)
