"""Times as people read them: on the clock of the machine, with its zone."""

import time
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evals.records.local_time import local_time, local_zone, read_in

AT = datetime(2026, 11, 23, 16, 30, 5, tzinfo=UTC)


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Asia/Seoul", "2026-11-24 01:30 UTC+09:00"),
        ("Asia/Kolkata", "2026-11-23 22:00 UTC+05:30"),
        ("America/New_York", "2026-11-23 11:30 UTC-05:00"),
        ("UTC", "2026-11-23 16:30 UTC"),
    ],
    indirect=["zone"],
)
def test_a_time_is_told_on_the_clock_of_the_machine_with_its_zone(told: str) -> None:
    assert local_time(AT) == told
    assert local_time(AT, with_seconds=True) == told.replace("30 ", "30:05 ").replace("00 ", "00:05 ")


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("zone", ["Europe/Berlin"], indirect=True)
def test_the_zone_is_that_of_the_time_and_not_of_today() -> None:
    assert local_zone(AT) == "UTC+01:00"
    assert local_zone(AT - timedelta(days=150)) == "UTC+02:00"


def test_a_visitor_reads_times_on_the_own_clock_and_the_next_one_does_not() -> None:
    def told() -> str:
        read_in(ZoneInfo("Asia/Seoul"))
        return local_time(AT)

    before = local_time(AT)
    assert copy_context().run(told) == "2026-11-24 01:30 UTC+09:00"
    assert local_time(AT) == before
