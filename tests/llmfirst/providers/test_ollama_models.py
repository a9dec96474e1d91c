"""What Ollama can do with models besides asking them."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from ollama import AsyncClient

from llmfirst.errors import ModelMissing, ProviderError, ProviderInterrupted, ProviderRejected, StreamTruncated
from llmfirst.providers.base import Message, ModelManager, Pulled
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.ui.problems import problem_words
from tests.conftest import OLLAMA_MODEL
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.servers import Received, Wire
from tests.contract.subjects import GREEDY, collected, request_for, text_of
from tests.llmfirst.providers.test_ollama import MODEL, opened


async def pulled(provider: OllamaProvider, model: str = "new:1b") -> list[Pulled]:
    async with aclosing(provider.pull(model)) as steps:
        return [step async for step in steps]


def test_the_list_tells_size_quantization_and_what_is_loaded() -> None:
    details = {"parameter_size": "1.5B", "quantization_level": "Q4_K_M"}
    tag = {"name": MODEL, "digest": "d1", "size": 5, "details": details, "capabilities": ["completion", "tools"]}

    async def claim() -> None:
        async with opened(ScriptedOllama(models=[tag], loaded=[MODEL])) as provider:
            (card,) = await provider.models()
            assert card == await provider.show(MODEL)
        assert (card.name, card.digest, card.size_bytes) == (MODEL, "d1", 5)
        assert (card.parameters, card.quantization) == ("1.5B", "Q4_K_M")
        assert (card.is_chat, card.is_here, card.is_loaded) == (True, True, True)

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("size", "vram", "share"), [(100, 0, 0.0), (100, 40, 0.4), (100, 120, 1.0), (0, 0, None), (None, 3, None)]
)
def test_the_list_tells_context_thinking_and_how_much_of_a_loaded_model_is_on_the_gpu(
    size: int | None, vram: int, share: float | None
) -> None:
    tag = {"name": MODEL, "details": {"context_length": 32768}, "capabilities": ["completion", "thinking"]}
    other = {"name": "other:1b", "details": {"context_length": "long"}, "capabilities": ["completion"]}

    async def claim() -> None:
        server = ScriptedOllama(models=[tag, other], loaded=[MODEL], size_bytes=size, vram_bytes=vram)
        async with opened(server) as provider:
            card, cold = await provider.models()
        assert (card.context_tokens, card.thinks, card.gpu_share) == (32768, True, share)
        assert (cold.context_tokens, cold.thinks, cold.gpu_share) == (None, False, None)

    asyncio.run(claim())


@pytest.mark.parametrize(
    "size", [float("nan"), float("inf"), -1, 1e300, 10**400, True, "5"], ids=lambda size: str(size)[:9]
)
def test_a_size_that_is_impossible_is_not_told_and_costs_no_model(size: object) -> None:
    tag = {
        "name": MODEL,
        "digest": "d1",
        "size": size,
        "details": {"parameter_size": size},
        "capabilities": ["completion"],
    }

    async def claim() -> None:
        server = ScriptedOllama(models=[tag], loaded=[MODEL], size_bytes=size, vram_bytes=size)  # type: ignore[arg-type]  # that is the point
        async with opened(server) as provider:
            (card,) = await provider.models()
            assert (card.name, card.size_bytes, card.is_chat) == (MODEL, None, True)
            await provider.warm(MODEL)

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("told", "shown", "count"),
    [
        ("3.2B", None, 3_200_000_000),
        ("494.03M", None, 494_030_000),
        ("7b", None, 7_000_000_000),
        ("1T", None, 1_000_000_000_000),
        ("", 3_212_749_888, 3_212_749_888),
        ("8x7B", 46_702_792_704, 46_702_792_704),
        ("0B", None, None),
        (None, True, None),
        (None, -3, None),
        ("9" * 400 + "B", None, None),
    ],
)
def test_the_size_of_a_model_is_a_number_from_the_list_or_else_from_what_is_told_of_the_model(
    told: str | None, shown: object, count: int | None
) -> None:
    tag = {"name": MODEL, "digest": "d1", "details": {"parameter_size": told}, "capabilities": ["completion"]}
    server = ScriptedOllama(models=[tag], shown={"model_info": {"general.parameter_count": shown}})

    async def claim() -> None:
        async with opened(server) as provider:
            (card,) = await provider.models()
            assert card.parameters == (told or None)
            assert provider.capabilities(MODEL).parameter_count == count
            await provider.models()
        assert len(server.asked("/api/show")) == (0 if told in ("3.2B", "494.03M", "7b", "1T") else 1)

    asyncio.run(claim())


def test_a_model_that_ollama_tells_nothing_of_has_no_size_and_is_listed() -> None:
    class Silent(ScriptedOllama):
        async def answer(self, request: Received, wire: Wire) -> None:
            if request.path == "/api/show":
                await wire.whole({"error": "broken"}, 500)
            else:
                await super().answer(request, wire)

    async def claim() -> None:
        async with opened(Silent()) as provider:
            assert [card.is_chat for card in await provider.models()] == [True]
            assert provider.capabilities("toy:1b").parameter_count is None

    asyncio.run(claim())


def test_a_model_that_ollama_cannot_read_costs_no_other_model() -> None:
    class Damaged(ScriptedOllama):
        async def answer(self, request: Received, wire: Wire) -> None:
            if request.path == "/api/show" and request.body["model"] == "broken:1b":
                await wire.whole({"error": "GGUF string length exceeds maximum"}, 500)
            else:
                await super().answer(request, wire)

    async def claim() -> None:
        async with opened(Damaged(models=[{"name": "broken:1b"}, {"name": "whole:1b"}])) as provider:
            assert [(card.name, card.is_chat) for card in await provider.models()] == [
                ("broken:1b", False),
                ("whole:1b", True),
            ]

    asyncio.run(claim())


def test_a_download_goes_on_past_impossible_bytes() -> None:
    lines: list[dict[str, Any] | float] = [
        {"status": "pulling aa", "digest": "aa", "total": -5, "completed": 10**400},
        {"status": "pulling aa", "digest": "aa", "total": 100, "completed": 10**400},
        {"status": "success"},
    ]

    async def claim() -> None:
        async with opened(ScriptedOllama(pulls=[lines])) as provider:
            steps = await pulled(provider)
        assert [(step.done_bytes, step.total_bytes) for step in steps] == [(0, None), (0, 100), (0, 100)]

    asyncio.run(claim())


def test_models_that_embed_or_run_elsewhere_are_no_chat_models() -> None:
    tags = [
        {"name": "embed:1b", "capabilities": ["embedding"]},
        {"name": "far:cloud", "capabilities": ["completion"], "remote_host": "https://ollama.com"},
    ]

    async def claim() -> None:
        async with opened(ScriptedOllama(models=tags)) as provider:
            embedding, remote = await provider.models()
        assert (embedding.is_chat, embedding.is_here) == (False, True)
        assert (remote.is_chat, remote.is_here) == (False, False)

    asyncio.run(claim())


@pytest.mark.parametrize(("shown", "is_chat"), [(["completion"], True), (["embedding"], False), (None, True)])
def test_an_ollama_that_lists_no_capabilities_is_asked_once_for_each_model(
    shown: list[str] | None, is_chat: bool
) -> None:
    async def claim() -> None:
        server = ScriptedOllama(
            models=[{"name": f"m{number}:1b", "digest": f"d{number}"} for number in range(30)],
            shown={} if shown is None else {"capabilities": shown},
        )
        async with opened(server) as provider:
            await provider.models()
            assert {card.is_chat for card in await provider.models()} == {is_chat}
        assert len(server.asked("/api/show")) == 30

    asyncio.run(claim())


def test_pull_progress_is_summed_over_the_layers() -> None:
    lines: list[dict[str, Any] | float] = [
        {"status": "pulling manifest"},
        {"status": "pulling aa", "digest": "aa", "total": 100},
        {"status": "pulling aa", "digest": "aa", "total": 100, "completed": 60},
        {"status": "pulling aa", "digest": "aa", "total": 100, "completed": 100},
        {"status": "pulling bb", "digest": "bb", "total": 10, "completed": 4},
        {"status": "pulling bb", "digest": "bb", "total": 10, "completed": 10},
        {"status": "verifying sha256 digest"},
        {"status": "writing manifest"},
        {"status": "success"},
    ]

    async def claim() -> None:
        async with opened(ScriptedOllama(pulls=[lines])) as provider:
            assert isinstance(provider, ModelManager)
            steps = await pulled(provider)
        assert [(step.done_bytes, step.total_bytes) for step in steps[:6]] == [
            (0, None),
            (0, 100),
            (60, 100),
            (100, 100),
            (104, 110),
            (110, 110),
        ]
        assert [step.stage for step in steps] == ["downloading"] * 6 + ["checking"] * 3

    asyncio.run(claim())


def test_closing_a_pull_cancels_the_download() -> None:
    layer = {"status": "pulling aa", "digest": "aa", "total": 100}

    async def claim() -> None:
        server = ScriptedOllama(pulls=[[layer, 60.0]])
        async with opened(server) as provider:
            async with aclosing(provider.pull("new:1b")) as steps:
                await anext(steps)
            await asyncio.wait_for(server.left.wait(), 1)

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ({"error": "pull model manifest: file does not exist"}, ModelMissing, "new:1b: check its name"),
        ({"error": "dial tcp: connection refused"}, ProviderInterrupted, "ask again.*connection refused"),
        ({"status": "pulling aa", "digest": "aa", "total": 9}, StreamTruncated, "start it again"),
    ],
)
def test_a_pull_that_fails_says_why(line: dict[str, Any], kind: type[ProviderError], words: str) -> None:
    manifest: dict[str, Any] = {"status": "pulling manifest"}

    async def claim() -> None:
        async with opened(ScriptedOllama(pulls=[[manifest, line]])) as provider:
            with pytest.raises(kind, match=words) as caught:
                await pulled(provider)
        assert type(caught.value) is kind

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("pull model manifest: file does not exist", "not_in_registry", "check its name"),
        ("invalid model name", "bad_name", "hf.co/owner/repository"),
        (
            'pull model manifest: Get "https://registry.ollama.ai/v2/library/new/manifests/1b": dial tcp: lookup '
            "registry.ollama.ai: no such host",
            "registry_away",
            "look at the network",
        ),
        ("max retries exceeded: unexpected EOF", "registry_away", "what has come is kept"),
        ("write /models/blobs/sha256-aa-partial: no space left on device", "ollama_no_disk", "delete a model"),
        (
            "pull model manifest: 412: The model you are attempting to pull requires a newer version of Ollama.",
            "ollama_old",
            "update it",
        ),
        ("pull model manifest: 401: Invalid username or password.", "registry_refused", "logged in"),
        ("pull model manifest: 503: upstream", "registry_away", "look at the network"),
    ],
)
def test_what_stops_a_pull_is_one_sentence_that_says_what_to_do_in_both_languages(
    said: str, code: str, words: str
) -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama(pulls=[[{"status": "pulling manifest"}, {"error": said}]])) as provider:
            with pytest.raises(ProviderError, match=words) as caught:
                await pulled(provider)
        problem = caught.value.problem
        assert problem is not None
        assert problem.code == code
        assert "new:1b" in problem_words(problem, str(caught.value), "ko")

    asyncio.run(claim())


@pytest.mark.parametrize(
    ("name", "is_insecure"),
    [
        ("qwen3", False),
        ("qwen3:4b-instruct-2507-q4_K_M", False),
        ("owner/model:tag", False),
        ("hf.co/Owner/Repository-GGUF:Q4_K_M", False),
        ("registry.example:5000/team/model", False),
        ("http://127.0.0.1:5001/library/model:1b", True),
        ("https://registry.example/team/model:1b", False),
    ],
)
def test_any_name_of_a_registry_is_asked_for(name: str, is_insecure: bool) -> None:
    async def claim() -> None:
        server = ScriptedOllama(pulls=[[{"status": "success"}]])
        async with opened(server) as provider:
            await pulled(provider, name)
        assert [(asked["model"], asked["insecure"]) for asked in server.asked("/api/pull")] == [(name, is_insecure)]

    asyncio.run(claim())


@pytest.mark.parametrize(
    "name",
    [
        *[
            "",
            " ",
            "..",
            "../up",
            "/etc/passwd",
            "a/../b",
            "a//b",
            "a/b/c/d",
            "a b",
            "a:b:c",
            "a\nb",
            "모델",
            "x" * 300,
        ],
        *["hf:a/b/c.gguf", "http://model", "ftp://host/team/model", "user@host/team/model"],
    ],
)
def test_what_is_no_name_never_reaches_ollama(name: str) -> None:
    async def claim() -> None:
        server = ScriptedOllama()
        async with opened(server) as provider:
            with pytest.raises(ProviderRejected, match="is no name of a model"):
                await pulled(provider, name)
        assert server.asked("/api/pull") == []

    asyncio.run(claim())


@pytest.mark.parametrize("is_known", [True, False])
def test_a_disk_without_room_ends_a_pull_as_soon_as_its_size_is_known(is_known: bool, tmp_path: Path) -> None:
    digest = "a" * 64
    layer = {"status": "pulling aa", "digest": f"sha256:{digest}", "total": 10**15, "completed": 5}
    (tmp_path / "blobs").mkdir()
    if is_known:
        (tmp_path / "blobs" / f"sha256-{digest}-partial").touch()

    async def claim() -> None:
        server = ScriptedOllama(pulls=[[layer, {"status": "success"}]])
        async with server.listening():
            provider = OllamaProvider(
                server.address, context_tokens=2048, silence_limit_seconds=5, models_path=tmp_path
            )
            if is_known:
                with pytest.raises(ProviderRejected, match=r"needs 1,000,000,200 MB more of disk"):
                    await pulled(provider)
            else:  # the disk of another folder says nothing
                await pulled(provider)
            await provider.aclose()

    asyncio.run(claim())


def test_a_model_is_unloaded_and_deleted_and_then_missing() -> None:
    async def claim() -> None:
        server = ScriptedOllama(loaded=[MODEL])
        async with opened(server) as provider:
            await provider.unload(MODEL)
            assert server.loaded == []
            await provider.delete(MODEL)
            assert await provider.models() == ()
            for attempt in (provider.delete(MODEL), provider.show(MODEL)):
                with pytest.raises(ModelMissing, match="ollama pull toy:1b"):
                    await attempt

    asyncio.run(claim())


def test_a_name_without_a_tag_is_the_latest() -> None:
    async def claim() -> None:
        server = ScriptedOllama(models=[{"name": "toy:latest", "capabilities": ["completion"]}], vram_bytes=0)
        async with opened(server) as provider:
            await provider.warm("toy")
            assert (await provider.show("Toy")).is_loaded
        assert server.asked("/api/generate")[-1]["options"]["num_batch"] == 128

    asyncio.run(claim())


@pytest.mark.parametrize("closes_last", [True, False])
def test_an_assistant_message_is_continued_where_the_models_template_leaves_it_open(closes_last: bool) -> None:
    async def claim() -> None:
        server = ScriptedOllama(closes_last=closes_last)
        async with opened(server) as provider:
            assert not provider.capabilities(MODEL).prefill
            await provider.warm(MODEL)
            assert provider.capabilities(MODEL).prefill == (not closes_last)
            assert not provider.capabilities("other:1b").prefill
        loading, rendering = server.asked("/api/generate")[0], server.asked("/api/chat")[0]
        assert rendering["options"] == {**loading["options"], "num_predict": 1}  # others would load the model again

    asyncio.run(claim())


@pytest.mark.parametrize("reply", [{}, {"_debug_info": None}, {"_debug_info": {}}])
def test_an_ollama_that_does_not_show_its_prompts_is_taken_to_close_the_message(reply: dict[str, Any]) -> None:
    async def claim() -> None:
        async with opened(ScriptedOllama(rendering=reply)) as provider:
            await provider.warm(MODEL)
            assert not provider.capabilities(MODEL).prefill

    asyncio.run(claim())


OPEN = """{{ range $i, $_ := .Messages }}{{ $is_last := eq (len (slice $.Messages $i)) 1 -}}
<|im_start|>{{ .Role }}
{{ .Content }}{{ if or (ne .Role "assistant") (not $is_last) }}<|im_end|>
{{ end }}{{ if and $is_last (ne .Role "assistant") }}<|im_start|>assistant
{{ end }}{{ end }}"""
CLOSED = """{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""


@pytest.mark.ollama
def test_a_real_ollama_continues_a_message_by_the_template_of_the_model() -> None:
    turns = (
        Message(role="user", content="Count from 1 to 12, with spaces between the numbers."),
        Message(role="assistant", content="1 2 3 4 5 6 7"),
    )

    async def claim() -> None:
        host = os.environ.get("OLLAMA_HOST", "")
        provider = OllamaProvider(host, context_tokens=2048, silence_limit_seconds=60)
        maker = AsyncClient(host)
        try:
            for name, template, prefill in (("open", OPEN, True), ("closed", CLOSED, False)):
                model = f"llmfirst-test-{name}:latest"
                await maker.create(model, from_=OLLAMA_MODEL, template=template)
                await provider.warm(model)
                assert provider.capabilities(model).prefill == prefill
                asked = request_for(model, messages=turns, sampling=GREEDY, continue_last=True)
                text = text_of(await collected(provider.stream(asked)))
                assert text.startswith(" 8 9") == prefill
                await provider.delete(model)
        finally:
            await provider.aclose()
            await maker.close()  # type: ignore[no-untyped-call]  # the package does not type it

    asyncio.run(claim())


@pytest.mark.ollama
def test_a_real_ollama_is_warmed_unloaded_and_told_what_is_missing() -> None:
    async def claim() -> None:
        host = os.environ.get("OLLAMA_HOST", "")
        provider = OllamaProvider(host, context_tokens=2048, silence_limit_seconds=60)
        await provider.warm(OLLAMA_MODEL)
        assert (await provider.show(OLLAMA_MODEL)).is_loaded
        await provider.unload(OLLAMA_MODEL)
        async with asyncio.timeout(10):
            # It answers before the memory is free, and nothing tells when it is.
            while (await provider.show(OLLAMA_MODEL)).is_loaded:  # noqa: ASYNC110  # so it has to be asked again
                await asyncio.sleep(0.1)
        for attempt in (provider.delete("no-such:1b"), provider.unload("no-such:1b"), provider.show("no-such:1b")):
            with pytest.raises(ModelMissing, match="no-such:1b"):
                await attempt
        with pytest.raises(ProviderError, match=r"127\.0\.0\.1:9"):
            await pulled(provider, "127.0.0.1:9/library/no-such:1b")
        await provider.aclose()

    asyncio.run(claim())
