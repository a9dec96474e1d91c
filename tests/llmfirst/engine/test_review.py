"""The model's look at its own answer: in time that is left, recorded, and never a change of what was read."""

import asyncio
import dataclasses
import math
from collections.abc import Sequence

import pytest

from llmfirst.answer import ReviewText, fold
from llmfirst.engine.deadline import Halt
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.rates import Rates
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import AnswerEvent, AnswerFinished, CallFinished, ProfileName, ReviewAdded, StateChanged, is_end
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Chunk, TokenLogprob
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, Step, asked, collect, engine, handle, text_of

PROFILES = {name: one.model_copy(update={"verdict": None}) for name, one in load_profiles().profiles.items()}
SECTIONS_WRITTEN: tuple[Reply, ...] = (["plan", END], ["CORE.", LENGTH], ["DETAILS.", LENGTH], ["THE END.", END])
KEY = "sha256:0|ollama|nowhere"
KNOWN = Rates(token_seconds=0.02, read_seconds=0.001, characters_per_token=4.0, first_seconds=0.2, gaps=50)


def reviewed(
    *replies: Reply,
    profile: ProfileName = "instructed",
    deadline: float = 120.0,
    rates: Rates = KNOWN,
    logprobs: bool = True,
) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(*replies)
    provider.can = Capabilities(prefill=True, logprobs=logprobs)
    asking = engine(deadline, profile=PROFILES[profile])
    asking.rates.learn(KEY, rates)
    asking.rates.learn(f"{KEY}|instructed", rates)
    return run(collect(asking.answer(asked(), handle(provider)))), provider


def review_of(events: Sequence[AnswerEvent]) -> ReviewText:
    review = fold(events).review
    assert review is not None
    return review


def choice(yes: float) -> list[Chunk]:
    """Return a one-token reply in which so much of the choice is yes."""
    top = [TokenLogprob(token=" yes", logprob=math.log(yes)), TokenLogprob(token="No", logprob=math.log(1 - yes))]
    return [Chunk(text="Yes" if yes > 0.5 else "No", logprobs=(top[0].model_copy(update={"top": tuple(top)}),)), LENGTH]


def outcome_of(events: Sequence[AnswerEvent]) -> str:
    end = events[-1]
    assert isinstance(end, AnswerFinished)
    return end.outcome


@pytest.mark.parametrize("profile", ["direct", "instructed"])
def test_a_review_is_told_beside_the_answer_and_recorded(profile: ProfileName) -> None:
    rest: list[Reply] = [choice(0.2)] if profile == "instructed" else []
    events, provider = reviewed(*SECTIONS_WRITTEN, ["Nothing ", 0.5, "is missing.", END], *rest, profile=profile)
    told, review = fold(events), review_of(events)
    assert text_of(events) == "planCORE.DETAILS.THE END."
    assert (review.text, review.ending, review.supplement) == ("Nothing is missing.", "made", "")
    assert [call.purpose for call in told.calls][4:] == ["review", "verdict"][: 1 + len(rest)]
    asked_for_it = provider.requests[4].messages
    assert asked_for_it[-1].content.endswith("\n\nwhy?")
    assert " ".join(m.content for m in asked_for_it if m.role == "assistant").split()[-2:] == ["THE", "END."]
    assert outcome_of(events) == "complete"
    assert told.metrics().review == pytest.approx(0.5, abs=0.1)
    proof = verify(events)
    assert proof.holds
    assert proof.shown_characters == len("planCORE.DETAILS.THE END.Nothing is missing.")
    assert [one.kind for one in proof.decisions if one.phase == "review"] == ["review", "verdict"][: 1 + len(rest)]


def test_the_state_has_a_name_while_the_model_reviews() -> None:
    events, _ = reviewed(*SECTIONS_WRITTEN, [4.0, "Fine.", END], choice(0.1))
    states = [event.state for event in events if isinstance(event, StateChanged)]
    assert states[-1] == "reviewing"


