"""Times in the time zone of a visitor. Stored times are in UTC."""

from datetime import UTC, date, datetime, time, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> tzinfo:
    """Return the time zone that a browser names; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name comes from outside, and is looked up as a file
        return UTC


def offset_at(at: datetime, zone: tzinfo) -> str:
    """Return how far a zone is from UTC at this time, such as `UTC+09:00`."""
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "a zone has an offset"
    return str(timezone(offset))


def day_begins(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day in a zone."""
    return datetime.combine(day, time(), zone)
