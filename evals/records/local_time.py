"""Formats times for people: in the time zone of who reads, else in that of this machine.

Stored and exported times are in UTC.
"""

from contextvars import ContextVar
from datetime import datetime, timezone, tzinfo
from typing import Final

_ZONE: Final[ContextVar[tzinfo | None]] = ContextVar("time zone of who reads", default=None)


def read_in(zone: tzinfo | None) -> None:
    """Tell times in this zone in the present context, as in the callback of a visit; None: in that of this machine."""
    _ZONE.set(zone)


def at_home(at: datetime) -> datetime:
    """Return a time on the clock of who reads."""
    return at.astimezone(_ZONE.get())


def local_time(at: datetime, *, with_seconds: bool = False) -> str:
    """Return a time in local time, for example `2026-11-23 18:00 UTC+09:00`."""
    return f"{at_home(at):{'%Y-%m-%d %H:%M:%S' if with_seconds else '%Y-%m-%d %H:%M'}} {local_zone(at)}"


def local_zone(at: datetime) -> str:
    """Return the offset from UTC at a time, such as `UTC+09:00`; names such as CST would be ambiguous."""
    offset = at_home(at).utcoffset()
    assert offset is not None, "a local time has an offset"
    return str(timezone(offset))
