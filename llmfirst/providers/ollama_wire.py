"""The address of Ollama, and its lines as values of ours."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final, Literal, cast, get_args
from urllib.parse import unquote, urlsplit

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from llmfirst.errors import SetupError
from llmfirst.providers.base import Chunk, Count, FinishReason, Size, Think, Timings, Usage, finish_of
from llmfirst.providers.body import MOST_OF_A_LINE, LineTooLong
from llmfirst.providers.think_switch import told_values
from llmfirst.providers.told import Nanoseconds, Positive, Tokens, Told, Usable, WrittenToken, logprobs_of

Placement = Literal["cpu", "gpu", "split", "unknown"]
_PARAMETERS: Final = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)(?P<unit>[KMBT]?)", re.IGNORECASE)
_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
# The most common cause of a load that fails, in the words of Ollama and of the llama.cpp inside it.
_TOO_LITTLE_MEMORY: Final = re.compile(
    r"requires more system memory|out of memory|insufficient memory|failed to allocate|unable to allocate",
    re.IGNORECASE,
)


def ollama_url(host: str) -> httpx.URL:
    """Return the URL for any spelling that `OLLAMA_HOST` allows, with the user and password in it."""
    scheme, mark, rest = host.strip().rpartition("://")
    try:
        parts = urlsplit(f"{scheme or 'http'}://{rest}")
        name, port = parts.hostname or "127.0.0.1", parts.port
        if port is None and not mark:
            port = 11434
        # Where a server listens on every address; not every system can connect to that.
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)
        url = httpx.URL(
            scheme=parts.scheme,
            host=name,
            port=port,
            path=parts.path.rstrip("/"),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
    except (ValueError, httpx.InvalidURL) as error:
        shown = host.rpartition("@")[2]  # what stands before it may hold a password
        raise SetupError(
            f"{shown!r} is no address: set --ollama-host to one such as http://127.0.0.1:11434."
        ) from error
    if url.scheme not in ("http", "https"):
        shown = str(url.copy_with(username=None, password=None))
        raise SetupError(f"{shown!r} is no web address: set --ollama-host to one such as http://127.0.0.1:11434.")
    return url


class _Message(BaseModel):
    content: str | None = None
    thinking: Usable[str] = None


class Line(Told):
    """One line of a reply. The type of Ollama's client refuses the whole line where one number is none."""

    message: _Message
    done: Usable[bool] = None
    done_reason: Usable[str] = None
    prompt_eval_count: Tokens = None
    eval_count: Tokens = None
    load_duration: Nanoseconds = None
    prompt_eval_duration: Nanoseconds = None
    eval_duration: Nanoseconds = None
    logprobs: Usable[list[Usable[WrittenToken]]] = None

    def chunk(self) -> Chunk:
        """Return the content of the line; it has a finish reason only when it ends a complete reply."""
        counts = (self.prompt_eval_count, self.eval_count)
        word = self.done_reason if self.done else None
        return Chunk(
            text=self.message.content or "",
            logprobs=logprobs_of(self.logprobs, self.unused),
            usage=None
            if counts == (None, None)
            else Usage(prompt_tokens=counts[0] or 0, completion_tokens=counts[1] or 0),
            timings=Timings(
                load_seconds=_seconds(self.load_duration),
                prefill_seconds=_seconds(self.prompt_eval_duration),
                decode_seconds=_seconds(self.eval_duration),
            )
            if self.done
            else None,
            finish_reason=finish_of(word),
            finish_word=None if word in get_args(FinishReason) else word,
            unused=self.unused,
            thought=self.message.thinking or "",
        )


class _Details(BaseModel):
    parameter_size: Usable[str] = None
    quantization_level: Usable[str] = None
    context_length: Usable[Count] = None


class _ModelInfo(BaseModel):
    count: Usable[Positive] = Field(default=None, alias="general.parameter_count")


class _Thinking(BaseModel):
    values: Usable[list[bool | str]] = None


class Shown(BaseModel):
    """What Ollama tells of one model."""

    capabilities: Usable[list[str]] = None
    model_info: Usable[_ModelInfo] = None
    thinking: Usable[_Thinking] = None

    @property
    def is_chat(self) -> bool:
        return self.capabilities is None or "completion" in self.capabilities

    def think_values(self, *, opens: bool) -> tuple[Think, ...]:
        """Return what the model can be told; `opens`: it thinks although it is told not to."""
        values = None if self.thinking is None else self.thinking.values
        return told_values(values, can_think="thinking" in (self.capabilities or ()), opens=opens)

    @property
    def parameter_count(self) -> int | None:
        return None if self.model_info is None else self.model_info.count


class Listed(BaseModel):
    """One model in Ollama's list, besides its name and its abilities."""

    digest: Usable[str] = None
    size: Usable[Size] = None
    details: Usable[_Details] = None
    capabilities: Usable[list[str]] = None

    @property
    def thinks(self) -> bool | None:
        return None if self.capabilities is None else "thinking" in self.capabilities


class Layer(BaseModel):
    """How far one file of a model is downloaded."""

    completed: Usable[Size] = None
    total: Usable[Size] = None


def parameter_count_of(told: str | None) -> int | None:
    """Return the number in Ollama's words for the size of a model, such as 3.2B or 494.03M; None for other words."""
    sized = _PARAMETERS.fullmatch(told or "")
    if sized is None:
        return None
    try:
        return TypeAdapter(Positive).validate_python(round(float(sized["number"]) * _UNITS[sized["unit"].upper()]))
    except ValidationError:
        return None


def is_about_memory(words: str) -> bool:
    """Tell whether an error says that the memory of the machine does not hold the model."""
    return _TOO_LITTLE_MEMORY.search(words) is not None


def placement_of(loaded: dict[str, Any]) -> Placement:
    """Return where a model is loaded, from its entry in the list of loaded models."""
    match loaded.get("size_vram"), loaded.get("size"):
        case 0, _:
            return "cpu"
        case int(on_gpu), int(whole):
            return "gpu" if on_gpu >= whole else "split"
        case _:
            return "unknown"


def gpu_share_of(loaded: dict[str, Any]) -> float | None:
    """Return how much of a loaded model is on the GPU; None where Ollama does not tell."""
    match loaded.get("size_vram"), loaded.get("size"):
        case bool(), _:
            return None
        case int(on_gpu), int(whole) if on_gpu >= 0 and whole > 0:
            return min(1.0, on_gpu / whole)
        case _:
            return None


def _seconds(nanoseconds: float | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9


async def keep_lines_whole(response: httpx.Response) -> None:
    response.stream = _WholeLines(cast(httpx.AsyncByteStream, response.stream))


class _WholeLines(httpx.AsyncByteStream):
    """JSON lines that httpx splits at newlines only: it would also split at these three, and Ollama sends U+0085.

    LineTooLong: a line is too long to be read.
    """

    def __init__(self, source: httpx.AsyncByteStream) -> None:
        self._source = source

    async def __aiter__(self) -> AsyncIterator[bytes]:
        begun = bytearray()
        async for part in self._source:
            end, newline, rest = part.rpartition(b"\n")
            if newline:
                yield _escaped(bytes(begun) + end + newline)
                begun.clear()
            begun += rest
            if len(begun) > MOST_OF_A_LINE:
                raise LineTooLong
        if begun:
            yield _escaped(bytes(begun))

    async def aclose(self) -> None:
        await self._source.aclose()


def _escaped(line: bytes) -> bytes:
    for sign in "\x85\u2028\u2029":
        line = line.replace(sign.encode(), b"\\u%04x" % ord(sign))
    return line
