"""DocumentStore: small JSON documents by collection and key, for records that are not runs."""

from datetime import UTC, datetime

import sqlalchemy as sa

from llmfirst.store.tables import documents as table


class DocumentStore:
    """Reads and writes documents; each method is one short transaction and blocks its thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def put(self, collection: str, key: str, body: str) -> None:
        """Keep a document in place of what the key had; when this returns it survives a crash of the program."""
        row = {"body": body, "kept_at": datetime.now(UTC)}
        with self._database.begin() as connection:
            if connection.execute(table.update().where(*_is(collection, key)).values(row)).rowcount == 0:
                connection.execute(table.insert().values(collection=collection, key=key, **row))

    def get(self, collection: str, key: str) -> str | None:
        """Return one document; None when there is none."""
        with self._database.connect() as connection:
            return connection.scalar(sa.select(table.c.body).where(*_is(collection, key)))

    def all(self, collection: str) -> dict[str, str]:
        """Return the documents of a collection by key, in the order in which their keys were first kept."""
        query = sa.select(table.c.key, table.c.body).where(table.c.collection == collection).order_by(table.c.number)
        with self._database.connect() as connection:
            return {row.key: row.body for row in connection.execute(query)}

    def remove(self, collection: str, key: str) -> None:
        """Forget a document; nothing happens when there is none."""
        with self._database.begin() as connection:
            connection.execute(table.delete().where(*_is(collection, key)))


def _is(collection: str, key: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.collection == collection, table.c.key == key
