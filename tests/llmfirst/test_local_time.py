from datetime import UTC, date, datetime

import pytest

from llmfirst.local_time import day_begins, offset_at, zone_named


def test_a_day_begins_where_the_visitor_is() -> None:
    seoul = zone_named("Asia/Seoul")
    assert day_begins(date(2026, 11, 23), seoul) == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert offset_at(datetime(2026, 11, 23, tzinfo=UTC), seoul) == "UTC+09:00"


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../../etc/passwd", "/etc/localtime", "a\0b", "A" * 5000])
def test_a_zone_that_is_none_is_utc(name: str) -> None:
    assert zone_named(name) is UTC
