"""Answers judged as they stood at several moments: in one pass, each text once, also later, and through a stop."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from evals.judge.judge import prompt
from evals.judge.questions import moment_questions
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.moments import MOMENTS, AskedMoments
from evals.run.service import EvaluationBusy, Evaluations, NotJudged, OtherJudge
from tests.evals.answering import AnsweringProvider, Bench, carried_out, evaluation, evaluations, when
from tests.evals.made import ask, slowed, told

CORE, DETAILS = "The core.", "The details."
WHOLE = f"{CORE}\n\n{DETAILS}\n\nThe end."
THREE = [CORE, f"{CORE}\n\n{DETAILS}", WHOLE]


def answered(archive: Archive, of: Evaluation, factor: float = 8) -> None:
    """Keep an answer to each question: nothing after 10 s, the core after 20 s, the details after 30 s, then all."""
    archive.add(of)
    for number, one in enumerate(of.trials()):
        run_id = f"{number:016x}"
        events = told(run_id, of.case(one.case_id).question, replies=("A plan.", CORE, DETAILS, "The end."))
        archive.keep_ask(of.evaluation_id, ask(run_id, one))
        archive.store.append(run_id, 0, slowed(events, factor))


def read(provider: AnsweringProvider, of: str = "Question 0?") -> list[str]:
    """Return the texts that the judge was asked about in one question, in order, without the anchors."""
    asked = [request.messages[-1].content for request in provider.requests if request.top_logprobs]
    texts = [text.partition("Answer:\n~~~\n")[2].partition("\n~~~")[0] for text in asked if f"\n{of}\n" in text]
    return [text for text in texts if "anchor" not in text]


def asked_at(opened: Bench, plan: Evaluation, moments: Sequence[float] = MOMENTS) -> None:
    opened.archive.ask_moments(plan.evaluation_id, AskedMoments(seconds=tuple(moments)))


def test_each_text_is_read_once_the_shorter_first_and_nothing_is_read_of_what_was_not_there(tmp_path: Path) -> None:
    provider, plan = AnsweringProvider(), evaluation(cases=2)

    async def check(opened: Bench) -> None:
        answered(opened.archive, plan)
        asked_at(opened, plan)
        await opened.runner(plan).run()
        assert read(provider) == read(provider, "Question 1?") == THREE
        count = len(provider.requests)
        await opened.runner(plan).run()
        assert len(provider.requests) == count
        assert opened.told[-1].stage == "done"

    carried_out(tmp_path, provider, check)


def test_the_prompt_about_an_answer_begins_with_the_prompt_about_what_there_was_of_it_before() -> None:
    texts = ["The", *THREE]
    begun = [prompt("Why?", text, "It is so.")[-1].content.partition("\n~~~\n\nStatement")[0] for text in texts]
    assert all(later.startswith(earlier) for earlier, later in pairwise(begun))


def test_moments_can_be_asked_for_later_and_only_what_is_missing_is_read(tmp_path: Path) -> None:
    provider, plan = AnsweringProvider(), evaluation(cases=1)

    async def check(opened: Bench) -> None:
        answered(opened.archive, plan)
        await opened.runner(plan).run()
        assert read(provider) == [WHOLE]
        asked_at(opened, plan, (20.0,))
        await opened.runner(plan).run()
        assert read(provider) == [WHOLE, CORE]

    carried_out(tmp_path, provider, check)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_stopped_judging_goes_on_with_the_moments_that_were_asked_for(tmp_path: Path, after: int) -> None:
    provider, plan = AnsweringProvider(pause=0.001), evaluation(cases=2)

    async def check(opened: Bench) -> None:
        answered(opened.archive, plan)
        asked_at(opened, plan)
        task = asyncio.create_task(opened.runner(plan).run())
        await when(lambda: len(provider.requests) > after or task.done())
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await opened.runner(plan).run()
        assert list(dict.fromkeys(read(provider))) == THREE
        assert len(read(provider)) <= 4  # at most the reading that was stopped is read again

    carried_out(tmp_path, provider, check)


def test_the_service_reads_what_is_missing_and_says_before_how_much_that_is(tmp_path: Path) -> None:
    provider, plan = AnsweringProvider(), evaluation(cases=2, evaluation_id="e2")

    async def check(opened: Evaluations) -> None:
        card = await opened.judge_card("ollama/scripted")
        of = plan.model_copy(update={"judge": card})
        answered(opened.archive, of)
        await opened.begin(of)
        await opened.wait()
        assert opened.archive.moments("e2") == ()
        assert moment_questions(of, opened.archive.attempts("e2"), MOMENTS) == 4
        await opened.judge_moments(of)
        with pytest.raises(EvaluationBusy):
            await opened.judge_moments(of)
        await opened.wait()
        assert opened.archive.moments("e2") == MOMENTS
        assert len(read(provider)) == len(read(provider, "Question 1?")) == 3
        with pytest.raises(NotJudged):
            await opened.judge_moments(plan.model_copy(update={"judge": None}))
        other = card.model_copy(update={"build": "another"})
        with pytest.raises(OtherJudge):
            await opened.judge_moments(plan.model_copy(update={"judge": other}))

    async def main() -> None:
        async with asyncio.timeout(20), evaluations(tmp_path, provider) as opened:
            await check(opened)

    asyncio.run(main())


def test_moments_at_the_start_are_stored_with_the_evaluation_and_in_its_estimate(tmp_path: Path) -> None:
    provider, plan = AnsweringProvider(), evaluation(cases=2)

    async def main() -> None:
        async with asyncio.timeout(20), evaluations(tmp_path, provider) as opened:
            of = plan.model_copy(update={"judge": await opened.judge_card("ollama/scripted")})
            await opened.begin(of, moments=MOMENTS)
            assert opened.archive.moments(of.evaluation_id) == MOMENTS
            await opened.wait()
            whole, all_of_them = (
                opened.expected_seconds(
                    of.suite, ["ollama/scripted"], 1, has_judge=True, has_moments=has_moments
                ).seconds
                for has_moments in (False, True)
            )
            assert all_of_them - whole == pytest.approx(2 * 4 * 1.5)  # one statement about each of 2 x 4 texts

    asyncio.run(main())
