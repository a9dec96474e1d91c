"""How small models that think judge, on a real llama.cpp and Ollama: silenced, behind the thought, or refused."""

import asyncio
import os
from pathlib import Path

import pytest

from evals.judge.judge import Judge, JudgeRefused, thought_limits
from evals.records.opinions import YesNo
from llmfirst.providers.embedded import EmbeddedProvider
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.providers.ollama_wire import ollama_url
from tests.conftest import OLLAMA_MODEL
from tests.evals.made import JUDGE
from tests.thinking_models import ThinkingKind, thinking_model_of_ollama

pytestmark = pytest.mark.slow
EXPECTED = pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("endless", "came to no word within 1,024 tokens"),
        ("stubborn", "behind its thought"),
        ("switchable", "first token"),
    ],
)


async def way_of(provider: EmbeddedProvider | OllamaProvider, model: str) -> tuple[str, YesNo | None]:
    """Return how a model judges and a reading of it, or why it is refused."""
    try:
        limits = await thought_limits(provider, "its/key", model)
        judge = Judge(provider, JUDGE.model_copy(update={"model": model, "thought": limits}))
        reading = await judge.read("What is 2 + 2?", "It is 4.", "It says 4.")
    except JudgeRefused as error:
        return str(error), None
    finally:
        await provider.aclose()
    return "first token" if limits is None else "behind its thought", reading


def see_the_way(found: tuple[str, YesNo | None], expected: str) -> None:
    way, reading = found
    assert expected in way
    assert reading is None or not reading.only_thought


@pytest.mark.embedded
@EXPECTED
def test_how_an_embedded_model_that_thinks_judges(
    embedded_provider: EmbeddedProvider,
    thinking_weights: dict[ThinkingKind, Path],
    kind: ThinkingKind,
    expected: str,
) -> None:
    see_the_way(asyncio.run(way_of(embedded_provider, str(thinking_weights[kind]))), expected)


@pytest.mark.ollama
@EXPECTED
def test_how_a_model_of_ollama_that_thinks_judges(kind: ThinkingKind, expected: str) -> None:
    host = os.environ["OLLAMA_HOST"]
    provider = OllamaProvider(host, context_tokens=2048, silence_limit_seconds=60)
    with thinking_model_of_ollama(ollama_url(host), OLLAMA_MODEL, kind) as model:
        see_the_way(asyncio.run(way_of(provider, model)), expected)
