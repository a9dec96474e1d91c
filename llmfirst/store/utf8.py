"""Read a text as bytes: SQLite refuses to return one that is no UTF-8, and a spoilt event must not hide the others."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class in_utf8(FunctionElement[bytes]):
    """The bytes of a text column."""

    name = "in_utf8"
    type = sa.LargeBinary()
    inherit_cache = True


@compiles(in_utf8, "sqlite")
def _in_sqlite(element: in_utf8, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(in_utf8, "postgresql")
def _in_postgres(element: in_utf8, compiler: Any, **options: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **options)}, 'UTF8')"
