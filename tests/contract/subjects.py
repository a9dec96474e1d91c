"""The providers under contract, each with whatever answers behind it."""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from llmfirst.providers.base import Capabilities, Chunk, Message, Provider, Request, Sampling
from llmfirst.providers.ollama import OllamaProvider
from llmfirst.providers.openai import OpenAIProvider
from tests.conftest import OLLAMA_MODEL
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.servers import ScriptedServer
from tests.contract.steps import Step

SCRIPTED = ("ollama", "openai", "llama.cpp", "vllm")
# No chance in it: what a real model answers is the same at every run.
GREEDY = Sampling(temperature=0, top_k=1, repeat_penalty=1)
ScriptedName = Literal["ollama", "openai", "llama.cpp", "vllm"]


@dataclass(frozen=True)
class Subject:
    """An open provider, a model it has, and the scripted server behind it; None when that is a real one."""

    provider: Provider
    model: str
    server: ScriptedServer | None = None

    @property
    def capabilities(self) -> Capabilities:
        return self.provider.capabilities(self.model)

    def stream(self, content: str = "Count from 1 to 12.", **fields: Any) -> AsyncGenerator[Chunk, None]:
        return self.provider.stream(request_for(self.model, content, **{"sampling": GREEDY, **fields}))


Opened = Callable[[], AbstractAsyncContextManager[Subject]]


@asynccontextmanager
async def scripted(
    name: ScriptedName, *replies: list[Step], silence_limit_seconds: float = 5.0
) -> AsyncGenerator[tuple[Provider, ScriptedServer], None]:
    """Open a provider of ours on a scripted server; both are closed."""
    server: ScriptedServer
    match name:
        case "ollama":
            server = ScriptedOllama(list(replies))
        case "openai":
            server = ScriptedOpenAI(list(replies))
        case _:
            server = ScriptedOpenAI(list(replies), dialect=name)
    async with server.listening():
        provider = provider_at(server.address, name, silence_limit_seconds)
        try:
            yield provider, server
        finally:
            await provider.aclose()


def provider_at(address: str, name: ScriptedName, silence_limit_seconds: float = 5.0) -> Provider:
    if name == "ollama":
        return OllamaProvider(address, context_tokens=2048, silence_limit_seconds=silence_limit_seconds)
    return OpenAIProvider(
        f"{address}/v1",
        api_key="secret-key",
        dialect="llama.cpp" if name == "llama.cpp" else None,
        silence_limit_seconds=silence_limit_seconds,
    )


def request_for(model: str, content: str = "Hello?", **fields: Any) -> Request:
    given = {"model": model, "max_tokens": 24, "messages": (Message(role="user", content=content),)}
    return Request.model_validate({**given, **fields})


def toy_model(name: ScriptedName) -> str:
    return "toy:1b" if name == "ollama" else "toy"


@asynccontextmanager
async def scripted_subject(name: ScriptedName) -> AsyncGenerator[Subject, None]:
    async with scripted(name) as (provider, server):
        yield Subject(provider, toy_model(name), server)


@asynccontextmanager
async def real_subject(provider: Provider, model: str | None = None) -> AsyncGenerator[Subject, None]:
    try:
        yield Subject(provider, (await provider.models())[0].name if model is None else model)
    finally:
        await provider.aclose()


def real_ollama() -> AbstractAsyncContextManager[Subject]:
    host = os.environ.get("OLLAMA_HOST", "")
    return real_subject(OllamaProvider(host, context_tokens=2048, silence_limit_seconds=60), OLLAMA_MODEL)


def real_vllm() -> AbstractAsyncContextManager[Subject]:
    base_url = os.environ["LLMFIRST_TEST_VLLM_URL"]
    return real_subject(OpenAIProvider(base_url, api_key=None, dialect=None, silence_limit_seconds=60))


async def collected(stream: AsyncGenerator[Chunk, None]) -> list[Chunk]:
    async with aclosing(stream) as chunks:
        return [chunk async for chunk in chunks]


async def first_texts(stream: AsyncGenerator[Chunk, None], count: int) -> list[str]:
    """Return the first so many pieces of text, and close the stream."""
    texts: list[str] = []
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            texts += [chunk.text] if chunk.text else []
            if len(texts) == count:
                break
    return texts


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def thought_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.thought for chunk in chunks)
