"""Formats times for people: in the time zone of this machine. Stored and exported times are in UTC."""

from datetime import datetime, timezone


def local_time(at: datetime, *, with_seconds: bool = False) -> str:
    """Return a time in local time, for example `2026-11-23 18:00 UTC+09:00`."""
    return f"{at.astimezone():{'%Y-%m-%d %H:%M:%S' if with_seconds else '%Y-%m-%d %H:%M'}} {local_zone(at)}"


def local_zone(at: datetime) -> str:
    """Return the offset from UTC at a time, such as `UTC+09:00`; names such as CST would be ambiguous."""
    offset = at.astimezone().utcoffset()
    assert offset is not None, "a local time has an offset"
    return str(timezone(offset))
