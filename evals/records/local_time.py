"""Times as people read them: on the clock of this machine, with its zone. What is stored and exported stays UTC."""

from datetime import datetime, timezone


def local_time(at: datetime, *, with_seconds: bool = False) -> str:
    """Return a time as "2026-11-23 18:00 UTC+09:00"."""
    return f"{at.astimezone():{'%Y-%m-%d %H:%M:%S' if with_seconds else '%Y-%m-%d %H:%M'}} {local_zone(at)}"


def local_zone(at: datetime) -> str:
    """Return how far this machine's clock was from UTC at a time; names such as CST are those of several zones."""
    offset = at.astimezone().utcoffset()
    assert offset is not None, "a local time has an offset"
    return str(timezone(offset))
