"""RateStore: how fast the models of this machine are, so that the first answer after a start is paced too."""

from datetime import UTC, datetime

import sqlalchemy as sa

from llmfirst.store.tables import rates as table


class RateStore:
    """What was measured of a model on a machine, kept between starts; each method blocks its thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def load(self) -> dict[str, str]:
        """Return the JSON kept last for each key."""
        with self._database.connect() as connection:
            return {row.key: row.json for row in connection.execute(sa.select(table.c.key, table.c.json))}

    def keep(self, key: str, rates: str) -> None:
        """Keep the JSON in place of what the key had; when this returns it survives a crash of the program."""
        row = {"json": rates, "measured_at": datetime.now(UTC)}
        with self._database.begin() as connection:
            if connection.execute(table.update().where(table.c.key == key).values(row)).rowcount == 0:
                connection.execute(table.insert().values(key=key, **row))