@pytest.mark.parametrize("logprobs", [True, False])
def test_what_is_missing_is_added_to_the_conclusion_as_a_block_of_its_own(logprobs: bool) -> None:
    verdict: Reply = choice(0.8) if logprobs else ["Yes", LENGTH]
    events, provider = reviewed(
        *SECTIONS_WRITTEN, ["No price.", END], verdict, ["It costs ", "3 euros.", END], logprobs=logprobs
    )
    told, review = fold(events), review_of(events)
    assert told.text("conclusion") == "THE END.\n\nIt costs 3 euros."
    assert review.supplement == "\n\nIt costs 3 euros."
    assert (review.ending, review.supplement_ending) == ("made", "stop")
    assert review.judged is not None
    assert review.judged.yes == pytest.approx(0.8 if logprobs else 1.0)
    assert [call.purpose for call in told.calls][4:] == ["review", "verdict", "supplement"]
    assert provider.requests[5].max_tokens == 1
    assert provider.requests[5].sampling.temperature == 0
    assert provider.requests[5].top_logprobs == (20 if logprobs else 0)
    proof = verify(events)
    assert proof.holds
    assert [one.calls[-1] for one in proof.decisions if one.phase == "conclusion"] == ["run-1/7"]


@pytest.mark.parametrize("verdict", [choice(0.5), choice(0.1), ["Perhaps", LENGTH], [END], ["yes", LENGTH, 9.0]])
def test_nothing_is_added_unless_the_model_says_that_something_is_missing(verdict: Sequence[Step]) -> None:
    is_yes = verdict[0] == "yes"
    rest: list[Reply] = [["More.", END]] if is_yes else []
    events, _ = reviewed(*SECTIONS_WRITTEN, ["No price.", END], verdict, *rest)
    assert bool(review_of(events).supplement) == is_yes
    assert verify(events).holds


def test_a_supplement_that_only_repeats_the_answer_is_not_shown() -> None:
    conclusion = "This is the long end of the answer, and it says a thing."
    events, _ = reviewed(*SECTIONS_WRITTEN[:3], [conclusion, END], ["No.", END], choice(0.9), [conclusion, END])
    assert fold(events).text("conclusion") == conclusion
    assert review_of(events).supplement == ""
    assert verify(events).holds


@pytest.mark.parametrize(("profile", "seconds"), [("direct", 5.0), ("instructed", 6.0)])
def test_a_review_ends_with_its_time(profile: ProfileName, seconds: float) -> None:
    events, _ = reviewed(*SECTIONS_WRITTEN, ["Well, ", 60.0, "never"], profile=profile)
    review = review_of(events)
    assert (review.text, review.ending) == ("Well, ", "shortened")
    assert review.seconds == pytest.approx(seconds, abs=0.3)
    assert outcome_of(events) == "complete"


def test_a_review_that_talks_too_long_lands_on_a_sentence() -> None:
    words = [f"Word{number}{'.' if number % 10 == 9 else ''} " for number in range(200)]
    events, _ = reviewed(*SECTIONS_WRITTEN, words, profile="direct")
    review = review_of(events)
    assert (review.ending, review.text.rstrip().endswith("9.")) == ("made", True)
    assert len(review.text.split()) <= 60
    assert verify(events).holds


def test_a_review_that_would_take_longer_than_it_may_is_left_out_openly_and_costs_nothing() -> None:
    slow = Rates(token_seconds=0.3, read_seconds=0.002, characters_per_token=4.0, gaps=50)
    events, provider = reviewed(*SECTIONS_WRITTEN, profile="direct", rates=slow)
    assert review_of(events) == ReviewText(ended_seconds=events[-1].elapsed_seconds, ending="too_slow")
    assert len(provider.requests) == 4
    assert fold(events).metrics().review is None


def test_without_time_for_it_a_review_is_left_out_openly() -> None:
    slow = Rates(token_seconds=0.25, read_seconds=0.005, characters_per_token=4.0, gaps=50)
    events, _ = reviewed(*SECTIONS_WRITTEN[1:], deadline=5, rates=slow)
    assert review_of(events).ending == "no_time"


def test_a_review_is_left_out_while_somebody_waits_for_the_slot() -> None:
    async def main() -> tuple[list[AnswerEvent], list[AnswerEvent]]:
        asking = engine(profile=PROFILES["direct"])
        first = ScriptedProvider(*SECTIONS_WRITTEN[:3], [1.0, "THE END.", END])
        second = ScriptedProvider(*SECTIONS_WRITTEN, ["Fine.", END])
        begun = asyncio.create_task(collect(asking.answer(asked(run_id="1"), handle(first))))
        await asyncio.sleep(0.1)
        waited = await collect(asking.answer(asked(run_id="2"), handle(second)))
        return await begun, waited

    first, second = run(main())
    assert review_of(first).ending == "awaited"
    assert review_of(second).ending == "made"


