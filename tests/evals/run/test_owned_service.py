"""Whose an evaluation is that is on its way: who may hold and stop it, and what another is told of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from evals.run.service import BusyForAnother, EvaluationBusy, Evaluations
from llmfirst.runs.owners import LOCAL
from tests.evals.answering import KEY, AnsweringProvider, evaluation
from tests.evals.answering import evaluations as opened

OF = evaluation(cases=4, has_judge=False)


def carried_out(folder: Path, provider: AnsweringProvider, check: Callable[[Evaluations], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(30), opened(folder, provider) as evaluations:
            await check(evaluations)

    asyncio.run(main())


async def begun(evaluations: Evaluations, owner: str) -> None:
    """Begin an evaluation and return once its first question is asked."""
    await evaluations.begin(OF, owner=owner)
    archive = evaluations.archive.seen_by(owner)
    while not any(ask.purpose == "measure" for ask in archive.asks(OF.evaluation_id)):
        await evaluations.news()


def test_another_is_told_that_the_machine_is_busy_and_not_with_what(tmp_path: Path) -> None:
    async def check(evaluations: Evaluations) -> None:
        await begun(evaluations, "alice")
        with pytest.raises(EvaluationBusy, match=f"{OF.evaluation_id}.*stop it first"):
            await evaluations.begin(OF, owner="alice")
        for begin in (evaluations.begin(OF, owner="bob"), evaluations.begin_calibration(KEY, ["en"], owner="bob")):
            with pytest.raises(BusyForAnother) as caught:
                await begin
            assert str(caught.value) == "An evaluation or check by somebody else is running: wait until it is over."

    carried_out(tmp_path, AnsweringProvider(pause=0.02), check)


def test_another_can_neither_hold_nor_stop_an_evaluation_nor_let_it_go_on(tmp_path: Path) -> None:
    def stage(evaluations: Evaluations) -> str:
        progress = evaluations.progress(OF.evaluation_id)
        return "" if progress is None else progress.stage

    async def check(evaluations: Evaluations) -> None:
        await begun(evaluations, "alice")
        for asking in ("bob", LOCAL):
            await evaluations.stop(asking)
        assert evaluations.running == OF.evaluation_id
        evaluations.pause("bob")
        evaluations.pause("alice")
        while stage(evaluations) != "paused":
            await evaluations.news()
        evaluations.go_on("bob")
        await asyncio.sleep(0.05)
        assert stage(evaluations) == "paused"
        evaluations.go_on("alice")
        await evaluations.wait()
        assert stage(evaluations) == "done"
        assert len(evaluations.archive.seen_by("alice").attempts(OF.evaluation_id)) == 4

    carried_out(tmp_path, AnsweringProvider(pause=0.02), check)


def test_how_long_an_evaluation_will_take_is_told_by_what_was_measured_for_who_asks(tmp_path: Path) -> None:
    async def check(evaluations: Evaluations) -> None:
        def expected(owner: str) -> float:
            return evaluations.expected_seconds(OF.suite, [KEY], 1, has_judge=False, owner=owner).seconds

        unknown = expected("bob")
        await evaluations.begin(OF, owner="alice")
        await evaluations.wait()
        assert expected("alice") < unknown / 2
        assert expected("bob") == unknown

    carried_out(tmp_path, AnsweringProvider(), check)
