"""The model decides with one token whether its core works a result out before it states it."""

import math

import pytest

from llmfirst.answer import fold
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.rates import Rates
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import AnswerEvent, AnswerFinished
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Chunk, TokenLogprob
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, asked, collect, engine, handle, text_of

PROFILE = load_profiles().profiles["answer_first"].model_copy(update={"verdict": None, "review": None})
WRITTEN: tuple[Reply, ...] = (["CORE.", END], ["DETAILS.", END], ["THE END.", END])
PLAN: Reply = ["plan", END]
SLOW = Rates(token_seconds=0.1, read_seconds=0.01, characters_per_token=4.0, first_seconds=4.0, gaps=50)
WORK, DIRECTLY = "Work it out", "Answer first"


def choice(is_sum: float) -> list[Chunk]:
    top = [TokenLogprob(token="sum", logprob=math.log(is_sum)), TokenLogprob(token="text", logprob=math.log1p(-is_sum))]
    return [Chunk(text="sum", logprobs=(top[0].model_copy(update={"top": tuple(top)}),)), LENGTH]


def answer(
    *replies: Reply,
    plan: Reply = PLAN,
    rates: Rates | None = None,
    deadline: float = 120.0,
    logprobs: bool = True,
) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(plan, *replies)
    provider.can = Capabilities(prefill=True, logprobs=logprobs)
    asking = engine(deadline, profile=PROFILE)
    if rates is not None:
        asking.rates.learn("sha256:0|ollama|nowhere|asked", rates)
    return run(collect(asking.answer(asked(), handle(provider)))), provider


@pytest.mark.parametrize(("is_sum", "words"), [(0.9, WORK), (0.7, WORK), (0.6, DIRECTLY), (0.1, DIRECTLY)])
def test_a_question_that_the_model_finds_a_sum_is_worked_out_in_the_core(is_sum: float, words: str) -> None:
    events, provider = answer(choice(is_sum), *WRITTEN)
    _, decision, core, details, _ = provider.requests
    assert (decision.max_tokens, decision.sampling.temperature, decision.messages[-1].content) == (1, 0, "why?")
    assert core.messages[-1].content.startswith(words)
    assert core.messages[-1].content.endswith("\n\nwhy?")
    assert details.messages[: len(core.messages)] == core.messages
    assert [call.purpose for call in fold(events).calls][:3] == ["strategy", "working", "core"]
    assert text_of(events) == "planCORE.DETAILS.THE END."
    assert verify(events).holds


@pytest.mark.parametrize(("word", "words"), [("Sum", WORK), ("text", DIRECTLY), ("Well", DIRECTLY)])
def test_without_log_probabilities_its_word_counts(word: str, words: str) -> None:
    _, provider = answer([word, LENGTH], *WRITTEN, logprobs=False)
    assert provider.requests[2].messages[-1].content.startswith(words)


def test_a_decision_that_fails_or_does_not_come_costs_the_answer_nothing_but_its_two_seconds() -> None:
    failing: tuple[Reply, ...] = ([ProviderInterrupted("gone")], [60.0, "sum", LENGTH])
    for reply in failing:
        events, provider = answer(reply, *WRITTEN)
        assert provider.requests[2].messages[-1].content.startswith(DIRECTLY)
        end = events[-1]
        assert isinstance(end, AnswerFinished)
        assert end.outcome == "complete"
        assert end.elapsed_seconds < 3
        assert verify(events).holds


@pytest.mark.parametrize("deadline", [120.0, 15.0])
def test_where_reading_the_examples_would_take_too_long_nothing_is_asked(deadline: float) -> None:
    read = 4.0 * deadline / 120  # as it was measured with the strategy's prompt
    events, _ = answer(*WRITTEN, plan=[read, "plan", END], rates=SLOW, deadline=deadline)
    assert "working" not in [call.purpose for call in fold(events).calls]
    assert text_of(events) == "planCORE.DETAILS.THE END."
