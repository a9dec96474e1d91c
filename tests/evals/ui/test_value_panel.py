"""What the summary shows of answers that a reader does not read to the end, and how the judge is asked to read them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from evals.records.archive import Archive
from evals.records.moments import MOMENTS
from evals.run.service import Evaluations
from evals.ui.evaluate_page import EvaluatePage
from llmfirst.runs.owners import LOCAL
from tests.evals.answering import AnsweringProvider, evaluations
from tests.evals.stopped import EVALUATION, keep_stopped
from tests.evals.ui.test_owned_page import at, looked, page_on

OF = EVALUATION.model_copy(update={"evaluation_id": "beef"})
Check = Callable[[EvaluatePage, Evaluations, Archive], Awaitable[None]]


def on_a_page(folder: Path, check: Check) -> None:
    async def main() -> None:
        async with asyncio.timeout(30), evaluations(folder, AnsweringProvider()) as opened:
            await check(page_on(opened), opened, opened.archive.seen_by(LOCAL))

    asyncio.run(main())


def test_who_is_ahead_stands_in_the_summary_and_there_is_nothing_more_to_ask(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, archive: Archive) -> None:
        keep_stopped(archive)
        shown = await looked(page, LOCAL, EVALUATION.evaluation_id)
        said = (
            "Stopped at 10 s or 20 s, ollama/m is ahead (66.7 % against 0 %); stopped at 30 s or 60 s or read to the "
        )
        assert f"<strong>{said}end, embedded/n is ahead" in at("value-by-second", shown)
        assert "24 without text" in at("value-by-second", shown)
        assert not at("value-ask", shown).visible

    on_a_page(tmp_path, check)


def test_what_it_would_cost_is_said_and_the_judge_reads_it_on_request(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, archive: Archive) -> None:
        of = OF.model_copy(update={"judge": await opened.judge_card("ollama/scripted")})
        keep_stopped(archive, has_moments=False, of=of)
        shown = await looked(page, LOCAL, "beef")
        assert "48 readings by the judge, at most 72 s." in at("value-by-second", shown)
        assert at("value-ask", shown).visible
        assert await page.watch.on_value(LOCAL, "beef", "en") == ""
        assert "stop it first" in await page.watch.on_value(LOCAL, "beef", "en")
        await opened.wait()
        shown = await looked(page, LOCAL, "beef")
        assert "Nobody has checked whether this judge" in at("value-by-second", shown)
        assert "24 of 24 passed as read" in at("value-by-second", shown)
        assert not at("value-ask", shown).visible

    on_a_page(tmp_path, check)


def test_moments_are_a_choice_at_the_setup_with_their_cost(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, archive: Archive) -> None:
        key = "ollama/scripted"
        without, chosen = [
            await page.setup.estimate(LOCAL, "quick", [key], ["set"], key, 1, "en", has) for has in (False, True)
        ]
        assert "Included" not in without
        assert "Included: at most 60 readings, 90 s, for these moments." in chosen
        await page.setup.on_start(LOCAL, "quick", [key], ["set"], key, 1, "sequential", "en", True)
        (of,) = archive.all()
        assert archive.moments(of.evaluation_id) == MOMENTS
        await page.watch.on_stop(LOCAL)

    on_a_page(tmp_path, check)
