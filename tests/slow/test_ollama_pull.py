"""A real Ollama brings a model from a registry, also after the program that asked for it was killed half-way."""

import asyncio
import os
import random
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from llmfirst.downloads import Download, Downloads
from llmfirst.errors import ModelMissing
from llmfirst.providers.ollama import OllamaProvider
from tests.model_registry import ModelRegistry
from tests.small_weights import MB, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.ollama]
EMPTY_GGUF = struct.pack("<4sIQQ", b"GGUF", 3, 0, 0)


@pytest.fixture
def registry() -> Iterator[ModelRegistry]:
    with ModelRegistry() as registry:
        yield registry


async def ended(provider: OllamaProvider, *names: str) -> list[Download]:
    """Bring these models, one after the other, and return how that ended."""
    downloads = Downloads({"ollama": provider})
    for name in names:
        downloads.begin("ollama", name)
    for name in names:
        async with aclosing(downloads.followed(f"ollama/{name}")) as states:
            async for _ in states:
                pass
    return list(downloads.all())


def opened() -> OllamaProvider:
    return OllamaProvider(os.environ["OLLAMA_HOST"], context_tokens=2048, silence_limit_seconds=60)


def test_a_program_killed_half_way_loses_nothing_of_a_download(registry: ModelRegistry, tmp_path: Path) -> None:
    weights = EMPTY_GGUF + random.Random(5).randbytes(24 * MB)
    name = registry.add("llmfirst-pulled:1b", weights)
    registry.is_held = True
    command = [sys.executable, "-m", "llmfirst.pull", name, "--provider", "ollama", "--data-dir", str(tmp_path)]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, stderr=said, cwd=Path(__file__).parents[2], start_new_session=True)
    wait_for(lambda: b"12.6M" in (tmp_path / "said").read_bytes())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    registry.is_held = False
    registry.go_on.set()

    async def main() -> None:
        provider = opened()
        listed = name.removeprefix("http://")
        try:
            (download,) = await ended(provider, name)
            assert download.stage == "done"
            card = await provider.show(listed)
            assert card.size_bytes is not None
            assert card.size_bytes >= len(weights)
        finally:
            await provider.delete(listed)
            with pytest.raises(ModelMissing):
                await provider.show(listed)
            await provider.aclose()

    asyncio.run(main())
    last = str(len(weights) - 1)
    whole, resumed = [sent for sent in registry.sent_bytes() if sent is not None and sent.endswith(last)]
    assert whole == f"bytes=0-{last}"
    assert int(resumed.removeprefix("bytes=").split("-")[0]) >= len(weights) // 2 - MB


def test_what_does_not_come_is_told_and_lets_the_next_one_come(registry: ModelRegistry) -> None:
    here = registry.add("llmfirst-small:1b", EMPTY_GGUF + bytes(MB))

    async def main() -> None:
        provider = opened()
        try:
            absent, away, small = await ended(
                provider, here.replace("small", "absent"), "http://127.0.0.1:9/library/away:1b", here
            )
            problems = [one.error and one.error.problem for one in (absent, away, small)]
            codes = [problem and problem.code for problem in problems]
            assert codes == ["not_in_registry", "registry_away", None]
            assert small.stage == "done"
        finally:
            await provider.delete(here.removeprefix("http://"))
            await provider.aclose()

    asyncio.run(main())
