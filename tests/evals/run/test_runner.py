import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from evals.analysis.summary import summary_of
from evals.calibration.answers import judged_languages
from evals.calibration.canaries import canary_questions
from evals.judge.questions import neutral_anchor, question_count, questions_to_judge
from evals.suite.cases import Criterion, Suite
from llmfirst.errors import ModelMissing, ProviderInterrupted
from tests.evals.answering import AnsweringProvider, Bench, asked_of, carried_out, case, evaluation, when


def test_every_question_is_asked_once_and_every_answer_judged(tmp_path: Path) -> None:
    plan = evaluation(cases=3, repeats=2)

    async def check(opened: Bench) -> None:
        await opened.runner(plan).run()
        results = summary_of(opened.archive, plan).answers
        assert [(one.case.id, one.attempt.trial.repeat) for one in results] == [
            (f"case-{number}", repeat) for number in range(3) for repeat in range(2)
        ]
        assert {one.item for one in results} == {"passed"}
        assert opened.told[-1].stage == "done"
        assert opened.told[-1].answered == 6

    carried_out(tmp_path, AnsweringProvider(), check)


def test_a_warm_up_comes_first_and_is_no_attempt(tmp_path: Path) -> None:
    plan = evaluation(cases=1, has_judge=False)

    async def check(opened: Bench) -> None:
        await opened.runner(plan).run()
        asks = opened.archive.asks("e1")
        assert [ask.purpose for ask in asks] == ["warm_up", "measure"]
        assert len(opened.archive.attempts("e1")) == 1

    carried_out(tmp_path, AnsweringProvider(), check)


def test_all_answers_come_before_the_first_verdict(tmp_path: Path) -> None:
    provider = AnsweringProvider()

    async def check(opened: Bench) -> None:
        await opened.runner(evaluation(cases=3)).run()
        kinds = [bool(request.top_logprobs) for request in provider.requests]
        assert kinds == sorted(kinds)

    carried_out(tmp_path, provider, check)


def test_what_was_answered_and_judged_is_not_asked_again(tmp_path: Path) -> None:
    provider = AnsweringProvider()
    plan = evaluation(cases=2)

    async def check(opened: Bench) -> None:
        await opened.runner(plan).run()
        count = len(provider.requests)
        await opened.runner(plan).run()
        assert len(provider.requests) == count

    carried_out(tmp_path, provider, check)


@pytest.mark.parametrize("after", range(0, 40, 6))
def test_a_stopped_evaluation_goes_on_where_it_was(tmp_path: Path, after: int) -> None:
    provider = AnsweringProvider(pause=0.001)
    plan = evaluation(cases=2)

    async def check(opened: Bench) -> None:
        task = asyncio.create_task(opened.runner(plan).run())
        await when(lambda: len(provider.requests) > after or task.done())
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        done = asked_of(opened)
        await opened.runner(plan).run()
        assert asked_of(opened) == {"case-0": 1, "case-1": 1}
        finished = [ask.trial.case_id for ask in opened.archive.asks("e1") if ask.purpose == "measure"]
        assert all(finished.count(one) == 1 for one in done)  # what was answered before was not asked again
        assert {one.item for one in summary_of(opened.archive, plan).answers} == {"passed"}

    carried_out(tmp_path, provider, check)
    assert provider.opened == provider.closed


def test_a_question_of_a_person_goes_first_and_the_disturbed_answer_is_measured_again(tmp_path: Path) -> None:
    provider = AnsweringProvider(pause=0.02)
    plan = evaluation(cases=1, has_judge=False)

    async def check(opened: Bench) -> None:
        task = asyncio.create_task(opened.runner(plan).run())
        await when(lambda: any("Question 0?" in question for question in provider.questions))
        run_id = await opened.runs.start("A person asks", language="en", model=None, grace_seconds=5)
        async for _ in opened.runs.follow(run_id):
            pass
        await task
        events = opened.archive.store.load(run_id).events
        assert events[-1].elapsed_seconds < 2
        assert [ask.purpose for ask in opened.archive.asks("e1")] == ["warm_up", "measure", "measure"]
        assert opened.archive.recorded("e1").given_up == 1
        (attempt,) = opened.archive.attempts("e1")
        assert attempt.outcome == "complete"

    carried_out(tmp_path, provider, check)