def test_an_answer_that_was_stopped_is_not_reviewed() -> None:
    events, _ = reviewed(*SECTIONS_WRITTEN[:3], [ProviderInterrupted("gone")], [ProviderInterrupted("gone")])
    assert fold(events).review is None


@pytest.mark.parametrize("at", range(3))
def test_a_service_that_breaks_during_the_review_costs_the_answer_nothing(at: int) -> None:
    replies: list[Reply] = [["No.", END], choice(0.9), ["More", 0.1, ProviderInterrupted("gone")]]
    replies[at] = ["x", ProviderInterrupted("gone")]
    events, _ = reviewed(*SECTIONS_WRITTEN, *replies[: at + 1])
    assert outcome_of(events) == "complete"
    assert review_of(events).ending == ("failed" if at == 0 else "made")
    broken = [event.call for event in events if isinstance(event, CallFinished)][-1]
    assert broken.error == "gone"
    assert verify(events).holds


def test_stop_ends_a_review_at_once() -> None:
    provider = ScriptedProvider(*SECTIONS_WRITTEN, ["Well, ", 60, "never"])

    async def main() -> list[AnswerEvent]:
        halt = Halt()
        asyncio.get_running_loop().call_later(1, halt.ask)
        return await collect(engine(profile=PROFILES["direct"]).answer(asked(halt=halt), handle(provider)))

    events = run(main())
    assert outcome_of(events) == "stopped"
    assert events[-1].elapsed_seconds == pytest.approx(1, abs=0.1)
    assert provider.closed == provider.opened == 5
    assert verify(events).holds


@pytest.mark.parametrize("deadline", [5.0, 15.0, 60.0, 120.0])
@pytest.mark.parametrize("step", [0.05, 0.4, 2.0, 1000.0])
@pytest.mark.parametrize("at", range(4))
def test_whatever_the_review_meets_the_answer_ends_once_and_in_time(deadline: float, step: float, at: int) -> None:
    endless = [each for number in range(600) for each in (step, f"word{number} ")]
    replies: list[Reply] = [["No.", END], choice(0.9), ["More.", END]]
    late = [
        *SECTIONS_WRITTEN[:3],
        ["THE END. ", *[step for n in range(40) for step in (deadline / 60, f"w{n}. ")], END],
    ]
    written = SECTIONS_WRITTEN if at < 3 else late
    events, provider = reviewed(*written, *replies[:at], *[endless] * 4, deadline=deadline, rates=Rates())
    assert [is_end(event) for event in events].count(True) == 1
    assert events[-1].elapsed_seconds <= deadline
    assert provider.closed == provider.opened
    assert verify(events).holds


def test_a_review_streams_as_it_is_written() -> None:
    events, _ = reviewed(*SECTIONS_WRITTEN, ["a ", 0.5, "b ", 0.5, "c.", END], choice(0.1))
    added = [event for event in events if isinstance(event, ReviewAdded)]
    assert [event.text for event in added] == ["a ", "b ", "c."]
    assert added[2].elapsed_seconds - added[0].elapsed_seconds == pytest.approx(1.0)


def test_a_supplement_that_the_deadline_ends_is_called_shortened_and_the_guard_is_named() -> None:
    endless = [each for number in range(600) for each in (f"word{number} ", 0.4)]
    events, _ = reviewed(*SECTIONS_WRITTEN, ["No.", END], choice(0.9), endless, deadline=15, rates=Rates())
    review = review_of(events)
    assert review.supplement_ending in ("cut", "deadline")
    assert fold(events).is_shortened
    assert [acted.phase for acted in verify(events).guards if acted.guard != "token_budget"] == ["conclusion"]
    assert outcome_of(events) == "complete"
    assert events[-1].elapsed_seconds <= 15


@pytest.mark.parametrize("waited", [1.5, 60.0])
def test_how_long_a_review_waited_is_learned_for_the_next_one(waited: float) -> None:
    provider = ScriptedProvider(*SECTIONS_WRITTEN, [waited, "Fine.", END])
    asking = engine(profile=PROFILES["direct"])
    asking.rates.learn(KEY, dataclasses.replace(KNOWN, first_seconds=0.2))
    run(collect(asking.answer(asked(), handle(provider))))
    # Two sections were continued at once before it, and to read what asks for it takes 0.12 s.
    assert asking.rates.known(KEY).first_seconds == pytest.approx(
        0.2 * 0.49 + 0.3 * (min(waited, 5.0) - 0.12), abs=0.05
    )
