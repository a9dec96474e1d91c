"""Bring a database to the newest schema."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from llmfirst.errors import SetupError

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class NewerDatabase(SetupError):
    """A newer version of the program wrote the database."""


def migrate(database: sa.Engine, alone: str) -> None:
    """Run the migrations in one transaction, whose first statement `alone` keeps every other program out.

    Raises NewerDatabase, having changed nothing.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    with database.begin() as connection:
        connection.exec_driver_sql(alone)
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise NewerDatabase("A newer llmfirst wrote this database.")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
