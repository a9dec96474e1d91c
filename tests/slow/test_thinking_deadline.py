"""Small models that think, on a real llama.cpp and a real Ollama: whole answers in time, with their thoughts apart."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.thinking import NO_THOUGHT
from llmfirst.events import PHASES, SECTIONS, AnswerSettings
from llmfirst.ledger import Call
from llmfirst.providers.base import ModelHandle, Think
from llmfirst.providers.embedded import EmbeddedProvider
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.providers.ollama_wire import ollama_url
from tests.conftest import OLLAMA_MODEL
from tests.scripted import asked, collect, engine
from tests.thinking_models import ThinkingKind, thinking_model_of_ollama

pytestmark = pytest.mark.slow
DEADLINE_SECONDS = 40.0
TAGS = ("<think>", "</think>")


async def answered(provider: EmbeddedProvider | OllamaProvider, model: str, think: Think) -> Answer:
    handle = ModelHandle(provider=provider, model=model, digest=None, warm=lambda: provider.warm(model))
    question = replace(asked("Why is the sky blue?"), settings=AnswerSettings(think=think))
    try:
        return fold(await collect(engine(DEADLINE_SECONDS).answer(question, handle)))
    finally:
        await provider.aclose()


def see_that_it_is_in_time_and_apart(answer: Answer) -> None:
    assert answer.end is not None
    assert answer.admitted is not None
    assert answer.end.elapsed_seconds - answer.admitted.elapsed_seconds <= DEADLINE_SECONDS
    # In the middle of a text, a model this small may write the tags of its examples.
    assert not [phase for phase in PHASES if answer.text(phase).lstrip().startswith(TAGS)]
    assert not [phase for phase in PHASES if answer.thought(phase).lstrip().startswith(TAGS)]


def is_unthought(call: Call) -> bool:
    """Return whether the thought of a call was ended at once."""
    return call.request.thought == NO_THOUGHT


@pytest.mark.embedded
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
def test_no_section_is_lost_to_thinking_before_the_deadline(
    embedded_provider: EmbeddedProvider,
    thinking_weights: dict[ThinkingKind, Path],
    kind: ThinkingKind,
    think: Think,
    told: Think,
    thinks: bool,
) -> None:
    answer = asyncio.run(answered(embedded_provider, str(thinking_weights[kind]), think))
    see_that_it_is_in_time_and_apart(answer)
    assert answer.admitted is not None
    assert answer.admitted.think == told
    # A model this small may write nothing by itself, but no section ends with a call in which it only thought.
    assert any(answer.text(section).strip() for section in SECTIONS)
    empty = [section for section in SECTIONS if not answer.text(section).strip()]
    last = {call.purpose: call for call in answer.calls}
    only_thought = [section for section in empty if section in last and last[section].thoughts]
    assert not [section for section in only_thought if not last[section].reply and not is_unthought(last[section])]
    assert bool(answer.thought("core").strip()) == thinks


@pytest.mark.ollama
@pytest.mark.parametrize(("think", "thinks"), [("off", False), ("on", True)])
def test_on_ollama_the_core_is_thought_about_where_it_was_asked_for(think: Think, thinks: bool) -> None:
    host = os.environ["OLLAMA_HOST"]
    provider = OllamaProvider(host, context_tokens=2048, silence_limit_seconds=60)
    with thinking_model_of_ollama(ollama_url(host), OLLAMA_MODEL, "switchable") as model:
        answer = asyncio.run(answered(provider, model, think))
    see_that_it_is_in_time_and_apart(answer)
    assert answer.admitted is not None
    assert answer.admitted.think == think
    assert bool(answer.thought("core").strip()) == thinks
