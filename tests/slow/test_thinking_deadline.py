"""A small model that never ends its thought, on a real llama.cpp: its answer has three sections of text in time."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.events import PHASES, SECTIONS
from llmfirst.providers.base import ModelHandle, Think
from llmfirst.providers.embedded import EmbeddedProvider
from tests.scripted import asked, collect, engine
from tests.thinking_models import ThinkingKind

pytestmark = [pytest.mark.slow, pytest.mark.embedded]
DEADLINE_SECONDS = 40.0


async def answered(provider: EmbeddedProvider, model: str, think: Think) -> Answer:
    handle = ModelHandle(provider=provider, model=model, digest=None, warm=lambda: provider.warm(model))
    question = replace(asked("Why is the sky blue?"), think=think)
    try:
        return fold(await collect(engine(DEADLINE_SECONDS).answer(question, handle)))
    finally:
        await provider.aclose()


@pytest.mark.parametrize(
    ("kind", "think", "told", "thinks"),
    [
        ("endless", "auto", "on", True),
        ("endless", "off", "on", True),
        ("endless", "on", "on", True),
        ("stubborn", "auto", "on", True),
        ("switchable", "auto", "off", False),
        ("switchable", "on", "on", True),
    ],
)
def test_three_sections_have_text_before_the_deadline(
    embedded_provider: EmbeddedProvider,
    thinking_weights: dict[ThinkingKind, Path],
    kind: ThinkingKind,
    think: Think,
    told: Think,
    thinks: bool,
) -> None:
    answer = asyncio.run(answered(embedded_provider, str(thinking_weights[kind]), think))
    assert answer.end is not None
    assert answer.admitted is not None
    assert answer.end.elapsed_seconds - answer.admitted.elapsed_seconds <= DEADLINE_SECONDS
    assert answer.admitted.think == told
    assert [bool(answer.text(section).strip()) for section in SECTIONS] == [True] * 3
    assert bool(answer.thought("core").strip()) == thinks
    assert not [phase for phase in PHASES if "think>" in answer.text(phase) + answer.thought(phase)]
