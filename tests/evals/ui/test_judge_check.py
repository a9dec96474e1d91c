"""A check of a judge tells from its first moment on what it does, to everybody whose it is, and stops when told."""

import asyncio
from contextlib import aclosing
from pathlib import Path

from evals.run.service import Evaluations
from evals.ui.judge_check import CheckView, JudgeCheck
from llmfirst import LOCAL
from llmfirst.providers.base import Warmth
from tests.evals.answering import overhead
from tests.evals.sessions.made import Shelf, services


class NeverLoaded(Shelf):
    """A model that is being loaded for as long as anybody waits."""

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        await asyncio.Event().wait()
        raise AssertionError


def test_a_judge_that_is_not_loaded_yet_is_told_with_its_seconds_and_can_be_stopped(tmp_path: Path) -> None:
    async def check() -> None:
        async with services(tmp_path, NeverLoaded()) as opened:
            checks = JudgeCheck(Evaluations(opened, measure_overhead=overhead))
            said: list[CheckView] = []
            async with aclosing(checks.check(LOCAL, "ollama/a", "en")) as views:
                async for view in views:
                    said.append(view)
                    if len(said) == 2:
                        async with aclosing(checks.look(LOCAL, "ollama/a", "en")) as looks:
                            seen = [await anext(looks), await anext(looks)]  # who comes back sees it too
                        await checks.stop(LOCAL)
            assert "Preparing ollama/a: 0 s" in said[0].progress
            assert said[0].is_running
            assert "Preparing ollama/a: 1 s" in said[1].progress
            assert "not checked" in (seen[0].card or "")
            assert "Preparing ollama/a" in seen[1].progress
            assert "What was read is kept" in said[-1].progress
            assert not said[-1].is_running

    asyncio.run(check())


def test_a_check_ends_with_the_card_and_nobody_else_sees_that_it_runs(tmp_path: Path) -> None:
    async def check() -> None:
        async with services(tmp_path, Shelf()) as opened:
            checks = JudgeCheck(Evaluations(opened, measure_overhead=overhead))
            said: list[CheckView] = []
            async with aclosing(checks.check("alice", "ollama/a", "en", ("en",))) as views:
                async for view in views:
                    if not said:
                        async with aclosing(checks.look("bob", "ollama/a", "en")) as looks:
                            assert not (await anext(looks)).is_running
                    said.append(view)
            assert not said[-1].is_running
            assert said[-1].card is not None
            assert "enough to see that it cannot meet the conditions" in said[-1].card
            assert "checked 20" in said[-1].card

    asyncio.run(check())
