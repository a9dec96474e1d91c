"""Any server that speaks OpenAI's chat protocol: vLLM, llama.cpp, SGLang, or a router in front of many."""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import get_args

import httpx
from httpx_sse import SSEError, aconnect_sse
from pydantic import ValidationError

from llmfirst.errors import (
    ModelMissing,
    ProviderError,
    ProviderInterrupted,
    ProviderRejected,
    SetupError,
    StreamTruncated,
)
from llmfirst.providers.base import Capabilities, Chunk, FinishReason, ModelCard, ProviderKind, Request, Warmth
from llmfirst.providers.cached_tokens import CachedTokens
from llmfirst.providers.openai_wire import CAPABILITIES, Dialect, Frame, Served, ServedList, body_of, body_of_tokens
from llmfirst.providers.transport import client_options, refusal, transport_errors, words_of

_LIST_SECONDS = 10.0


class OpenAIProvider:
    """The models behind one base URL; with `dialect` None the server is asked at the first use.

    `cached_tokens` is for a llama.cpp server of our own: a message goes on from the tokens that its cache holds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None,
        dialect: Dialect | None,
        silence_limit_seconds: float,
        name: str = "openai",
        cached_tokens: CachedTokens | None = None,
    ) -> None:
        self.name = name
        self._cached_tokens = cached_tokens
        self.kind: ProviderKind = "openai"
        self._dialect = dialect
        self._key = api_key or ""
        self._url = _service_url(base_url)
        self._shown = self._url.copy_with(username=None, password=None)
        if not re.fullmatch(r"[!-~]*", self._key):  # httpx would name the key in its error
            raise SetupError("The API key holds a space or a sign outside ASCII: set LLMFIRST_API_KEY again.")
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            **client_options(self._url, silence_limit_seconds=silence_limit_seconds),
        )

    def capabilities(self, model: str) -> Capabilities:
        return CAPABILITIES[self._dialect or "generic"]

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        dialect = await self._known_dialect()
        finish: str | None = None
        last = Chunk()
        try:
            async with aclosing(self._frames(request, dialect)) as frames:
                async for frame in frames:
                    chunk, finish = frame.chunk(), frame.finish_reason() or finish
                    last = Chunk(usage=chunk.usage or last.usage, timings=chunk.timings or last.timings)
                    if chunk.text or chunk.logprobs or (finish is None and chunk != Chunk()):
                        yield chunk
        except ProviderInterrupted:
            if finish is None:  # else the text is whole, and only the counts that follow it are lost
                raise
        for reason in get_args(FinishReason):
            if finish == reason:
                yield last.model_copy(update={"finish_reason": reason})
                return
        ending = "without its finish mark" if finish is None else f"with the reason {finish!r}"
        raise StreamTruncated(f"The reply of {self.name} ended {ending}: ask again.")

    async def models(self) -> tuple[ModelCard, ...]:
        dialect = await self._known_dialect()
        return tuple(_card(model, dialect) for model in (await self._list()).data)

    async def build(self) -> str | None:
        dialect = await self._known_dialect()
        place, name = ("props", "build_info") if dialect == "llama.cpp" else ("version", "version")
        with self._errors():
            response = await self._client.get(f"{self._root()}/{place}", timeout=_LIST_SECONDS)
        is_told = response.status_code == httpx.codes.OK and "json" in response.headers.get("content-type", "")
        version = response.json().get(name) if is_told else None
        return None if version is None else f"{dialect} {version}"

    async def warm(self, model: str) -> Warmth:
        dialect = await self._known_dialect()
        names = (await self._list()).names()
        if model not in names:
            raise ModelMissing(
                f"{self.name} does not serve the model {model}: choose one of {', '.join(names) or 'none'}."
            )
        if dialect == "llama.cpp":  # it lists its model while it still reads the file
            await self._get(f"{self._root()}/health")
        return Warmth(was_cold=False, placement=self._url.netloc.decode())  # it loaded before it answered us

    async def aclose(self) -> None:
        await self._client.aclose()
        if self._cached_tokens is not None:
            await self._cached_tokens.aclose()

    async def _frames(self, request: Request, dialect: Dialect) -> AsyncGenerator[Frame, None]:
        address, body = f"{self._url}/chat/completions", body_of(request, dialect)
        if self._cached_tokens is not None and request.continue_last and not request.top_logprobs:
            prompt = await self._cached_tokens.prompt(request)
            if prompt is not None:
                address, body = f"{self._url}/completions", body_of_tokens(request, prompt)
        with self._errors():
            async with aconnect_sse(self._client, "POST", address, json=body) as source:
                if source.response.status_code != 200:
                    await source.response.aread()
                    raise self._refusal(source.response, request.model)
                async with aclosing(source.aiter_sse()) as events:
                    async for event in events:
                        if event.data == "[DONE]":  # an error may come before it, so it proves nothing
                            return
                        frame = Frame.model_validate_json(event.data)
                        if frame.error is not None:
                            words = words_of(self._without_key(event.data))
                            raise ProviderInterrupted(f"{self.name} stopped in the middle: ask again. It said: {words}")
                        yield frame

    async def _known_dialect(self) -> Dialect:
        if self._dialect is None:
            with self._errors():
                properties = await self._client.get(f"{self._root()}/props", timeout=_LIST_SECONDS)
            is_llama = properties.status_code == 200 and "default_generation_settings" in properties.text
            self._dialect = "llama.cpp" if is_llama else (await self._list()).dialect()
        return self._dialect

    async def _list(self) -> ServedList:
        response = await self._get(f"{self._url}/models")
        with self._errors():
            return ServedList.model_validate_json(response.content)

    async def _get(self, address: str) -> httpx.Response:
        with self._errors():
            response = await self._client.get(address, timeout=_LIST_SECONDS)
        if response.status_code == 404:
            raise ProviderRejected(
                f"There is no list of models at {self._shown}/models: check that the base URL ends with /v1."
            )
        if response.status_code != 200:
            raise self._refusal(response, "")
        return response

    def _root(self) -> str:
        return str(self._url).removesuffix("/v1")

    def _refusal(self, response: httpx.Response, model: str) -> ProviderError:
        missing = (
            f"{self.name} at {self._shown} has no model {model}: choose one that it lists, "
            "and check that the base URL ends with /v1."
        )
        body = self._without_key(response.text)
        return refusal(response.status_code, body, service=self.name, missing=missing)

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with transport_errors(self.name, self._shown, start="start the server, or correct the setting --base-url"):
            try:
                yield
            except SSEError as error:
                raise ProviderRejected(
                    f"{self.name} answered at {self._shown}, but not with a stream of events: correct --base-url."
                ) from error
            except ValidationError as error:
                raise ProviderInterrupted(f"{self.name} sent what cannot be read: ask again, or update it.") from error


def _card(model: Served, dialect: Dialect) -> ModelCard:
    count = None if model.meta is None else model.meta.n_params
    return ModelCard(
        name=model.id,
        size_bytes=None if model.meta is None else model.meta.size,
        parameters=None if count is None else f"{count / 1e9:.2f}B",
        is_loaded=None if dialect == "generic" else True,
    )


def _service_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise SetupError(
            "The base URL is no address: set --base-url to one such as http://127.0.0.1:8000/v1."
        ) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise SetupError("The base URL is no web address: set --base-url to one such as http://127.0.0.1:8000/v1.")
    return url
