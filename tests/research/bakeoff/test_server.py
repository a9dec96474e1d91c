import asyncio
from pathlib import Path

import pytest

from llmfirst.providers.base import Sampling
from research.bakeoff.call_cache import read
from research.bakeoff.server import ServerOptions, server_of_our_own
from research.bakeoff.values import Ask, Reply, assistant, user

SUM = (user("What is 1 + 1?"), assistant("Two."))
COLD = Sampling(temperature=0, seed=1)


@pytest.mark.embedded
def test_a_server_of_our_own_says_what_a_protocol_needs(small_model_home: Path, tmp_path: Path) -> None:
    weights = next((small_model_home / "models").glob("*.gguf"))

    async def replies() -> list[Reply]:
        options = ServerOptions(weights, "small", slots=2, threads=1, context_tokens=512)
        asks = [
            Ask(purpose="answer", messages=SUM[:1], max_tokens=8, sampling=COLD, top_logprobs=1),
            Ask(purpose="barred", messages=SUM, max_tokens=8, sampling=COLD, bars_end=True),
            Ask(purpose="turn", messages=SUM, max_tokens=12, sampling=COLD, speaks_as="user"),
            Ask(purpose="one", messages=(*SUM, user("Is this right?")), max_tokens=1, sampling=COLD, top_logprobs=20),
        ]
        async with server_of_our_own(options, tmp_path / "llama.log") as client:
            return [await read(client, ask) for ask in asks]

    answer, barred, turn, one = asyncio.run(replies())
    assert answer.text
    assert answer.mean_logprob is not None
    assert barred.tokens == 8
    assert "Two." not in barred.text
    assert turn.text
    assert "<|" not in turn.text
    assert len(one.first_token) == 20
    assert one.tokens == 1
