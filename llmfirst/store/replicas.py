"""Programs that share a database: each says that it lives, so that none takes another's running answers for broken."""

import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from llmfirst.store.tables import replicas, runs
from llmfirst.store.upsert import upsert

LOST_SECONDS: Final = 60.0
"""A replica that has said nothing for so long, by the clock of the database, has died."""


class Replica:
    """This program, as the others that use the database know it. Each method blocks its thread."""

    def __init__(self, database: sa.Engine) -> None:
        self.name = secrets.token_hex(8)
        self._database = database

    def beat(self) -> None:
        """Say that this program lives."""
        with self._database.begin() as connection:
            upsert(connection, replicas, {"name": self.name}, {"seen_at": sa.func.now()})

    def leave(self) -> None:
        """Say that this program has ended, and forget those that died long ago."""
        is_own, is_long_dead = replicas.c.name == self.name, replicas.c.seen_at < _ago(LOST_SECONDS * 60)
        with self._database.begin() as connection:
            connection.execute(replicas.delete().where(is_own | is_long_dead))


def is_of_lost_replica() -> sa.ColumnElement[bool]:
    """Return whether a run belongs to no replica that lives."""
    alive = sa.select(replicas.c.name).where(replicas.c.seen_at > _ago(LOST_SECONDS))
    return runs.c.replica.is_(None) | runs.c.replica.not_in(alive)


def _ago(seconds: float) -> sa.ColumnElement[datetime]:
    return sa.func.now() - sa.cast(timedelta(seconds=seconds), sa.Interval)
