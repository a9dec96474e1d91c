"""A model that thinks: its thinking is told, recorded and timed apart from the answer, and is a sign of life."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.call import bounded
from llmfirst.engine.pace import Pace
from llmfirst.engine.profiles import load_profiles
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import (
    PHASES,
    SECTIONS,
    SELF_QUESTIONS,
    AnswerEvent,
    AnswerFailed,
    CallFinished,
    PhaseFinished,
    PhaseResumed,
    StateChanged,
    TextAdded,
    ThoughtAdded,
    answer_events,
)
from llmfirst.ledger import chain_holds
from llmfirst.proof import verify
from llmfirst.providers.base import Chunk, Usage
from tests.clock import run
from tests.scripted import END, LENGTH, PerSection, Reply, ScriptedProvider, Step, asked, collect, engine, handle


def answer(*replies: Reply) -> list[AnswerEvent]:
    return run(collect(engine().answer(asked(), handle(PerSection(*replies)))))


def thoughts(*words: str, every: float = 1.0) -> list[Step]:
    return [step for word in words for step in (every, Chunk(thought=word))]


def after_thinking(text: str) -> list[Step]:
    return [*thoughts("Hm, ", "they ask why. "), 1.0, text, END]


STOP = Chunk(finish_reason="stop")
THINKING = [after_thinking(text) for text in ("A plan.", "The core.", "The details.", "The end.")]


def test_thinking_is_told_before_the_text_and_apart_from_it() -> None:
    events = answer(*THINKING)
    core = events[next(at for at, event in enumerate(events) if isinstance(event, PhaseFinished)) + 1 :]
    told = [event for event in core if isinstance(event, StateChanged | ThoughtAdded | TextAdded)][:6]
    assert [event.state if isinstance(event, StateChanged) else event.text for event in told] == [
        "waiting_for_text",
        "thinking",
        "Hm, ",
        "they ask why. ",
        "writing",
        "The core.",
    ]
    state = fold(events)
    assert [state.text(phase) for phase in PHASES] == ["A plan.", "The core.", "The details.", "The end."]
    assert {state.thought(phase) for phase in PHASES} == {"Hm, they ask why. "}
    assert [state.phases[phase].thought_seconds for phase in PHASES] == pytest.approx([2.0] * 4)
    assert state.metrics().outcome == "complete"


def test_the_first_token_and_the_first_text_are_two_figures() -> None:
    metrics = fold(answer(*THINKING)).metrics()
    assert (metrics.any_ttft, metrics.ttft, metrics.thought_seconds) == pytest.approx((1.0, 3.0, 8.0))
    plain = fold(answer(*[[1.0, text, END] for text in ("A plan.", "Core.", "Details.", "End.")])).metrics()
    assert (plain.any_ttft, plain.ttft, plain.thought_seconds) == (1.0, 1.0, None)


def test_thinking_is_in_the_ledger_as_it_was_written_and_is_proved() -> None:
    events = answer(*THINKING)
    calls = [event.call for event in events if isinstance(event, CallFinished)]
    assert [(call.thoughts, call.reply) for call in calls][1] == ("Hm, they ask why. ", "The core.")
    assert chain_holds(calls)
    assert not chain_holds([calls[0].model_copy(update={"thoughts": "Ha."}), *calls[1:]])
    assert verify(events).holds
    changed = [
        event.model_copy(update={"text": "Ha, "}) if isinstance(event, ThoughtAdded) else event for event in events
    ]
    proof = verify(changed)
    assert not proof.holds
    assert "call run-1/1" in proof.problems[0]


def test_stored_thinking_is_read_back_and_folded_in_any_pieces() -> None:
    events = answer(*THINKING)
    read = [answer_events.validate_json(event.model_dump_json()) for event in events]
    one_by_one = Answer()
    for event in read:
        one_by_one = one_by_one.after(event)
    assert one_by_one == fold(events)


def test_a_model_that_thinks_long_is_alive() -> None:
    long = [*thoughts(*["so "] * 20, every=2.0), "The core.", END]
    events = answer(["A plan.", END], long, ["The details.", END], ["The end.", END])
    assert not [event for event in events if isinstance(event, PhaseResumed)]
    assert "silent" not in [event.state for event in events if isinstance(event, StateChanged)]
    assert [bool(fold(events).text(phase)) for phase in SECTIONS] == [True] * 3


@pytest.mark.parametrize("every", [0.01, 0.5, 7.0])
def test_thinking_that_never_ends_ends_in_time_and_is_no_answer(every: float) -> None:
    endless = thoughts(*["so "] * round(200 / every), every=every)
    events = answer(*[endless] * 8)
    end = events[-1]
    assert isinstance(end, AnswerFailed)
    assert end.code == "only_thought"
    assert end.elapsed_seconds <= 120
    assert not [event for event in events if isinstance(event, TextAdded)]
    assert verify(events).holds


def test_an_answer_that_repeats_the_thinking_is_shown() -> None:
    block = "A paragraph that is long enough to be known when it comes again.\n\n"
    events = answer(["Plan.", END], [Chunk(thought=block * 2), block, END], ["The details.", END], ["The end.", END])
    assert fold(events).text("core") == block


@pytest.mark.parametrize("usage", [None, Usage(prompt_tokens=9, completion_tokens=40)])
def test_tokens_of_thinking_count_once_and_their_time_too(usage: Usage | None) -> None:
    words: list[Step] = [step for n in range(20) for step in (0.1, Chunk(text=f"w{n} "))]
    thinking = thoughts(*["so "] * 20, every=0.1)
    core: Reply = [*thinking, *words, Chunk(finish_reason="stop", usage=usage)]
    told = fold(answer(*(core if phase == "core" else [phase, STOP] for phase in PHASES)))
    call = told.calls[1]
    assert call.tokens == 40
    assert (call.last_token_seconds or 0) - (call.first_token_seconds or 0) == pytest.approx(3.9)
    assert told.metrics().tokens_per_second == pytest.approx(10, rel=0.1)


def test_thinking_teaches_the_rates_and_is_no_text_of_the_phase() -> None:
    pace = Pace(120.0).after_phase("core", 0.0)
    pace = pace.after_call(0.0, pace.budget(0.0), is_continued=False)
    for number in range(1, 21):
        pace = pace.after_thought(number / 10, 1)
    assert (pace.first_text, pace.tokens, pace.decoded) == (None, 0, 19)
    assert pace.rates.token_seconds == pytest.approx(0.1)
    pace = pace.after_tokens(2.1, 1).after_tokens(2.2, 1)
    assert (pace.first_text, pace.tokens) == (2.1, 2)
    assert pace.decode_seconds == pytest.approx(2.0)


def test_the_prompt_is_read_when_the_model_begins_to_think() -> None:
    asking = engine()
    run(collect(asking.answer(asked(), handle(PerSection(*THINKING)))))
    # 10 tokens, and the first thought 1 s after each call; its text comes after 3 s.
    assert asking.rates.known("sha256:0|ollama|nowhere").read_seconds == pytest.approx(0.1)


def test_thinking_is_no_verdict_and_no_review() -> None:
    profile = load_profiles().profiles["instructed"]
    written: Sequence[Reply] = (["plan", END], ["CORE.", END], ["DETAILS.", END], ["THE END.", END])
    only: Reply = [Chunk(thought="yes"), LENGTH]
    review: Reply = [Chunk(thought="Nothing is wrong."), "The year is missing.", END]
    # After one thought, the other two verdicts are left out.
    provider = ScriptedProvider(*written, only, review, only)
    events = run(collect(engine(profile=profile).answer(asked(), handle(provider))))
    told = fold(events)
    assert told.self_verdict is not None
    assert told.self_verdict.left_out == dict.fromkeys(SELF_QUESTIONS, "no_verdict")
    assert told.review is not None
    assert told.review.text == "The year is missing."
    assert told.review.judged is None or told.review.judged.yes is None
    assert all("Nothing is wrong" not in message.content for call in told.calls for message in call.request.messages)


def test_thinking_counts_for_the_length_of_a_reply() -> None:
    async def read() -> list[Chunk]:
        async def chunks() -> AsyncGenerator[Chunk, None]:
            yield Chunk(thought="12345", text="678")
            yield Chunk(text="9012")

        told: list[Chunk] = []
        with pytest.raises(ProviderInterrupted, match="more than 10 characters"):
            async for chunk in bounded(chunks(), 10):
                told.append(chunk)
        return told

    assert [(chunk.thought, chunk.text) for chunk in run(read())] == [("12345", "678"), ("", "90")]
