"""The earlier turns of a follow-up question are read once: all later calls of the run take them from the cache."""

import asyncio
from dataclasses import replace

import pytest

from llmfirst.answer import fold
from llmfirst.engine.conversation import Turn
from llmfirst.engine.profiles import load_profiles
from llmfirst.events import SECTIONS
from llmfirst.ledger import Call
from llmfirst.providers.base import ModelHandle
from llmfirst.providers.embedded import EmbeddedProvider
from tests.conftest import SMALL_MODEL
from tests.scripted import asked, collect, engine

pytestmark = [pytest.mark.embedded, pytest.mark.slow]
TURN = Turn(
    "Why is the sky blue?",
    "The air scatters blue light more than red light, so blue light comes to us from everywhere.",
    "Light of short waves meets the small molecules of the air and is sent in all directions; long waves pass.",
    "So the sky is blue by day, and red where the light has a long way through the air.",
    tokens_per_character=0.05,  # as if they were few: a rate was never measured here
)
TOKENS = 60  # at least, of this turn


@pytest.mark.parametrize("profile", ["answer_first", "instructed"])
def test_the_earlier_turns_come_from_the_cache_after_the_first_call(
    embedded_provider: EmbeddedProvider, profile: str
) -> None:
    question = replace(asked("And what is it like on Mars?"), earlier=(TURN,), parent_run_id="run-0")

    async def main() -> tuple[Call, ...]:
        provider = embedded_provider
        handle = ModelHandle(provider, SMALL_MODEL, "sha256:0", warm=lambda: provider.warm(SMALL_MODEL))
        how = {str(name): one for name, one in load_profiles().profiles.items()}[profile]
        try:
            return fold(await collect(engine(20.0, profile=how).answer(question, handle))).calls
        finally:
            await provider.aclose()

    first, *later = asyncio.run(main())
    assert first.purpose == "strategy"
    written = [call.usage for call in later if call.purpose in SECTIONS]
    assert len(written) >= 2
    for usage in written:
        assert usage is not None
        assert usage.cached_tokens is not None
        assert usage.cached_tokens >= TOKENS
