"""Several answers of an evaluation at once: as many as there are slots, and only where that was asked for."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from evals.records.evaluation import Evaluation
from llmfirst.errors import NotReady
from tests.evals.answering import AT, AnsweringProvider, Bench, asked_of, carried_out, evaluation, when


def most_open(provider: AnsweringProvider, plan: Evaluation, folder: Path, slots: int) -> int:
    """Return how many answers were being written at once at most."""
    seen = 0

    async def check(opened: Bench) -> None:
        nonlocal seen
        task = asyncio.create_task(opened.runner(plan).run())
        while not task.done():
            seen = max(seen, provider.opened - provider.closed)
            await asyncio.sleep(0)
        await task
        assert asked_of(opened) == {f"case-{number}": 1 for number in range(4)}

    carried_out(folder, provider, check, slots=slots)
    return seen


def test_side_by_side_uses_all_slots_and_asks_each_question_once(tmp_path: Path) -> None:
    plan = evaluation(cases=4, has_judge=False).model_copy(update={"mode": "side_by_side"})
    assert most_open(AnsweringProvider(pause=0.002), plan, tmp_path, slots=2) == 2


def test_one_answer_at_a_time_is_measured_whatever_the_slots_are(tmp_path: Path) -> None:
    plan = evaluation(cases=4, has_judge=False)
    assert most_open(AnsweringProvider(pause=0.002), plan, tmp_path, slots=2) == 1


def test_side_by_side_gives_way_to_a_person_as_a_whole(tmp_path: Path) -> None:
    provider = AnsweringProvider(pause=0.02)
    plan = evaluation(cases=2, has_judge=False).model_copy(update={"mode": "side_by_side"})

    async def check(opened: Bench) -> None:
        task = asyncio.create_task(opened.runner(plan).run())
        await when(lambda: provider.opened - provider.closed == 2)
        run_id = await opened.runs.start("A person asks", language="en", model=None, grace_seconds=5)
        async for _ in opened.runs.follow(run_id):
            pass
        await task
        assert opened.archive.recorded("e1").given_up == 2
        assert asked_of(opened) == {"case-0": 1, "case-1": 1}

    carried_out(tmp_path, provider, check, slots=2)


def test_an_error_of_one_of_several_answers_is_told_as_itself(tmp_path: Path) -> None:
    provider = AnsweringProvider(pause=0.02)
    plan = evaluation(cases=2, has_judge=False).model_copy(update={"mode": "side_by_side"})

    def now() -> datetime:
        if provider.requests:  # the warm-up is over
            raise NotReady("nothing is ready")
        return AT

    async def check(opened: Bench) -> None:
        opened.means = replace(opened.means, now=now)
        with pytest.raises(NotReady):
            await opened.runner(plan).run()

    carried_out(tmp_path, provider, check, slots=2)
