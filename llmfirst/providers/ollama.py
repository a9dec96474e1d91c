"""Ollama, through its own client."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
from ollama import AsyncClient, ProgressResponse, ResponseError

from llmfirst.errors import (
    ModelMissing,
    ModelTooLarge,
    ProviderError,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamTruncated,
)
from llmfirst.loopback import is_loopback
from llmfirst.model_problem import ModelProblem, ProblemCode
from llmfirst.providers.base import (
    Capabilities,
    Chunk,
    Message,
    ModelCard,
    ProviderKind,
    Pulled,
    Request,
    Think,
    Warmth,
)
from llmfirst.providers.body import MOST_OF_A_REPLY, in_time
from llmfirst.providers.ollama_pull import (
    ModelsFolder,
    PullName,
    PullProgress,
    name_refused,
    pull_name,
    pull_refusal,
)
from llmfirst.providers.ollama_wire import (
    Line,
    Listed,
    Shown,
    gpu_share_of,
    is_about_memory,
    keep_lines_whole,
    ollama_url,
    parameter_count_of,
    placement_of,
)
from llmfirst.providers.think_switch import as_told
from llmfirst.providers.thinking import TemplatesThatOpen
from llmfirst.providers.transport import client_options, refusal, transport_errors, without_credentials
from llmfirst.providers.words import it_said, parsed, words_of

logger = logging.getLogger(__name__)

_KEEP_ALIVE = "30m"
_LOAD_SECONDS = 600.0
_DOCUMENT_SECONDS = 10.0
_ALL_MODELS_SECONDS = 60.0
_MOST_MODELS = 1000
_MOST_OF_A_PULL = 1_000_000_000  # bytes of lines about its progress, for days
# Stop is heard between batches only: with 512 on a CPU the next request waited 6 s, with 64 less than 1 s.
_CPU_BATCH = 128
_OPEN_END = "one two"
_THINK: dict[Think, bool] = {"off": False, "on": True}


class OllamaProvider:
    """The models of one Ollama; they stay loaded for half an hour after their last use."""

    def __init__(
        self,
        host: str,
        *,
        context_tokens: int,
        silence_limit_seconds: float,
        models_path: Path | None = None,
        disk_reserve_bytes: int = 200_000_000,
    ) -> None:
        self.name = "ollama"
        self.kind: ProviderKind = "ollama"
        given = ollama_url(host)
        self._url = without_credentials(given)
        self.address: str | None = self._url.netloc.decode()
        self._password = given.password
        is_near = is_loopback(self._url.host)
        self._folder = ModelsFolder(models_path, reserve_bytes=disk_reserve_bytes) if is_near else None
        self._open_replies: Counter[str] = Counter()
        self._context_tokens = context_tokens
        self._on_cpu: set[str] = set()
        self._shown: dict[str, Shown] = {}
        self._parameter_counts: dict[str, int | None] = {}
        self._continuing: set[str] = set()
        self._templates = TemplatesThatOpen()
        self._think: dict[str, tuple[Think, ...]] = {}
        self._silence_limit_seconds = silence_limit_seconds
        self._document_seconds = min(_DOCUMENT_SECONDS, silence_limit_seconds)
        self._answers = _client(given, silence_limit_seconds, MOST_OF_A_REPLY)
        self._pulls = _client(given, _LOAD_SECONDS, _MOST_OF_A_PULL)
        # The client's own list() drops `capabilities` and `remote_host`, and it has no limits for what is no stream.
        self._documents = httpx.AsyncClient(**client_options(given, silence_limit_seconds=_LOAD_SECONDS))

    def capabilities(self, model: str) -> Capabilities:
        name = _full_name(model)
        return Capabilities(
            prefill=name in self._continuing,
            logprobs=True,
            parameter_count=self._parameter_counts.get(name),
            think=self._think.get(name, ()),
        )

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        name = as_told(_full_name(request.model), request.think)
        thinking = self._templates.reply_of(name, is_continued=request.continue_last)
        async with aclosing(self._frames(request)) as frames:
            async for frame in frames:
                chunk = thinking.read(frame.chunk())
                if chunk.finish_reason is not None:
                    yield chunk.followed_by(thinking.rest(is_whole=chunk.finish_reason == "stop"))
                    return
                if frame.done:
                    break
                if chunk.thought or chunk.text or chunk.logprobs or chunk.unused:
                    yield chunk
        raise StreamTruncated("Ollama's reply ended without its finish mark: ask again.", _problem("cut_short"))

    async def models(self) -> tuple[ModelCard, ...]:
        with self._errors(""):
            async with asyncio.timeout(_ALL_MODELS_SECONDS):
                loaded = {model["name"]: gpu_share_of(model) for model in await self._list("ps")}
                return tuple([await self._card(tag, loaded) for tag in await self._list("tags")])

    async def build(self) -> str | None:
        try:
            version = (await self._asked("GET", "version")).get("version")
        except ProviderRejected:
            return None
        return f"Ollama {version}" if isinstance(version, str) else None

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        name = _full_name(model)
        found = await self._loaded(name)
        options = self._load_options(model, context_tokens)
        was_cold = found is None or found.get("context_length", options["num_ctx"]) != options["num_ctx"]
        await self._load(model, options)
        placed = await self._loaded(name)
        if options != self._load_options(model, context_tokens):
            await self._load(model, self._load_options(model, context_tokens))
        options = self._load_options(model, context_tokens)
        (self._continuing.add if await self._can_continue(model, options) else self._continuing.discard)(name)
        silent = as_told(name, "off")
        if not self._templates.is_rendered(silent):  # told to think, Ollama takes the thinking out of the text itself
            self._templates.note_prompt(silent, await self._rendered(model, options, Message(role="user", content="?")))
            self._think[name] = (await self._show({"name": model})).think_values(opens=self._templates.opens(silent))
        return Warmth(
            was_cold=was_cold, placement=f"{'unknown' if placed is None else placement_of(placed)} at {self._url}"
        )

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        told, progress = pull_name(model), PullProgress()
        if told is None:
            raise name_refused(model)
        async with aclosing(self._pull_frames(told)) as frames:
            async for frame in frames:
                pulled = progress.after(frame)
                if self._folder is not None:
                    await asyncio.to_thread(self._folder.check_room, pulled, frame.digest, model)
                yield pulled
                if frame.status == "success":
                    return
        raise StreamTruncated(
            f"The download of {model} ended before it was whole: start it again, it goes on from here.",
            _problem("not_downloaded", model),
        )

    async def show(self, model: str) -> ModelCard:
        for card in await self.models():
            if _full_name(card.name) == _full_name(model):
                return card
        raise ModelMissing(_missing(model), _problem("missing", model))

    def can_pull(self, model: str) -> bool:
        return pull_name(model) is not None

    def is_answering(self, model: str) -> bool:
        return self._open_replies[_full_name(model)] > 0

    async def discard(self, model: str) -> None:
        """Ollama itself removes at its next start what it has begun and not finished."""

    async def unload(self, model: str) -> None:
        await self._asked("POST", "generate", {"model": model, "stream": False, "keep_alive": 0}, model=model)

    async def delete(self, model: str) -> None:
        await self._asked("DELETE", "delete", {"model": model}, model=model)

    async def aclose(self) -> None:
        for client in (self._answers, self._pulls):
            await client.close()  # type: ignore[no-untyped-call]  # the client declares no types here
        await self._documents.aclose()

    async def _frames(self, request: Request) -> AsyncGenerator[Line, None]:
        sampling = request.sampling.model_dump(exclude_none=True)
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [message.model_dump() for message in request.messages],
            "stream": True,
            "options": {
                **self._load_options(request.model, request.context_tokens),
                **sampling,
                "num_predict": request.max_tokens,
            },
            "keep_alive": _KEEP_ALIVE,
        }
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        if request.think != "auto":
            body["think"] = _THINK.get(request.think, request.think)
        name = _full_name(request.model)
        self._open_replies[name] += 1
        try:
            with self._errors(request.model):
                async with aclosing(in_time(self._silence_limit_seconds, self._answers.chat_lines(body))) as lines:
                    async for line in lines:
                        yield line
        finally:
            self._open_replies[name] -= 1

    async def _pull_frames(self, told: PullName) -> AsyncGenerator[ProgressResponse, None]:
        with self._errors(told.model, is_pull=True):
            frames = await self._pulls.pull(told.model, insecure=told.is_insecure, stream=True)
            source = in_time(_LOAD_SECONDS, cast(AsyncGenerator[ProgressResponse, None], frames))
            async with aclosing(source):
                async for frame in source:
                    yield frame

    def _load_options(self, model: str, context_tokens: int | None) -> dict[str, int]:
        """Return the options that must be the same in every call, because Ollama reloads the model when one differs."""
        options = {"num_ctx": self._context_tokens if context_tokens is None else context_tokens}
        return {**options, "num_batch": _CPU_BATCH} if _full_name(model) in self._on_cpu else options

    async def _load(self, model: str, options: dict[str, int]) -> None:
        body = {"model": model, "options": options, "stream": False, "keep_alive": _KEEP_ALIVE}
        await self._asked("POST", "generate", body, model=model, seconds=_LOAD_SECONDS)

    async def _loaded(self, name: str) -> dict[str, Any] | None:
        """Return what is told of a model that is in memory; None when it is not. Its load options depend on where."""
        for model in await self._list("ps"):
            if _full_name(model["name"]) == name:
                (self._on_cpu.add if placement_of(model) == "cpu" else self._on_cpu.discard)(name)
                return model
        return None

    async def _can_continue(self, model: str, options: dict[str, int]) -> bool:
        """Return whether the template of the model leaves a last assistant message open; many templates close it."""
        begun = Message(role="assistant", content=_OPEN_END)
        return (await self._rendered(model, options, Message(role="user", content="?"), begun)).endswith(_OPEN_END)

    async def _rendered(self, model: str, options: dict[str, int], *messages: Message) -> str:
        """Return the prompt for these messages; empty where an older Ollama does not tell.

        A newer one renders it without running the model; an older one is asked for one token.
        """
        body = {
            "model": model,
            "messages": [message.model_dump() for message in messages],
            "options": {**options, "num_predict": 1},
            "keep_alive": _KEEP_ALIVE,
            "think": False,
            "stream": False,
            "_debug_render_only": True,
        }
        told = await self._asked("POST", "chat", body, model=model)
        with self._errors(model):
            return str((told.get("_debug_info") or {}).get("rendered_template") or "")

    async def _list(self, what: str) -> list[dict[str, Any]]:
        try:
            told = await self._asked("GET", what)
        except ModelMissing as error:
            raise ProviderUnavailable(
                f"What answers at {self._url} is not Ollama: correct the setting --ollama-host.",
                ModelProblem(code="not_ollama", service="Ollama", place=str(self._url)),
            ) from error
        with self._errors(""):
            return [{**model, "name": model["name"]} for model in (told["models"] or [])[:_MOST_MODELS]]

    async def _asked(
        self,
        method: str,
        place: str,
        body: dict[str, Any] | None = None,
        *,
        model: str = "",
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """Ask for one small document, which comes whole in ten seconds or in these; empty where there is none."""
        with self._errors(model):
            async with asyncio.timeout(self._document_seconds if seconds is None else seconds):
                response = await self._documents.request(method, f"{self._url}/api/{place}", json=body)
            if response.status_code != httpx.codes.OK:
                raise ResponseError(response.text, response.status_code)
            return dict(parsed(response.text)) if response.content else {}

    async def _card(self, tag: dict[str, Any], loaded: dict[str, float | None]) -> ModelCard:
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
            context_tokens=None if details is None else details.context_length,
            thinks=told.thinks,
            gpu_share=loaded.get(tag["name"]),
        )

    async def _can_chat(self, tag: dict[str, Any]) -> bool:
        """Return whether the model writes text; where Ollama's list does not say it, each model is asked for once."""
        if "capabilities" in tag:
            return "completion" in (tag["capabilities"] or [])
        try:
            return (await self._show(tag)).is_chat
        except ModelMissing:  # deleted since it was listed
            return False
        except ProviderUnavailable as error:
            if error.problem is None or error.problem.code != "failed":
                raise
            logger.warning("%s is left out, because Ollama cannot read it: %s", tag["name"], error)
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
            told = await self._asked("POST", "show", {"model": tag["name"]}, model=tag["name"])
            self._shown[weights] = Shown.model_validate(told)
        return self._shown[weights]

    @contextmanager
    def _errors(self, model: str, *, is_pull: bool = False) -> Iterator[None]:
        starting = transport_errors("Ollama", self._url, start="start it with `ollama serve`", absent="ollama_absent")
        with starting:
            try:
                yield
            except ResponseError as error:
                words = words_of(error.error)
                if self._password:
                    words = words.replace(self._password, "***")
                if is_pull and (refused := pull_refusal(words, model)) is not None:
                    raise refused from error
                if is_about_memory(words):
                    raise ModelTooLarge(
                        f"The memory of the machine does not hold {model}: choose a smaller model, or set a smaller "
                        f"--context-tokens.{it_said(words)}",
                        _problem("too_large", model, words),
                    ) from error
                if error.status_code != -1:  # -1 is the client's mark for an error line under status 200
                    missing = _missing(model)
                    raise refusal(error.status_code, words, service="Ollama", model=model, missing=missing) from error
                raise ProviderInterrupted(
                    f"Ollama stopped in the middle: ask again.{it_said(words)}", _problem("broke_off", said=words)
                ) from error
            except (
                ValueError,
                TypeError,
                KeyError,
                AttributeError,
                RecursionError,
            ) as error:  # how its client meets a foreign line
                raise ProviderInterrupted(
                    "Ollama sent what cannot be read: ask again, or update it.", _problem("unreadable")
                ) from error


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


def _client(url: httpx.URL, silence_limit_seconds: float, most_bytes: int) -> _Client:
    options = client_options(url, silence_limit_seconds=silence_limit_seconds, most_bytes=most_bytes)
    options["event_hooks"]["response"].append(keep_lines_whole)
    return _Client(str(without_credentials(url)), **options)


def _full_name(model: str) -> str:
    """Return a name in the form in which Ollama compares it."""
    return (model if ":" in model.rpartition("/")[2] else f"{model}:latest").casefold()


def _problem(code: ProblemCode, model: str = "", said: str = "") -> ModelProblem:
    return ModelProblem(code=code, service="Ollama", model=model, said=said)


def _missing(model: str) -> str:
    return f"Ollama does not have the model {model}: bring it here with `ollama pull {model}`, or choose another."
