"""A model that thinks before it answers: refused as judge, or judging behind its thinking, and never by its thought."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from evals.judge.judge import (
    THOUGHT_SECONDS,
    THOUGHT_TOKENS,
    Judge,
    JudgeRefused,
    prompt,
    prompt_sha256,
    thought_limits,
)
from evals.judge.verdicts import Unscored, verdict_of
from evals.records.evaluation import JudgeCard, ThoughtLimits
from evals.records.opinions import YesNo
from evals.report.trust_card import judge_name
from evals.suite.cases import Criterion
from llmfirst.providers.base import Capabilities, Chunk, ModelCard, Pulled, Think
from tests.clock import run
from tests.evals.judge.test_judge import likely, says
from tests.evals.made import JUDGE, NO, YES
from tests.scripted import END, LENGTH, PerSection, Reply, Step

LIMITS = ThoughtLimits(think="auto", tokens=THOUGHT_TOKENS, seconds=THOUGHT_SECONDS)
THINKING = JUDGE.model_copy(update={"thought": LIMITS})
CUT: list[Step] = [Chunk(thought="Yes"), LENGTH]
WORD: list[Step] = [Chunk(text="Yes", logprobs=(likely(("Yes", 0.9), ("No", 0.1)),)), END]
BEHIND: list[Step] = [Chunk(thought="No. "), Chunk(thought="No."), *WORD]  # its thought says the opposite
SLOW: list[Step] = [step for _ in range(9) for step in (60.0, Chunk(thought="hm"))]


def found_out(*replies: Reply, told: tuple[Think, ...] = ()) -> tuple[ThoughtLimits | None, PerSection]:
    provider = PerSection(*replies)
    provider.can = Capabilities(prefill=False, logprobs=True, think=told)
    return run(thought_limits(provider, "ollama/j", "j")), provider


@pytest.mark.parametrize("told", [(), ("off", "on"), ("off", "low", "high")])
def test_a_model_that_does_not_think_or_can_be_silenced_judges_with_its_first_token(told: tuple[Think, ...]) -> None:
    limits, provider = found_out(says(("Yes", 1.0)), told=told)
    assert limits is None
    (request,) = provider.requests
    assert (request.think, request.max_tokens, provider.warms) == ("off", 8, 1)


@pytest.mark.parametrize(
    ("told", "first", "think"),
    [
        ((), [CUT], "auto"),
        (("off", "on"), [CUT], "on"),
        (("low", "medium", "high"), [], "low"),  # the service says that it cannot be silenced
        ((), [[LENGTH]], "auto"),  # it thinks unseen
        ((), [[Chunk(thought="\n\n"), *WORD]], "auto"),  # an empty thought takes the first tokens
    ],
)
def test_a_model_that_cannot_be_silenced_judges_behind_its_thinking(
    told: tuple[Think, ...], first: list[Reply], think: Think
) -> None:
    limits, provider = found_out(*first, BEHIND, told=told)
    assert limits == LIMITS.model_copy(update={"think": think})
    assert (provider.requests[-1].think, provider.requests[-1].max_tokens) == (think, THOUGHT_TOKENS)


@pytest.mark.parametrize(
    ("behind", "why"),
    [
        (CUT, r"came to no word within 1,024 tokens and 120 seconds"),
        (SLOW, r"came to no word within 1,024 tokens and 120 seconds"),
        ([Chunk(thought="hm"), END], r"came to no word"),
        ([Chunk(thought="hm"), "Yes", END], r"scripted gives no log-probabilities behind its thinking"),
        ([Chunk(thought="hm"), Chunk(text="Yes", unused=("logprobs",)), END], r"no log-probabilities behind"),
    ],
)
def test_a_model_that_cannot_judge_behind_its_thinking_is_refused_with_the_reason(behind: Reply, why: str) -> None:
    with pytest.raises(JudgeRefused, match=rf"^ollama/j cannot judge: it thinks .*{why}.* such as qwen2\.5:7b\.$"):
        found_out(CUT, behind)


def test_without_log_probabilities_a_model_is_refused_before_anything_is_asked_of_it() -> None:
    with pytest.raises(JudgeRefused, match="reports no log-probabilities"):
        found_out(["Yes", END])


def read(reply: Reply, card: JudgeCard = THINKING) -> tuple[YesNo, PerSection]:
    provider = PerSection(reply)
    return run(Judge(provider, card).read("Why?", "It is so.", "It says why.")), provider


def test_a_reading_behind_a_thought_is_of_the_first_token_of_the_text() -> None:
    reading, provider = read([*BEHIND[:2], Chunk(text="\n\n", logprobs=(likely(("\n\n", 1.0)),)), *WORD])
    assert (reading.yes, reading.no) == pytest.approx((0.9, 0.1))
    (request,) = provider.requests
    assert (request.think, request.max_tokens, request.top_logprobs) == ("auto", THOUGHT_TOKENS, 20)
    assert provider.closed == provider.opened == 1


@pytest.mark.parametrize("card", [JUDGE, THINKING])
def test_a_thought_that_exceeds_its_limit_is_no_reading(card: JudgeCard) -> None:
    assert read(CUT, card)[0] == YesNo(yes=0, no=0, only_thought=True)


def test_a_thought_that_takes_too_long_is_ended() -> None:
    reading, provider = read(SLOW)
    assert reading == YesNo(yes=0, no=0, only_thought=True)
    assert provider.closed == provider.opened == 1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_the_judge_only_thought_about_is_unscored_with_that_cause(place: int) -> None:
    readings = [YES, YES, NO]
    readings[place] = YesNo(yes=0, no=0, only_thought=True)
    criterion = Criterion(claim="It is right.", critical=True)
    assert verdict_of(criterion, *readings) == Unscored(cause="only_thought")


def test_a_score_is_written_behind_the_thought_too() -> None:
    provider = PerSection([Chunk(thought="1"), "7", END])
    assert asyncio.run(Judge(provider, THINKING).write(prompt("q", "t", "s"), 3)) == "7"
    assert (provider.requests[0].max_tokens, provider.requests[0].think) == (THOUGHT_TOKENS + 3, "auto")


def test_readings_of_both_ways_are_of_two_judges_and_those_from_before_still_count() -> None:
    card = JudgeCard(provider="ollama", model="j", digest=None, address=None, prompt_sha256=prompt_sha256())
    assert card.sha256 == "99f004d2d3f5f92e8efefb6ef7acdc3a80dc8dd24e42af6a3489e2866089800b"
    others = [LIMITS, LIMITS.model_copy(update={"think": "low"}), LIMITS.model_copy(update={"tokens": 5})]
    assert len({card.sha256, *(card.model_copy(update={"thought": one}).sha256 for one in others)}) == 4


def test_a_judge_behind_its_thinking_is_named_with_its_limits() -> None:
    assert judge_name(JUDGE, "en") == "ollama/j"
    assert judge_name(THINKING, "en").endswith(
        "(judges behind its thinking: at most 1024 tokens and 120 s for each word)"
    )
    assert "1024토큰" in judge_name(THINKING, "ko")


class Distant(PerSection):
    """One whose model is downloaded first."""

    async def show(self, model: str) -> ModelCard:
        return ModelCard(name=model, is_here=False)

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        yield Pulled(stage="checking", done_bytes=2, total_bytes=2)

    def can_pull(self, model: str) -> bool:
        return True

    def is_answering(self, model: str) -> bool:
        return False

    async def discard(self, model: str) -> None:
        raise AssertionError

    async def unload(self, model: str) -> None:
        raise AssertionError

    async def delete(self, model: str) -> None:
        raise AssertionError


def test_a_model_that_turns_out_to_think_after_its_download_is_told_before_anything_is_asked_of_it() -> None:
    with pytest.raises(JudgeRefused, match="could not be known before it was downloaded: start again"):
        asyncio.run(Judge(Distant(CUT, BEHIND), JUDGE).bring())
