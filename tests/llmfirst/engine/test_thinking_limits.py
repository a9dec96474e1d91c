"""A model that thinks gets seconds for it: its text and the later sections keep theirs."""

import asyncio
import math
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.pace import Pace
from llmfirst.engine.thinking import NO_THOUGHT, WANTED, quietest, told
from llmfirst.events import PHASES, SECTIONS, AnswerSettings, CallFinished, Phase
from llmfirst.ledger import chain_holds
from llmfirst.providers.base import Capabilities, Chunk, Request, Think, Usage
from tests.clock import run
from tests.scripted import ScriptedProvider, asked, collect, engine, handle

SWITCHED: tuple[Think, ...] = ("off", "on")
LEVELS: tuple[Think, ...] = ("low", "medium", "high")


class Thinker(ScriptedProvider):
    """A machine whose model thinks for so many tokens before each text, on a service with these abilities."""

    def __init__(self, tokens: float, *think: Think, ends_thought: bool = False, every: float = 0.1) -> None:
        super().__init__()
        self._tokens = tokens
        self._every = every
        self._can = Capabilities(prefill=False, logprobs=True, think=think, ends_thought=ends_thought)

    def capabilities(self, model: str) -> Capabilities:
        return self._can

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        most = math.inf if request.thought is None or not self._can.ends_thought else request.thought.tokens
        thinks = 0.0 if request.think == "off" and "off" in self._can.think else min(self._tokens, most)
        written = 0
        while written < request.max_tokens:
            await asyncio.sleep(self._every)
            written += 1
            is_thought = written <= thinks
            yield Chunk(thought="so ") if is_thought else Chunk(text=f"Point {len(self.requests)}.{written} is one. ")
            if written >= thinks + 30:
                yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=written))
                return
        yield Chunk(finish_reason="length")


def answer_of(provider: Thinker, think: Think | None = None, deadline: float = 120.0) -> Answer:
    question = replace(asked(), settings=AnswerSettings(think=think))
    events = run(collect(engine(deadline).answer(question, handle(provider))))
    assert events[-1].elapsed_seconds <= deadline
    assert chain_holds([event.call for event in events if isinstance(event, CallFinished)])
    return fold(events)


def thinking_of(provider: Thinker) -> list[Think]:
    return [request.think for request in provider.requests]


@pytest.mark.parametrize("deadline", [120.0, 30.0])
@pytest.mark.parametrize("tokens", [5, 100, 400, math.inf])
@pytest.mark.parametrize(
    ("can", "ends_thought", "think"),
    [(SWITCHED, True, "on"), (SWITCHED, False, "on"), (("on",), True, None), (LEVELS, True, "high"), ((), True, None)],
)
def test_three_sections_whole_wherever_a_thought_can_be_ended(
    tokens: float, can: tuple[Think, ...], ends_thought: bool, think: Think | None, deadline: float
) -> None:
    provider = Thinker(tokens, *can, ends_thought=ends_thought, every=0.1 * deadline / 120)
    told = answer_of(provider, think, deadline)
    if can:
        assert [bool(told.text(section)) for section in SECTIONS] == [True] * 3
        assert told.metrics().outcome == "complete"
    spent = sum(told.phases[phase].thought_seconds or 0.0 for phase in SECTIONS)
    assert spent <= 30 * deadline / 120


def test_thinking_is_off_by_default_where_it_can_be_switched_off() -> None:
    provider = Thinker(50, *SWITCHED)
    told = answer_of(provider)
    assert set(thinking_of(provider)) == {"off"}
    assert not any(told.thought(phase) for phase in PHASES)
    assert (told.submitted and told.submitted.think, told.admitted and told.admitted.think) == ("auto", "off")


def test_only_the_core_thinks_as_asked() -> None:
    provider = Thinker(50, *SWITCHED, ends_thought=True)
    told = answer_of(provider, "on")
    assert thinking_of(provider) == ["off", "on", "off", "off"]
    assert [bool(told.thought(phase)) for phase in PHASES] == [False, True, False, False]


