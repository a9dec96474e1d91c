"""Open a PostgreSQL database, which several programs may share."""

from typing import Final

import sqlalchemy as sa

from llmfirst.errors import SetupError, StoreUnavailable
from llmfirst.store.migrating import NewerDatabase, migrate

_DRIVER: Final = "postgresql+psycopg"
_CONNECT_SECONDS: Final = 5
_STATEMENT_SECONDS: Final = 30
_MIGRATING: Final = 6_811_032_070
"""The number of the lock under which one program at a time migrates; any number that nobody else takes."""

_CONNECTIONS: Final = 20
"""The most connections of one program; each thread that reads or writes holds one for a moment."""


def open_postgres(url: str) -> sa.Engine:
    """Open the database of a URL such as `postgresql://user:password@host/name`, and migrate it.

    Raises SetupError, without the password, if it cannot be used; StoreUnavailable is raised later.
    """
    address = _address(url)
    shown = address.render_as_string(hide_password=True)
    try:
        database = _engine(address)
    except ModuleNotFoundError as error:
        raise SetupError("PostgreSQL needs its driver: pip install 'psycopg[binary]'.") from error
    try:
        migrate(database, f"SELECT pg_advisory_xact_lock({_MIGRATING})")
    except NewerDatabase as error:
        database.dispose()
        raise SetupError(f"The database {shown} was written by a newer llmfirst: update the program.") from error
    except sa.exc.DBAPIError as error:
        database.dispose()
        raise SetupError(
            f"The database {shown} cannot be used ({_first_line(error.orig or error)}): start the server, and correct "
            "the address, the password or the permissions in LLMFIRST_DATABASE_URL."
        ) from error
    _translate_errors(database, shown)
    return database


def _engine(address: sa.URL) -> sa.Engine:
    # Times come back in UTC, whatever the server is set to.
    options = f"-c timezone=UTC -c statement_timeout={_STATEMENT_SECONDS}s"
    return sa.create_engine(
        address,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "options": options},
        pool_size=_CONNECTIONS // 2,
        max_overflow=_CONNECTIONS - _CONNECTIONS // 2,
        pool_pre_ping=True,  # after a restart of the server, old connections are replaced
        hide_parameters=True,
    )


def _address(url: str) -> sa.URL:
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SetupError(
            "LLMFIRST_DATABASE_URL is no address of a database: write it as postgresql://USER:PASSWORD@HOST/NAME."
        ) from error
    if address.get_backend_name() not in ("postgresql", "postgres"):
        raise SetupError(
            f"LLMFIRST_DATABASE_URL names {address.get_backend_name()}, but only PostgreSQL is shared by programs: "
            "write it as postgresql://USER:PASSWORD@HOST/NAME, or leave it out for SQLite in the data directory."
        )
    return address.set(drivername=_DRIVER)


def _translate_errors(database: sa.Engine, shown: str) -> None:
    @sa.event.listens_for(database, "handle_error")
    def translate(context: sa.ExceptionContext) -> None:
        if context.is_pre_ping:  # the pool replaces the connection
            return
        raise StoreUnavailable(
            f"The database {shown} cannot be used ({_first_line(context.original_exception)}): see whether its server "
            "runs, can be reached and has disk space."
        ) from context.original_exception


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
