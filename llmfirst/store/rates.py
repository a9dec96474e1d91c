"""RateStore: how fast each model is on this machine, so that even the first answer after a start is well paced."""

from datetime import UTC, datetime

import sqlalchemy as sa

from llmfirst.store.tables import rates as table
from llmfirst.store.upsert import upsert


class RateStore:
    """Reads and writes measured rates as JSON. Each method blocks its thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def load(self) -> dict[str, str]:
        """Return the newest rates for each key."""
        with self._database.connect() as connection:
            return {row.key: row.json for row in connection.execute(sa.select(table.c.key, table.c.json))}

    def keep(self, key: str, rates: str) -> None:
        """Store or replace the rates of a key; once this returns, they survive a crash of the program."""
        with self._database.begin() as connection:
            upsert(connection, table, {"key": key}, {"json": rates, "measured_at": datetime.now(UTC)})
