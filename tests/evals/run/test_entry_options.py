"""A model with other options is another entry of an evaluation, and what all are asked with is recorded."""

import asyncio
from pathlib import Path

import pytest

from evals.records.evaluation import EvaluatedModel, Evaluation, split_entry
from llmfirst.answer import fold
from llmfirst.errors import SetupError
from llmfirst.events import AnswerSettings
from llmfirst.model_options import ModelOptions
from tests.evals.answering import KEY, AnsweringProvider, Bench, carried_out, evaluation, evaluations

DRAWN = AnswerSettings(temperature=0.2, top_k=5, context_tokens=4096, profile="direct")


def test_the_name_of_an_entry_tells_its_options_and_is_read_back() -> None:
    model = EvaluatedModel(provider="ollama", model="a:1b", think="on", settings=DRAWN)
    assert model.key == "ollama/a:1b:think=on:context_tokens=4096:profile=direct:temperature=0.2:top_k=5"
    assert split_entry(model.key) == ("ollama/a:1b", model.asked_with)
    assert f"ollama/{model.name}" == model.key
    for wrong in ("temperature=9", "top_k=x", "context_tokens=1"):
        with pytest.raises(SetupError, match=wrong.partition("=")[0]):
            split_entry(f"{KEY}:{wrong}")


def test_an_evaluation_of_before_there_were_options_is_read() -> None:
    stored = evaluation().model_dump_json(by_alias=True).replace(',"settings":null', "").replace(',"options":null', "")
    assert "settings" not in stored
    assert Evaluation.model_validate_json(stored) == evaluation()


def test_entries_are_planned_with_their_options_and_what_the_program_is_set_to(tmp_path: Path) -> None:
    async def claim() -> None:
        async with evaluations(tmp_path, AnsweringProvider()) as opened:
            suite = evaluation().suite
            plan = await opened.plan(suite, [KEY, f"{KEY}:temperature=0.2"], None, repeats=1, mode="sequential")
            assert [model.key for model in plan.models] == [KEY, f"{KEY}:temperature=0.2"]
            assert plan.options == ModelOptions()
            with pytest.raises(SetupError, match="no system prompt of its own"):
                await opened.plan(suite, [f"{KEY}:system_prompt=x"], None, repeats=1, mode="sequential")

    asyncio.run(claim())


def test_each_entry_is_asked_with_its_options_also_by_a_program_that_is_set_otherwise(tmp_path: Path) -> None:
    entry = EvaluatedModel(provider="ollama", model="scripted", digest="sha256:0", settings=DRAWN)
    begun = ModelOptions(top_p=0.3, temperature=1.5)
    plan = evaluation(1, has_judge=False).model_copy(update={"models": (entry,), "options": begun})
    provider = AnsweringProvider()

    async def check(opened: Bench) -> None:
        await opened.runner(plan).run()
        runs = [fold(opened.archive.store.load(ask.run_id).events) for ask in opened.archive.asks("e1")]
        assert runs
        for run in runs:
            assert run.submitted is not None
            assert run.submitted.options == ModelOptions(temperature=0.2, top_k=5, top_p=0.3, context_tokens=4096)

    carried_out(tmp_path, provider, check)