def test_a_thought_that_its_service_cannot_end_is_ended_by_asking_without_it() -> None:
    provider = Thinker(math.inf, *SWITCHED)
    told = answer_of(provider, "on")
    assert thinking_of(provider) == ["off", "on", "off", "off", "off"]
    assert told.phases["core"].thought_seconds == pytest.approx(WANTED["core"], abs=0.5)
    assert told.text("core").startswith("Point 3.1 ")
    assert not told.resumed


def test_a_reply_that_is_all_thinking_is_asked_for_without_it() -> None:
    class Forgetful(Thinker):
        async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
            self.requests.append(request)
            yield Chunk(text="A point.") if request.think == "off" else Chunk(thought="so ")
            yield Chunk(finish_reason="stop")

    provider = Forgetful(1, *SWITCHED)
    assert answer_of(provider, "on").text("core") == "A point."
    assert thinking_of(provider) == ["off", "on", "off", "off", "off"]


def test_a_reply_that_is_all_thinking_is_asked_for_again_with_a_thought_that_is_ended_at_once() -> None:
    class Absorbed(Thinker):
        """One that ends its reply within its thought, before anybody ends that."""

        async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
            self.requests.append(request)
            yield Chunk(text="A point.") if request.thought == NO_THOUGHT else Chunk(thought="so ")
            yield Chunk(finish_reason="stop")

    provider = Absorbed(1, "on", ends_thought=True)
    told = answer_of(provider)
    assert told.text("core") == "A point."
    assert told.thought("core") == "so "
    _, first, again, *_ = (request.thought for request in provider.requests)
    assert (first is not None and first.tokens > 1, again) == (True, NO_THOUGHT)
    assert not told.resumed


def test_a_thought_that_nobody_can_end_has_the_time_of_its_section() -> None:
    provider = Thinker(150, "on")
    told = answer_of(provider)
    assert [bool(told.text(section)) for section in SECTIONS] == [True] * 3
    assert told.phases["core"].thought_seconds == pytest.approx(15, abs=1)


def test_the_limit_of_a_reply_has_room_for_its_text_behind_the_thought() -> None:
    provider = Thinker(math.inf, "on", ends_thought=True)
    answer_of(provider)
    for request in provider.requests:
        assert request.thought is not None
        assert request.max_tokens - request.thought.tokens >= 80


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("at", [0.0, 5.0, 30.0, 60.0, 100.0, 119.0])
@pytest.mark.parametrize("token_seconds", [0.001, 0.1, 0.5, 5.0])
def test_a_thought_never_takes_the_reserve(phase: Phase, at: float, token_seconds: float) -> None:
    pace = Pace(120.0, can_end_thought=True, thoughts=WANTED).after_phase(phase, at)
    pace = pace.after_call(at, pace.budget(at), is_continued=False)
    for number in range(20):
        pace = pace.after_thought(at + number * token_seconds, 1)
    limit = pace.thought_limit(at)
    assert limit.tokens >= 1
    assert 0 <= limit.seconds <= WANTED[phase]
    assert at + limit.seconds <= max(at, pace.end)


@pytest.mark.parametrize(
    ("can", "asked_for", "expected"),
    [
        ((), "on", None),
        ((), "auto", None),
        (SWITCHED, "auto", "off"),
        (SWITCHED, "on", "on"),
        (SWITCHED, "high", "on"),
        (("on",), "off", "on"),
        (LEVELS, "auto", "low"),
        (LEVELS, "off", "low"),
        (LEVELS, "on", "medium"),
        (LEVELS, "high", "high"),
    ],
)
def test_what_is_told_is_what_was_asked_or_the_nearest(
    can: tuple[Think, ...], asked_for: Think, expected: Think | None
) -> None:
    assert told(asked_for, can) == expected
    assert quietest(can) == (told("off", can) or "off")
