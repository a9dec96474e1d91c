"""The same model with thinking and without it is two entries of an evaluation."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest

from evals.analysis.export_file import parsed
from evals.analysis.summary import summary_of
from evals.analysis.transfer import exported
from evals.records.evaluation import EvaluatedModel, Evaluation, entry_key, split_entry
from evals.report.view import model_view
from evals.run.runner import EvaluationBroken
from llmfirst.answer import fold
from llmfirst.errors import ModelMissing, SetupError
from llmfirst.events import AnswerSettings
from llmfirst.providers.base import Think
from tests.evals.answering import (
    KEY,
    AnsweringProvider,
    Bench,
    SwitchableThinker,
    carried_out,
    evaluation,
    evaluations,
    when,
)

OFF, ON = (
    EvaluatedModel(provider="ollama", model="scripted", digest="sha256:0", think=think) for think in ("off", "on")
)


def with_and_without(cases: int = 2, *, has_judge: bool = False) -> Evaluation:
    return evaluation(cases, has_judge=has_judge).model_copy(update={"models": (OFF, ON)})


@pytest.mark.parametrize("model", ["ollama/qwen3.5:4b", "openai/org/name", "embedded/a=b:think"])
def test_the_name_of_an_entry_tells_its_model_and_what_it_is_told(model: str) -> None:
    thinks: list[Think | None] = [None, *get_args(Think)]
    keys = [entry_key(model, think) for think in thinks]
    assert keys[0] == model
    assert [split_entry(key) for key in keys] == [(model, AnswerSettings(think=think)) for think in thinks]
    with pytest.raises(SetupError, match="choose one of off, auto, on, low, medium, high"):
        split_entry(f"{model}:think=hard")


def test_an_evaluation_of_before_is_of_entries_that_do_as_the_settings_say() -> None:
    stored = evaluation().model_dump_json(by_alias=True).replace(',"think":null', "")
    assert "think" not in stored
    assert Evaluation.model_validate_json(stored) == evaluation()
    assert [model.key for model in evaluation().models] == [KEY]


def test_each_entry_is_asked_every_question_as_it_says_and_stands_apart_in_what_was_found(tmp_path: Path) -> None:
    plan = with_and_without(has_judge=True)

    async def check(opened: Bench) -> None:
        await opened.runner(plan).run()
        runs = [
            (ask.trial.model, fold(opened.archive.store.load(ask.run_id).events)) for ask in opened.archive.asks("e1")
        ]
        asked = {(model, run.submitted.think) for model, run in runs if run.submitted is not None}
        assert asked == {(OFF.key, "off"), (ON.key, "on")}
        summary = summary_of(opened.archive, plan)
        assert [(card.model, card.attempts) for card in summary.scorecards] == [(OFF.key, 2), (ON.key, 2)]
        assert all(card.is_self_judged for card in summary.scorecards)
        without, thinking = summary.scorecards
        assert (without.thought_median, without.first_token_median) == (None, without.first_text_median)
        assert (thinking.thought_median or 0) > 0
        views = [model_view(plan, card, "en") for card in summary.scorecards]
        assert [view.key for view in views] == [f"{KEY}:think=off", f"{KEY}:think=on"]
        file = "\n".join(exported(opened.archive, plan)) + "\n"
        assert parsed(file).evaluation == plan

    carried_out(tmp_path, SwitchableThinker(), check)


def test_a_stopped_evaluation_of_both_goes_on_with_what_each_was_told(tmp_path: Path) -> None:
    plan = with_and_without()

    async def check(opened: Bench) -> None:
        task = asyncio.create_task(opened.runner(plan).run())
        await when(lambda: len(opened.archive.attempts("e1")) == 3)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        stored = opened.archive.load("e1")
        assert stored == plan
        await opened.runner(stored).run()
        found = [one.trial.key for one in opened.archive.attempts("e1")]
        assert sorted(found) == sorted(trial.key for trial in plan.trials())

    carried_out(tmp_path, SwitchableThinker(pause=0.002), check)


@pytest.mark.parametrize(
    ("provider", "think", "said"),
    [
        (AnsweringProvider(), "on", "cannot be told think=on: start another evaluation without it"),
        (SwitchableThinker(), "high", "cannot be told think=high: start another evaluation with one of off, on"),
    ],
)
def test_a_model_that_cannot_be_told_ends_the_evaluation_before_its_first_answer(
    tmp_path: Path, provider: AnsweringProvider, think: Think, said: str
) -> None:
    asked = evaluation(has_judge=False).model_copy(update={"models": (OFF.model_copy(update={"think": think}),)})

    async def check(opened: Bench) -> None:
        with pytest.raises(EvaluationBroken, match=said):
            await opened.runner(asked).run()
        assert opened.archive.asks("e1") == ()

    carried_out(tmp_path, provider, check)


def test_entries_are_planned_by_their_names(tmp_path: Path) -> None:
    suite = evaluation().suite

    async def claim() -> None:
        async with evaluations(tmp_path, SwitchableThinker()) as opened:
            plan = await opened.plan(suite, [KEY, f"{KEY}:think=on"], None, repeats=1, mode="sequential")
            assert [(model.key, model.think) for model in plan.models] == [(KEY, None), (f"{KEY}:think=on", "on")]
            with pytest.raises(ModelMissing, match="no model ollama/none: choose from"):
                await opened.plan(suite, ["ollama/none:think=on"], None, repeats=1, mode="sequential")

    asyncio.run(claim())
