"""DocumentStore: small JSON documents by collection and key, for everything that is not a run."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from llmfirst.store.tables import documents as table
from llmfirst.store.upsert import upsert


class DocumentStore:
    """Reads and writes documents. Each method is one short transaction and blocks its thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def put(self, collection: str, key: str, body: str) -> None:
        """Store or replace a document; once this returns, it survives a crash of the program."""
        self.put_all({(collection, key): body})

    def put_all(self, bodies: Mapping[tuple[str, str], str]) -> None:
        """Store or replace documents by collection and key, all of them or none."""
        with self._database.begin() as connection:
            for (collection, key), body in bodies.items():
                upsert(
                    connection,
                    table,
                    {"collection": collection, "key": key},
                    {"body": body, "kept_at": datetime.now(UTC)},
                )

    def get(self, collection: str, key: str) -> str | None:
        """Return one document, or None."""
        with self._database.connect() as connection:
            return connection.scalar(sa.select(table.c.body).where(*_is(collection, key)))

    def some(self, collection: str, keys: Collection[str]) -> dict[str, str]:
        """Return the documents of a collection that have one of these keys, by key."""
        query = sa.select(table.c.key, table.c.body).where(table.c.collection == collection, table.c.key.in_(keys))
        with self._database.connect() as connection:
            return {row.key: row.body for row in connection.execute(query)}

    def all(self, collection: str) -> dict[str, str]:
        """Return the documents of a collection by key, in the order in which their keys were first stored."""
        query = sa.select(table.c.key, table.c.body).where(table.c.collection == collection).order_by(table.c.number)
        with self._database.connect() as connection:
            return {row.key: row.body for row in connection.execute(query)}

    def remove(self, collection: str, key: str) -> None:
        """Delete a document, if it exists."""
        with self._database.begin() as connection:
            connection.execute(table.delete().where(*_is(collection, key)))

    def remove_all(self, collections: Collection[str]) -> None:
        """Delete all documents of these collections, together."""
        with self._database.begin() as connection:
            connection.execute(table.delete().where(table.c.collection.in_(collections)))


def _is(collection: str, key: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.collection == collection, table.c.key == key