def test_a_reading_that_a_person_disturbs_is_read_again(tmp_path: Path) -> None:
    provider = AnsweringProvider(pause=0.02)
    plan = evaluation(cases=1)

    async def check(opened: Bench) -> None:
        task = asyncio.create_task(opened.runner(plan).run())
        await when(lambda: any(request.top_logprobs for request in provider.requests))
        await opened.runs.start("A person asks", language="en", model=None, grace_seconds=5)
        await task
        assert [one.item for one in summary_of(opened.archive, plan).answers] == ["passed"]
        readings = sum(bool(request.top_logprobs) for request in provider.requests)
        assert readings == question_count(plan.suite, 1) + len(canary_questions(judged_languages(plan.suite))) + 1

    carried_out(tmp_path, provider, check)


def test_a_reading_that_breaks_off_is_read_again_and_the_third_failure_is_told(tmp_path: Path) -> None:
    provider = AnsweringProvider()
    plan = evaluation(cases=1)

    async def check(opened: Bench) -> None:
        provider.reading_errors = [ProviderInterrupted("broke")] * 3
        with pytest.raises(ProviderInterrupted):
            await opened.runner(plan).run()
        provider.reading_errors = [ProviderInterrupted("broke")] * 2
        await opened.runner(plan).run()
        assert [one.item for one in summary_of(opened.archive, plan).answers] == ["passed"]

    carried_out(tmp_path, provider, check)


def test_a_pause_holds_after_the_answer_and_resuming_goes_on(tmp_path: Path) -> None:
    provider = AnsweringProvider(pause=0.001)
    plan = evaluation(cases=2, has_judge=False)

    async def check(opened: Bench) -> None:
        runner = opened.runner(plan)
        runner.pause()
        task = asyncio.create_task(runner.run())
        await when(lambda: bool(opened.told) and opened.told[-1].stage == "paused")
        assert asked_of(opened) == {}
        runner.resume()
        await task
        assert asked_of(opened) == {"case-0": 1, "case-1": 1}

    carried_out(tmp_path, provider, check)


def test_errors_are_attempts_and_only_they_are_retried(tmp_path: Path) -> None:
    failing = AnsweringProvider()
    plan = evaluation(cases=2, has_judge=False)

    async def check(opened: Bench) -> None:
        failing.errors = [ProviderInterrupted("broke")] * 60
        await opened.runner(plan).run()
        attempts = opened.archive.attempts("e1")
        assert [one.is_error for one in attempts] == [True, True]
        failing.errors.clear()
        await opened.runner(plan).run()
        assert opened.archive.attempts("e1") == attempts
        await opened.runner(plan).run(retry_errors=True)
        again = opened.archive.attempts("e1")
        assert [(one.is_error, one.attempt) for one in again] == [(False, 2), (False, 2)]

    carried_out(tmp_path, failing, check)


def test_a_model_that_cannot_be_loaded_breaks_the_evaluation_with_its_reason(tmp_path: Path) -> None:
    provider = AnsweringProvider()
    plan = evaluation(cases=1)

    async def check(opened: Bench) -> None:
        broken = plan.model_copy(update={"models": (plan.models[0].model_copy(update={"model": "missing"}),)})
        with pytest.raises(ModelMissing, match="no model ollama/missing"):
            await opened.runner(broken).run()

    carried_out(tmp_path, provider, check)


def test_interleaved_models_take_turns_at_being_first() -> None:
    plan = evaluation(cases=2)
    two = plan.model_copy(
        update={
            "mode": "interleaved",
            "models": (plan.models[0], plan.models[0].model_copy(update={"model": "other"})),
        }
    )
    order = [(trial.case_id, trial.model.removeprefix("ollama/")) for trial in two.trials()]
    assert order == [("case-0", "scripted"), ("case-0", "other"), ("case-1", "other"), ("case-1", "scripted")]


def test_the_statements_about_one_text_follow_one_another_with_the_anchors_first(tmp_path: Path) -> None:
    one = case(0)
    again = Criterion(claim="The point is there, too.", bad_passes=True)
    two = one.model_copy(update={"criteria": (*one.criteria, again)})
    plan = evaluation(cases=1).model_copy(update={"suite": Suite(name="two", title="Two", cases=(two,))})

    async def check(opened: Bench) -> None:
        await opened.runner(plan).run()
        asked = questions_to_judge(plan, opened.archive.attempts("e1"))
        texts = [text for _, text, _ in asked]
        assert texts[:3] == ["the good anchor 0"] * 2 + ["the bad anchor 0"]
        assert texts[3] == neutral_anchor(
            two.language
        )  # what the bad answer meets is compared with a text that meets nothing
        assert len(set(texts[4:])) == 1
        assert [claim for _, _, claim in asked[4:]] == [criterion.claim for criterion in two.criteria]

    carried_out(tmp_path, AnsweringProvider(), check)
