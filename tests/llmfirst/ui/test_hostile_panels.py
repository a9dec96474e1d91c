"""Texts that are slow to read or large to draw: the page, the API and the figures of a run with them hold nobody up."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from llmfirst.events import QuestionSubmitted
from llmfirst.markdown.text import markdown_html
from llmfirst.runs.owners import LOCAL
from llmfirst.store import RunStore, open_database
from llmfirst.ui.ask_page import AskPage
from tests.live_runs import opened_with_models
from tests.loop_watch import watched_loop
from tests.run_events import told
from tests.scripted import PerSection

_MOST_SECONDS = 0.005
_TEXTS = ("a\n\n", "> - ", "- a\n", "|a|b|\n|-|-|\n", "**a $x^2$ ")


def keep(folder: Path, run_id: str, text: str, piece: int) -> None:
    """Store a run whose core is this text."""
    submitted = QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        submitted_at=datetime(2026, 11, 23, tzinfo=UTC),
        question="why?",
        language="en",
        provider="ollama",
        model="scripted",
        model_digest=None,
        deadline_seconds=120,
    )
    store = RunStore(open_database(folder))
    store.append(run_id, 0, [submitted, *told(("core", text), piece=piece)])
    store.close()


@pytest.mark.parametrize("piece", [1, 100, 25_000])
def test_a_reload_of_a_hostile_answer_holds_the_event_loop_for_moments_only(piece: int, tmp_path: Path) -> None:
    for number, text in enumerate(_TEXTS):
        keep(tmp_path, f"{number:016x}", (text * 25_000)[: min(25_000, 2_000 * piece)], piece)

    async def main() -> None:
        async with opened_with_models(tmp_path, PerSection()) as (runs, models, _):
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30)
            for number, text in enumerate(_TEXTS):
                async with watched_loop() as watch, asyncio.timeout(60):
                    views = [view async for view in page.open(f"{number:016x}", "en", LOCAL)]
                assert watch.longest_seconds < _MOST_SECONDS, text
                panel = views[-1].panels["core"]
                assert panel.html == markdown_html(panel.text)
                assert views[-1].why
                assert len(views) < 5

    asyncio.run(main())


def test_a_reader_that_catches_up_with_a_run_lets_others_in(tmp_path: Path) -> None:
    keep(tmp_path, "0123456789abcdef", "x" * 1_000, piece=1)

    async def main() -> None:
        async with opened_with_models(tmp_path, PerSection()) as (runs, _, _):
            read, seen = 0, [0]

            async def other() -> None:
                while True:
                    await asyncio.sleep(0)
                    seen.append(read)

            others = asyncio.create_task(other())
            async for _ in runs.follow("0123456789abcdef"):
                read += 1
            others.cancel()
            await asyncio.wait({others})
            assert read > 1_000
            assert max(after - before for before, after in pairwise([*seen, read])) <= 10

    asyncio.run(main())
