"""Weights come from the hub, byte by byte."""

import asyncio
import random
from contextlib import aclosing
from pathlib import Path

import pytest

from llmfirst.errors import DownloadFailed
from llmfirst.providers.catalog import Weights, find_weights, hub_answers
from llmfirst.providers.download import located
from llmfirst.providers.embedded import EmbeddedProvider
from tests.hub import Hub, point_hub_at
from tests.local_http import Asked, Reply
from tests.small_weights import CONTENT, HUB, MB, bring, kill, sizes, start, wait_for, weights_from


def test_a_download_from_the_hub_goes_on_by_bytes_after_a_kill(hub: Hub, tmp_path: Path) -> None:
    content = b"GGUF" + random.Random(8).randbytes(6 * MB)
    hub.add(HUB.repository, HUB.path, content)
    hub.is_held = True
    weights = weights_from(HUB, content=content)
    process = start(weights, tmp_path)
    wait_for(lambda: sizes(tmp_path, "*.half") >= 2 * MB)
    kill(process)
    kept_bytes = sizes(tmp_path, "*.half")
    hub.is_held = False
    hub.go_on.set()
    steps = bring(weights, tmp_path)
    assert hub.ranges() == [None, f"bytes={kept_bytes}-"]
    assert steps[0].done_bytes == kept_bytes
    assert (tmp_path / weights.file).read_bytes() == content


def test_another_file_at_the_place_on_the_hub_is_not_downloaded(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="has another file there now"):
        bring(weights_from(HUB, content=CONTENT[::-1]), tmp_path)
    assert hub.ranges() == []


def test_a_file_named_on_the_hub_is_found_later_without_the_hub(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = f"hf:{HUB.repository}/{HUB.path}"
    weights = asyncio.run(find_weights(reference, (), tmp_path))
    assert isinstance(weights, Weights)
    bring(weights, tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    again = asyncio.run(find_weights(reference, (), tmp_path))
    assert isinstance(again, Weights)
    assert located(again, tmp_path, None) == tmp_path / weights.file


def test_a_model_of_the_hub_that_was_brought_is_in_the_list_until_it_is_deleted(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = f"hf:{HUB.repository}/{HUB.path}"

    async def listed() -> dict[str, bool]:
        provider = EmbeddedProvider(tmp_path)
        try:
            return {card.name: card.is_here for card in await provider.models()}
        finally:
            await provider.aclose()

    async def main() -> None:
        provider = EmbeddedProvider(tmp_path)
        assert provider.can_pull(reference)
        async with aclosing(provider.pull(reference)) as steps:
            async for _ in steps:
                pass
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        assert (await listed())[reference]
        await provider.delete(reference)
        assert reference not in await listed()
        assert sizes(tmp_path / "models", "*.gguf") == 0
        await provider.aclose()

    asyncio.run(main())


def test_what_has_come_of_a_model_can_be_discarded(hub: Hub, tmp_path: Path) -> None:
    reference = f"hf:{HUB.repository}/{HUB.path}"
    hub.add(HUB.repository, HUB.path, b"GGUF" + bytes(6 * MB))
    hub.is_held = True

    async def main() -> None:
        provider = EmbeddedProvider(tmp_path)
        async with aclosing(provider.pull(reference)) as steps:
            async for step in steps:
                if step.done_bytes >= MB:
                    await provider.discard(reference)  # not while it comes
                    break
        assert sizes(tmp_path / "models", "*.half") >= MB
        await provider.discard(reference)
        assert sizes(tmp_path / "models", "*.half") == 0
        await provider.aclose()

    asyncio.run(main())


@pytest.mark.parametrize(
    "name", ["hf:a/b/../c.gguf", "hf:../b/c.gguf", "hf:a/b//c.gguf", "hf:a/b", "weights.gguf", "/c"]
)
def test_a_name_that_could_be_a_path_is_not_brought(name: str, tmp_path: Path) -> None:
    assert not EmbeddedProvider(tmp_path).can_pull(name)


class EndlessHub(Hub):
    """Sends far more than the file, and waits in the middle of it."""

    def _stored(self, asked: Asked) -> Reply:
        return Reply(body=CONTENT + bytes(32 * MB), held=True)


def test_a_hub_that_sends_more_than_the_file_is_left_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EndlessHub() as hub:
        point_hub_at(hub.url, tmp_path / "hf", monkeypatch)
        hub.add(HUB.repository, HUB.path, CONTENT)
        with pytest.raises(DownloadFailed, match=r"on the hub gave does not end after 4,500,000 bytes"):
            bring(weights_from(HUB), tmp_path)
    assert not list(tmp_path.glob("*.half*"))


@pytest.mark.parametrize(("body", "is_hub"), [(b"[" + bytes(64 * MB), True), (b"<html>", False), (b"", False)])
def test_whether_a_hub_answers_is_told_from_its_first_byte(
    body: bytes, is_hub: bool, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "reply", lambda _: Reply(body=body, held=is_hub))
    assert asyncio.run(hub_answers()) is is_hub
