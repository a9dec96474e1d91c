"""Ollama, through its own client."""

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, cast

import httpx
from ollama import AsyncClient, ProgressResponse, ResponseError

from llmfirst.errors import (
    ModelMissing,
    ModelTooLarge,
    ProviderError,
    ProviderInterrupted,
    ProviderUnavailable,
    StreamTruncated,
)
from llmfirst.providers.base import (
    Capabilities,
    Chunk,
    ModelCard,
    ProviderKind,
    Pulled,
    Request,
    Warmth,
)
from llmfirst.providers.ollama_wire import (
    Layer,
    Line,
    Listed,
    Placement,
    Shown,
    is_about_memory,
    keep_lines_whole,
    ollama_url,
    parameter_count_of,
    placement_of,
)
from llmfirst.providers.transport import client_options, refusal, transport_errors, without_credentials
from llmfirst.providers.words import it_said, parsed, words_of

logger = logging.getLogger(__name__)

_KEEP_ALIVE = "30m"
_LOAD_SILENCE_SECONDS = 600.0
_LIST_SILENCE_SECONDS = 10.0
# Stop is heard between batches only: with 512 on a CPU the next request waited 6 s, with 64 less than 1 s.
_CPU_BATCH = 128
_OPEN_END = "one two"


class OllamaProvider:
    """The models of one Ollama; they stay loaded for half an hour after their last use."""

    def __init__(self, host: str, *, context_tokens: int, silence_limit_seconds: float) -> None:
        self.name = "ollama"
        self.kind: ProviderKind = "ollama"
        given = ollama_url(host)
        self._url = without_credentials(given)
        self._password = given.password
        self._context_tokens = context_tokens
        self._on_cpu: set[str] = set()
        self._shown: dict[str, Shown] = {}
        self._parameter_counts: dict[str, int | None] = {}
        self._continuing: set[str] = set()
        self._answers = _client(given, silence_limit_seconds)
        self._loads = _client(given, _LOAD_SILENCE_SECONDS)
        # The client's own list() drops `capabilities` and `remote_host`.
        self._lists = httpx.AsyncClient(**client_options(given, silence_limit_seconds=_LIST_SILENCE_SECONDS))

    def capabilities(self, model: str) -> Capabilities:
        name = _full_name(model)
        return Capabilities(
            prefill=name in self._continuing, logprobs=True, parameter_count=self._parameter_counts.get(name)
        )

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        has_thought = False
        async with aclosing(self._frames(request)) as frames:
            async for frame in frames:
                told = frame.chunk()
                chunk = told.model_copy(update={"has_thought": told.has_thought and not has_thought})
                has_thought = has_thought or told.has_thought
                if chunk.finish_reason is not None:
                    yield chunk
                    return
                if frame.done:
                    break
                if chunk.text or chunk.logprobs or chunk.unused or chunk.has_thought:
                    yield chunk
        raise StreamTruncated("Ollama's reply ended without its finish mark: ask again.")

    async def models(self) -> tuple[ModelCard, ...]:
        loaded = {model["name"] for model in await self._list("ps")}
        return tuple([await self._card(tag, loaded) for tag in await self._list("tags")])

    async def build(self) -> str | None:
        with self._errors(""):
            response = await self._lists.get(f"{self._url}/api/version")
            version = response.json().get("version") if response.status_code == httpx.codes.OK else None
        return None if version is None else f"Ollama {version}"

    async def warm(self, model: str) -> Warmth:
        name = _full_name(model)
        found = await self._placement(name)
        options = self._load_options(model)
        await self._load(model)
        placed = await self._placement(name)
        if options != self._load_options(model):
            await self._load(model)
        (self._continuing.add if await self._can_continue(model) else self._continuing.discard)(name)
        return Warmth(was_cold=found is None, placement=f"{placed or 'unknown'} at {self._url}")

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        layers: dict[str, tuple[int, int]] = {}
        async with aclosing(self._pull_frames(model)) as frames:
            async for frame in frames:
                layer = Layer(completed=frame.completed, total=frame.total)
                if frame.digest is not None and layer.total is not None:
                    layers[frame.digest] = (layer.completed or 0, layer.total)
                status = frame.status or ""
                yield Pulled(
                    stage="downloading" if status.startswith("pulling") else "checking",
                    done_bytes=sum(done for done, _ in layers.values()),
                    total_bytes=sum(total for _, total in layers.values()) if layers else None,
                )
                if status == "success":
                    return
        raise StreamTruncated(
            f"The download of {model} ended before it was whole: start it again, it goes on from here."
        )

    async def show(self, model: str) -> ModelCard:
        for card in await self.models():
            if _full_name(card.name) == _full_name(model):
                return card
        raise ModelMissing(_missing(model))

    async def unload(self, model: str) -> None:
        with self._errors(model):
            await self._answers.generate(model=model, keep_alive=0)

    async def delete(self, model: str) -> None:
        with self._errors(model):
            await self._answers.delete(model)

    async def aclose(self) -> None:
        for client in (self._answers, self._loads):
            await client.close()  # type: ignore[no-untyped-call]  # the client declares no types here
        await self._lists.aclose()

    async def _frames(self, request: Request) -> AsyncGenerator[Line, None]:
        sampling = request.sampling.model_dump(exclude_none=True)
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [message.model_dump() for message in request.messages],
            "stream": True,
            "think": False,
            "options": {**self._load_options(request.model), **sampling, "num_predict": request.max_tokens},
            "keep_alive": _KEEP_ALIVE,
        }
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        with self._errors(request.model):
            async with aclosing(self._answers.chat_lines(body)) as lines:
                async for line in lines:
                    yield line

    async def _pull_frames(self, model: str) -> AsyncGenerator[ProgressResponse, None]:
        with self._errors(model):
            frames = await self._loads.pull(model, stream=True)
            async with aclosing(cast(AsyncGenerator[ProgressResponse, None], frames)) as source:
                async for frame in source:
                    yield frame

    def _load_options(self, model: str) -> dict[str, int]:
        """Return the options that must be the same in every call, because Ollama reloads the model when one differs."""
        options = {"num_ctx": self._context_tokens}
        return {**options, "num_batch": _CPU_BATCH} if _full_name(model) in self._on_cpu else options

    async def _load(self, model: str) -> None:
        with self._errors(model):
            await self._loads.generate(model=model, options=self._load_options(model), keep_alive=_KEEP_ALIVE)

    async def _placement(self, name: str) -> Placement | None:
        """Return where the model is loaded; None when it is not. Its load options depend on that."""
        for model in await self._list("ps"):
            if _full_name(model["name"]) == name:
                placement = placement_of(model)
                (self._on_cpu.add if placement == "cpu" else self._on_cpu.discard)(name)
                return placement
        return None

    async def _can_continue(self, model: str) -> bool:
        """Return whether the template of the model leaves a last assistant message open; many templates close it.

        A newer Ollama renders the prompt without running the model; an older one is asked for one token.
        """
        body = {
            "model": model,
            "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": _OPEN_END}],
            "options": {**self._load_options(model), "num_predict": 1},
            "keep_alive": _KEEP_ALIVE,
            "think": False,
            "stream": False,
            "_debug_render_only": True,
        }
        with self._errors(model):
            response = await self._lists.post(f"{self._url}/api/chat", json=body)
            if response.status_code != 200:
                raise ResponseError(response.text, response.status_code)
            rendered = (response.json().get("_debug_info") or {}).get("rendered_template") or ""
        return bool(rendered.endswith(_OPEN_END))

    async def _list(self, what: str) -> list[dict[str, Any]]:
        with self._errors(""):
            response = await self._lists.get(f"{self._url}/api/{what}")
            if response.status_code == 404:
                raise ProviderUnavailable(
                    f"What answers at {self._url} is not Ollama: correct the setting --ollama-host."
                )
            if response.status_code != 200:
                raise ResponseError(response.text, response.status_code)
            models = parsed(response.text)["models"] or []
            return [{**model, "name": model["name"]} for model in models]

    async def _card(self, tag: dict[str, Any], loaded: set[str]) -> ModelCard:
        is_remote = bool(tag.get("remote_host"))
        told = Listed.model_validate(tag)
        details = told.details
        is_chat = not is_remote and await self._can_chat(tag)
        count = parameter_count_of(None if details is None else details.parameter_size)
        if count is None and is_chat:
            count = await self._parameters_shown(tag)
        self._parameter_counts[_full_name(tag["name"])] = count
        return ModelCard(
            name=tag["name"],
            digest=told.digest,
            size_bytes=told.size,
            parameters=None if details is None else details.parameter_size or None,
            quantization=None if details is None else details.quantization_level or None,
            is_chat=is_chat,
            is_here=not is_remote,
            is_loaded=tag["name"] in loaded,
        )

    async def _can_chat(self, tag: dict[str, Any]) -> bool:
        """Return whether the model writes text; where Ollama's list does not say it, each model is asked for once."""
        if "capabilities" in tag:
            return "completion" in (tag["capabilities"] or [])
        try:
            return (await self._show(tag)).is_chat
        except ModelMissing:  # deleted since it was listed
            return False

    async def _parameters_shown(self, tag: dict[str, Any]) -> int | None:
        """Return how large a model is whose size is not in the list; None where Ollama does not tell that either."""
        try:
            return (await self._show(tag)).parameter_count
        except ProviderError as error:
            logger.info("the size of %s is not known: %s", tag["name"], error)
            return None

    async def _show(self, tag: dict[str, Any]) -> Shown:
        """Ask for one model, once for the same weights."""
        weights = str(tag.get("digest") or tag["name"])
        if weights not in self._shown:
            with self._errors(tag["name"]):
                shown = await self._answers.show(tag["name"])
                self._shown[weights] = Shown.model_validate(
                    {"capabilities": shown.capabilities, "model_info": shown.modelinfo}
                )
        return self._shown[weights]

    @contextmanager
    def _errors(self, model: str) -> Iterator[None]:
        with transport_errors("Ollama", self._url, start="start it with `ollama serve`"):
            try:
                yield
            except ResponseError as error:
                words = words_of(error.error)
                if self._password:
                    words = words.replace(self._password, "***")
                if is_about_memory(words):
                    raise ModelTooLarge(
                        f"The memory of the machine does not hold {model}: choose a smaller model, or set a smaller "
                        f"--context-tokens.{it_said(words)}"
                    ) from error
                if error.status_code != -1:  # -1 is the client's mark for an error line under status 200
                    raise refusal(error.status_code, words, service="Ollama", missing=_missing(model)) from error
                if "file does not exist" in words:
                    raise ModelMissing(f"The registry has no model {model}: check its name.") from error
                raise ProviderInterrupted(f"Ollama stopped in the middle: ask again.{it_said(words)}") from error
            except (ValueError, TypeError, KeyError, AttributeError) as error:  # how its client meets a foreign line
                raise ProviderInterrupted("Ollama sent what cannot be read: ask again, or update it.") from error


class _Client(AsyncClient):
    """Ollama's own client, with replies in lines of ours."""

    async def chat_lines(self, body: dict[str, Any]) -> AsyncGenerator[Line, None]:
        async with self._client.stream("POST", "/api/chat", json=body) as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                raise ResponseError(response.text, response.status_code)
            async for text in response.aiter_lines():
                line = parsed(text)
                if error := line.get("error"):
                    raise ResponseError(error)
                yield Line.read(line)


def _client(url: httpx.URL, silence_limit_seconds: float) -> _Client:
    options = client_options(url, silence_limit_seconds=silence_limit_seconds)
    options["event_hooks"] = {"response": [*options["event_hooks"]["response"], keep_lines_whole]}
    return _Client(str(without_credentials(url)), **options)


def _full_name(model: str) -> str:
    """Return a name in the form in which Ollama compares it."""
    return (model if ":" in model.rpartition("/")[2] else f"{model}:latest").casefold()


def _missing(model: str) -> str:
    return f"Ollama does not have the model {model}: bring it here with `ollama pull {model}`, or choose another."
