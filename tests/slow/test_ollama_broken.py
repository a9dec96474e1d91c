"""A real Ollama that loses its model in the middle of an answer: the answer goes on, says so, and is proved."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import psutil
import pytest

from llmfirst.answer import fold
from llmfirst.events import PHASES, AnswerEvent, PhaseStarted, TextAdded
from llmfirst.proof import verify
from llmfirst.providers.ollama import OllamaProvider
from tests.conftest import OLLAMA_MODEL
from tests.scripted import asked, engine, handle

pytestmark = [pytest.mark.slow, pytest.mark.ollama]
PIECES_BEFORE = 12


def answer_broken_in_its_core(breaking: Callable[[OllamaProvider], Awaitable[None]]) -> list[AnswerEvent]:
    async def main() -> list[AnswerEvent]:
        provider = OllamaProvider(os.environ["OLLAMA_HOST"], context_tokens=2048, silence_limit_seconds=60)
        question = asked("Tell a long story of a lighthouse keeper.")
        events: list[AnswerEvent] = []
        pieces = 0
        try:
            async with aclosing(engine().answer(question, handle(provider, OLLAMA_MODEL))) as run:
                async for event in run:
                    events.append(event)
                    if isinstance(event, TextAdded) and event.phase == "core":
                        pieces += 1
                        if pieces == PIECES_BEFORE:
                            await breaking(provider)
        finally:
            await provider.aclose()
        return events

    return asyncio.run(main())


def see_that_it_is_whole_and_proved(events: list[AnswerEvent]) -> None:
    assert [event.phase for event in events if isinstance(event, PhaseStarted)] == list(PHASES)
    metrics, proof = fold(events).metrics(), verify(events)
    assert metrics.outcome in ("complete", "deadline")
    assert metrics.total_time is not None
    assert metrics.total_time <= 120
    assert (proof.problems, proof.accounted_share, proof.unbacked_decisions) == ((), 1.0, 0)


def test_a_section_goes_on_once_when_the_process_of_the_model_is_killed() -> None:
    async def kill(_: OllamaProvider) -> None:
        servers = [process for process in psutil.process_iter() if process.name() == "ollama"]
        runners = [child for server in servers for child in server.children(recursive=True)]
        assert runners, "the Ollama at OLLAMA_HOST must run on this machine for this test"
        for runner in runners:
            runner.kill()

    events = answer_broken_in_its_core(kill)
    see_that_it_is_whole_and_proved(events)
    answer = fold(events)
    assert [resumed.trouble for resumed in answer.resumed if resumed.phase == "core"] == ["broken"]
    assert len([call for call in answer.calls if call.purpose == "core"]) == 2


def test_unloading_the_model_lets_the_open_reply_end_and_the_rest_is_asked_of_it_loaded_anew() -> None:
    async def unload(provider: OllamaProvider) -> None:
        await provider.unload(OLLAMA_MODEL)

    events = answer_broken_in_its_core(unload)
    see_that_it_is_whole_and_proved(events)
    assert [resumed.trouble for resumed in fold(events).resumed if resumed.trouble != "empty"] == []
