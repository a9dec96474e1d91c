"""The model's verdict on its own answer: one token to each question, in time that is left, and never a change of it."""

import asyncio
import math
from collections.abc import Sequence

import pytest

from llmfirst.answer import SelfVerdict, fold
from llmfirst.engine.deadline import Halt
from llmfirst.engine.profiles import VerdictLimits, load_profiles
from llmfirst.engine.prompts import SELF_VERDICTS
from llmfirst.engine.rates import Rates
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import (
    SELF_QUESTIONS,
    AnswerEvent,
    AnswerFinished,
    CallFinished,
    ProfileName,
    ReviewStarted,
    SelfJudged,
    SelfQuestion,
    StateChanged,
    is_end,
)
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Chunk, TokenLogprob
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, asked, collect, engine, handle, text_of

PROFILES = {name: profile.model_copy(update={"working": None}) for name, profile in load_profiles().profiles.items()}
WRITTEN: tuple[Reply, ...] = (["plan", END], ["CORE.", END], ["DETAILS.", END], ["THE END.", END])
FAST = Rates(token_seconds=0.02, read_seconds=0.001, characters_per_token=4.0, first_seconds=0.2, gaps=50)
EVERY: tuple[SelfQuestion, ...] = SELF_QUESTIONS


def judged(
    *replies: Reply,
    name: ProfileName = "answer_first",
    deadline: float = 120.0,
    rates: Rates = FAST,
    logprobs: bool = True,
    is_reviewed: bool = False,
) -> tuple[list[AnswerEvent], ScriptedProvider]:
    """Return the events of a run by a profile, without its review unless `is_reviewed`."""
    provider = ScriptedProvider(*replies)
    provider.can = Capabilities(prefill=True, logprobs=logprobs)
    profile = PROFILES[name] if is_reviewed else PROFILES[name].model_copy(update={"review": None})
    asking = engine(deadline, profile=profile)
    for kind in ("", "|asked", "|instructed"):
        asking.rates.learn(f"sha256:0|ollama|nowhere{kind}", rates)
    return run(collect(asking.answer(asked(), handle(provider)))), provider


def choice(yes: float) -> list[Chunk]:
    """Return a one-token reply in which so much of the choice is yes."""
    top = [TokenLogprob(token=" yes", logprob=math.log(yes)), TokenLogprob(token="No", logprob=math.log(1 - yes))]
    return [Chunk(text="Yes" if yes > 0.5 else "No", logprobs=(top[0].model_copy(update={"top": tuple(top)}),)), LENGTH]


def verdict_of(events: Sequence[AnswerEvent]) -> SelfVerdict:
    verdict = fold(events).self_verdict
    assert verdict is not None
    return verdict


def outcome_of(events: Sequence[AnswerEvent]) -> str:
    end = events[-1]
    assert isinstance(end, AnswerFinished)
    return end.outcome


@pytest.mark.parametrize("name", ["direct", "answer_first", "instructed"])
def test_the_model_judges_its_answer_with_one_token_to_each_question(name: ProfileName) -> None:
    events, _ = judged(*WRITTEN, choice(0.9), choice(0.8), choice(0.25), name=name)
    shares = {"asked": 0.9, "language": 0.8, "core": 0.25}
    assert verdict_of(events).yes == pytest.approx(shares)
    assert (verdict_of(events).by, verdict_of(events).left_out) == ("probability", {})
    assert (text_of(events), outcome_of(events)) == ("planCORE.DETAILS.THE END.", "complete")
    told = fold(events)
    assert [call.purpose for call in told.calls][-3:] == ["self_verdict"] * 3
    assert told.metrics().self_verdict == verdict_of(events)
    proof = verify(events)
    assert proof.holds
    named = [one.calls for one in proof.decisions if one.kind == "self_verdict"]
    assert named == [(event.call_id,) for event in events if isinstance(event, SelfJudged)]


def test_the_three_calls_branch_from_the_conversation_and_add_only_their_question() -> None:
    _, provider = judged(*WRITTEN, choice(0.9), choice(0.9), choice(0.9))
    conclusion, *calls = (request.messages for request in provider.requests[-4:])
    for question, messages in zip(EVERY, calls, strict=True):
        assert messages[: len(conclusion)] == conclusion
        assert [message.content for message in messages[len(conclusion) :]] == ["THE END.", SELF_VERDICTS[question]]
    for request in provider.requests[-3:]:
        assert (request.max_tokens, request.sampling.temperature, request.top_logprobs) == (1, 0, 20)


def test_the_state_has_a_name_and_the_review_comes_after() -> None:
    events, _ = judged(*WRITTEN, choice(0.9), [2.0, *choice(0.9)], choice(0.9), ["Fine.", END], is_reviewed=True)
    states = [event.state for event in events if isinstance(event, StateChanged)]
    assert states[-2:] == ["reviewing", "reviewing"]
    last = max(at for at, event in enumerate(events) if isinstance(event, SelfJudged))
    assert any(isinstance(event, ReviewStarted) for event in events[last:])
    assert fold(events).metrics().self_verdict_seconds == pytest.approx(2.0, abs=0.1)


def test_without_log_probabilities_the_word_counts_and_that_is_said() -> None:
    events, provider = judged(*WRITTEN, ["Yes", LENGTH], ["no", LENGTH], ["Maybe", LENGTH], logprobs=False)
    assert verdict_of(events) == SelfVerdict(
        yes={"asked": 1.0, "language": 0.0}, by="word", left_out={"core": "no_verdict"}
    )
    assert provider.requests[-1].top_logprobs == 0
    assert outcome_of(events) == "complete"
    assert verify(events).holds


