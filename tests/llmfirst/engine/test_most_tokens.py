"""A setting bounds the length of every section, however a model is asked."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from llmfirst.answer import fold
from llmfirst.engine.lengths import ASKED
from llmfirst.engine.pace import CONTINUED_TOKENS
from llmfirst.engine.profiles import load_profiles
from llmfirst.events import SECTIONS, AnswerEvent, AnswerSettings, ProfileName, TextAdded
from llmfirst.providers.base import Chunk, Request
from tests.clock import run
from tests.scripted import ScriptedProvider, asked, collect, engine, handle

MOST = 60


class Talker(ScriptedProvider):
    """Writes a sentence of ten words over and over, up to the limit of each call, with a number in each."""

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        for number in range(request.max_tokens):
            is_last = number % 10 == 9
            yield Chunk(text=f"{len(self.requests)}{number}.\n\n" if is_last else f"word{number} ")
        yield Chunk(finish_reason="length")


def answered(profile: ProfileName, most_tokens: int | None) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = Talker()
    question = replace(asked(), settings=AnswerSettings(profile=profile, most_tokens=most_tokens, review=False))
    answering = engine(profile=load_profiles().profiles[profile])
    return run(collect(answering.answer(question, handle(provider)))), provider


@pytest.mark.parametrize("profile", ["direct", "answer_first", "instructed"])
def test_no_section_is_longer_than_the_setting_and_none_is_cut_for_it(profile: ProfileName) -> None:
    events, provider = answered(profile, MOST)
    told = fold(events)
    assert told.metrics().outcome == "complete"
    for section in SECTIONS:
        tokens = sum(isinstance(event, TextAdded) and event.phase == section for event in events)
        assert 0 < tokens <= MOST + CONTINUED_TOKENS
        assert told.phases[section].ending in ("landed", "stop")
        assert told.text(section).strip().endswith(".")
    assert all(request.max_tokens <= 3 * MOST + CONTINUED_TOKENS for request in provider.requests)


def test_a_model_that_is_asked_for_a_length_is_asked_for_one_that_it_may_have() -> None:
    _, shorter = answered("instructed", MOST)
    asked_for = [request.messages[-1].content for request in shorter.requests]
    assert any("At most 2 sentences." in content for content in asked_for)


def test_a_longer_length_than_the_usual_one_changes_nothing() -> None:
    _, usual = answered("instructed", None)
    _, longer = answered("instructed", max(length.most for length in ASKED.values()))
    assert longer.requests == usual.requests
