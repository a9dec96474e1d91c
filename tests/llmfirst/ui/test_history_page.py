"""What the callbacks of the History tab do, on a real store."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gradio as gr

from llmfirst.runs.history import History, RunFilter
from llmfirst.store import RunStore, open_database
from llmfirst.ui.history_page import HistoryPage, Wanted
from llmfirst.ui.history_tab import HistoryTab, build_history_tab
from tests.broken_disk import read_only
from tests.llmfirst.store.test_history import NOON, answered, submitted
from tests.read_html import shown

EVERYTHING = Wanted("", "any", "any", "any", "any", "people", "", "", "Asia/Seoul")
Check = Callable[[HistoryPage, HistoryTab], Coroutine[Any, Any, None]]


def with_tab(folder: Path, check: Check) -> RunStore:
    store = RunStore(open_database(folder))
    for number in range(3):
        asked = submitted(f"{number}", minute=60 * number, model=f"model {number}")
        store.append(f"{number}", 0, answered(asked))
    store.append("other", 0, answered(submitted("other")), "alice")
    asyncio.run(checked(store, check))
    return store


async def checked(store: RunStore, check: Check) -> None:
    with gr.Blocks():  # outside of a loop, Gradio leaves one open
        tab = build_history_tab("en")
    await check(HistoryPage(History(store), tab), tab)


def test_the_filters_become_what_the_database_is_asked() -> None:
    wanted = replace(EVERYTHING, words=" sky ", model="m", mark="good", since="2026-11-23", until="2026-11-24")
    midnight = datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert wanted.as_filter() == RunFilter(
        words=" sky ", model="m", rating=1, since=midnight, before=midnight + timedelta(days=2)
    )
    asked = parse_qs(urlsplit(wanted.address()).query)
    assert asked == {
        "words": ["sky"],
        "model": ["m"],
        "rated": ["good"],
        "asked_by": ["people"],
        "since": ["2026-11-23T00:00:00+09:00"],
        "before": ["2026-11-25T00:00:00+09:00"],
    }
    half_written = replace(EVERYTHING, since="2026-1", mark="pinned", asker="all")
    assert half_written.as_filter() == RunFilter(pinned=True, is_background=None)


def test_a_run_is_pinned_and_deleted_and_another_owners_is_not_there(tmp_path: Path) -> None:
    async def check(page: HistoryPage, tab: HistoryTab) -> None:
        async def act(act: str, run: str) -> str:
            told = await page.act("local", {"act": act, "run": run}, EVERYTHING, "en", (None,))
            return shown(str(told[tab.notice]))

        assert await act("pin", "0") == ""
        assert await act("delete", "1") == "Deleted: 1."
        for unknown in ("1", "other", "nobody"):
            assert await act("delete", unknown) == "This answer is not here any more."
        for odd in (None, "delete", {"act": "drop"}, {"act": "delete", "run": "x" * 99}, ["delete", "0"]):
            told = await page.act("local", odd, EVERYTHING, "en", (None,))
            assert "not here" in str(told[tab.notice])

    store = with_tab(tmp_path, check)
    left = store.page(RunFilter(), None).entries
    assert [(entry.run_id, entry.pinned) for entry in left] == [("2", False), ("other", False), ("0", True)]
    store.close()


def test_a_rating_is_given_changed_and_taken_back_with_its_words_and_another_owners_stays(tmp_path: Path) -> None:
    async def check(page: HistoryPage, tab: HistoryTab) -> None:
        async def rate(act: str, run: str) -> str:
            told = await page.act("local", {"act": act, "run": run}, EVERYTHING, "en", (None,))
            return shown(str(told[tab.notice]))

        assert await rate("good", "0") == ""
        assert await rate("bad", "1") == ""
        assert await rate("good", "1") == ""
        assert await rate("bad", "2") == ""
        assert await rate("bad", "2") == ""
        assert await rate("good", "other") == "This answer is not here any more."

    store = with_tab(tmp_path, check)
    ratings = {entry.run_id: entry.rating for entry in store.page(RunFilter(), None).entries}
    assert ratings == {"0": 1, "1": 1, "2": None, "other": None}
    store.close()


def test_old_runs_are_counted_before_they_are_deleted(tmp_path: Path) -> None:
    day = f"{NOON + timedelta(days=1):%Y-%m-%d}"

    async def check(page: HistoryPage, tab: HistoryTab) -> None:
        await page.act("local", {"act": "pin", "run": "0"}, EVERYTHING, "en", (None,))
        told = await page.count_old("local", "", "Asia/Seoul", False, "en")
        assert (told[tab.old_count], told[tab.old_delete]["interactive"]) == ("Choose a date.", False)
        told = await page.count_old("local", day, "Asia/Seoul", False, "en")
        assert "To be deleted for good: 2. Pinned ones that stay: 1." in told[tab.old_count]
        assert told[tab.old_delete]["value"] == "Delete 2"
        told = await page.count_old("local", day, "Asia/Seoul", True, "en")
        assert "To be deleted for good: 3. Pinned ones that stay: 0." in told[tab.old_count]
        first, last = [told async for told in page.delete_old("local", day, False, EVERYTHING, "en")]
        assert "Deleting" in first[tab.old_count]
        assert "Deleted: 2." in last[tab.notice]

    store = with_tab(tmp_path, check)
    assert [entry.run_id for entry in store.page(RunFilter(), None).entries] == ["other", "0"]
    store.close()


def test_a_disk_that_takes_nothing_is_said_at_the_list(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    store = RunStore(database)
    store.append("0", 0, answered(submitted("0")))

    async def check(page: HistoryPage, tab: HistoryTab) -> None:
        with read_only(database):
            told = await page.act("local", {"act": "delete", "run": "0"}, EVERYTHING, "ko", (None,))
        assert "데이터베이스" in told[tab.notice]

    asyncio.run(checked(store, check))
    assert store.count(RunFilter(), "local") == 1
    store.close()