def test_a_model_without_a_word_for_one_question_is_still_asked_the_next() -> None:
    events, _ = judged(*WRITTEN, ["Hm", LENGTH], [END], choice(0.7))
    assert verdict_of(events).left_out == dict.fromkeys(("asked", "language"), "no_verdict")
    assert verdict_of(events).yes == pytest.approx({"core": 0.7})


@pytest.mark.parametrize("logprobs", [True, False])
def test_a_model_that_thinks_before_its_word_has_said_nothing_and_is_not_asked_again(logprobs: bool) -> None:
    thought = Chunk(thought="Yes", unused=("logprobs",))
    events, provider = judged(*WRITTEN, [thought, LENGTH], logprobs=logprobs)
    assert verdict_of(events) == SelfVerdict(left_out=dict.fromkeys(EVERY, "no_verdict"))
    assert provider.requests[-1].think == "off"
    assert outcome_of(events) == "complete"
    assert verify(events).holds


def test_on_a_machine_that_would_take_too_long_it_is_left_out_openly() -> None:
    slow = Rates(token_seconds=0.1, read_seconds=1.0, characters_per_token=4.0, gaps=50)
    events, provider = judged(*WRITTEN[1:], rates=slow)
    assert verdict_of(events) == SelfVerdict(left_out=dict.fromkeys(EVERY, "too_slow"))
    assert len(provider.requests) == len(WRITTEN[1:])
    assert fold(events).metrics().self_verdict_seconds is None


def test_what_would_exceed_the_time_for_it_is_left_out_openly() -> None:
    events, _ = judged(*WRITTEN, [1.6, *choice(0.9)])
    assert verdict_of(events).yes == pytest.approx({"asked": 0.9})
    assert verdict_of(events).left_out == dict.fromkeys(EVERY[1:], "no_time")


def test_it_is_left_out_while_somebody_waits_for_the_slot() -> None:
    async def main() -> list[AnswerEvent]:
        asking = engine(profile=PROFILES["direct"].model_copy(update={"review": None}))
        first = ScriptedProvider(*WRITTEN[:3], [1.0, "THE END.", END])
        second = ScriptedProvider(*WRITTEN, choice(0.9), choice(0.9), choice(0.9))
        begun = asyncio.create_task(collect(asking.answer(asked(run_id="1"), handle(first))))
        await asyncio.sleep(0.1)
        assert fold(await collect(asking.answer(asked(run_id="2"), handle(second)))).self_verdict is not None
        return await begun

    assert verdict_of(run(main())).left_out == dict.fromkeys(EVERY, "awaited")


@pytest.mark.parametrize("at", range(3))
def test_a_service_that_breaks_costs_the_answer_nothing_and_is_not_asked_again(at: int) -> None:
    events, _ = judged(*WRITTEN, *[choice(0.9)] * at, [ProviderInterrupted("gone")])
    assert verdict_of(events).left_out == dict.fromkeys(EVERY[at:], "failed")
    assert outcome_of(events) == "complete"
    assert [event.call.error for event in events if isinstance(event, CallFinished)][-1] == "gone"
    assert verify(events).holds


def test_a_verdict_that_does_not_come_ends_with_its_time() -> None:
    events, provider = judged(*WRITTEN, choice(0.9), [60.0, "Yes", LENGTH])
    limits = PROFILES["answer_first"].verdict
    assert limits is not None
    assert verdict_of(events).left_out == dict.fromkeys(EVERY[1:], "no_time")
    assert outcome_of(events) == "complete"
    assert fold(events).metrics().self_verdict_seconds == pytest.approx(limits.seconds, abs=0.3)
    assert provider.closed == provider.opened


def test_stop_ends_it_at_once() -> None:
    provider = ScriptedProvider(*WRITTEN, [60.0, "Yes", LENGTH])

    async def main() -> list[AnswerEvent]:
        halt = Halt()
        asyncio.get_running_loop().call_later(1, halt.ask)
        return await collect(engine(profile=PROFILES["answer_first"]).answer(asked(halt=halt), handle(provider)))

    events = run(main())
    assert outcome_of(events) == "stopped"
    assert events[-1].elapsed_seconds == pytest.approx(1, abs=0.1)
    assert provider.closed == provider.opened
    assert verify(events).holds


@pytest.mark.parametrize("deadline", [5.0, 15.0, 120.0])
@pytest.mark.parametrize("step", [0.05, 0.4, 2.0, 1000.0])
@pytest.mark.parametrize("is_late", [False, True])
def test_whatever_it_meets_the_answer_ends_once_and_in_time(deadline: float, step: float, is_late: bool) -> None:
    endless = [each for number in range(600) for each in (step, f"word{number} ")]
    late = ["THE END. ", *[wait for n in range(40) for wait in (deadline / 60, f"w{n}. ")], END]
    written = [*WRITTEN[:3], late] if is_late else WRITTEN
    events, provider = judged(*written, *[endless] * 3, deadline=deadline, rates=Rates())
    assert [is_end(event) for event in events].count(True) == 1
    assert events[-1].elapsed_seconds <= deadline
    assert provider.closed == provider.opened
    assert verify(events).holds


def test_a_profile_may_have_no_verdict() -> None:
    profile = PROFILES["answer_first"].model_copy(update={"working": None, "verdict": None, "review": None})
    events = run(collect(engine(profile=profile).answer(asked(), handle(ScriptedProvider(*WRITTEN)))))
    assert fold(events).self_verdict is None
    assert fold(events).metrics().self_verdict is None
    assert all(isinstance(each.verdict, VerdictLimits) for each in PROFILES.values())
