"""The address of Ollama, and its lines as values of ours."""

from collections.abc import AsyncIterator
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import httpx
from ollama import ChatResponse

from llmfirst.errors import SetupError
from llmfirst.providers.base import Chunk, FinishReason, Timings, TokenLogprob, Usage

Placement = Literal["cpu", "gpu", "split", "unknown"]
_FINISHES: dict[str | None, FinishReason] = {"stop": "stop", "length": "length"}


def ollama_url(host: str) -> httpx.URL:
    """Return the URL for any spelling that `OLLAMA_HOST` allows."""
    scheme, mark, rest = host.strip().rpartition("://")
    try:
        parts = urlsplit(f"{scheme or 'http'}://{rest}")
        name, port = parts.hostname or "127.0.0.1", parts.port
        if port is None and not mark:
            port = 11434
        # Where a server listens on every address; not every system can connect to that.
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)
        url = httpx.URL(scheme=parts.scheme, host=name, port=port, path=parts.path.rstrip("/"))
    except (ValueError, httpx.InvalidURL) as error:
        raise SetupError(f"{host!r} is no address: set --ollama-host to one such as http://127.0.0.1:11434.") from error
    if url.scheme not in ("http", "https"):
        raise SetupError(f"{host!r} is no web address: set --ollama-host to one such as http://127.0.0.1:11434.")
    return url


def chunk_of(frame: ChatResponse) -> Chunk:
    """Read one line of a reply; it has a finish reason only when it ends a complete reply."""
    counts = (frame.prompt_eval_count, frame.eval_count)
    return Chunk(
        text=frame.message.content or "",
        logprobs=tuple(
            TokenLogprob(
                token=written.token,
                logprob=written.logprob,
                top=tuple(TokenLogprob(token=one.token, logprob=one.logprob) for one in written.top_logprobs or ()),
            )
            for written in frame.logprobs or ()
        ),
        usage=None if counts == (None, None) else Usage(prompt_tokens=counts[0] or 0, completion_tokens=counts[1] or 0),
        timings=Timings(
            load_seconds=_seconds(frame.load_duration),
            prefill_seconds=_seconds(frame.prompt_eval_duration),
            decode_seconds=_seconds(frame.eval_duration),
        )
        if frame.done
        else None,
        finish_reason=_FINISHES.get(frame.done_reason) if frame.done else None,
    )


def placement_of(loaded: dict[str, Any]) -> Placement:
    """Return where a model is loaded, from its entry in the list of loaded models."""
    match loaded.get("size_vram"), loaded.get("size"):
        case 0, _:
            return "cpu"
        case int(on_gpu), int(whole):
            return "gpu" if on_gpu >= whole else "split"
        case _:
            return "unknown"


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9


async def keep_lines_whole(response: httpx.Response) -> None:
    if "content-encoding" not in response.headers:
        response.stream = _WholeLines(cast(httpx.AsyncByteStream, response.stream))


class _WholeLines(httpx.AsyncByteStream):
    """JSON lines that httpx splits at newlines only: it would also split at these three, and Ollama sends U+0085."""

    def __init__(self, source: httpx.AsyncByteStream) -> None:
        self._source = source

    async def __aiter__(self) -> AsyncIterator[bytes]:
        rest = b""
        async for part in self._source:
            whole, newline, rest = (rest + part).rpartition(b"\n")
            if newline:
                yield _escaped(whole + newline)
        if rest:
            yield _escaped(rest)

    async def aclose(self) -> None:
        await self._source.aclose()


def _escaped(line: bytes) -> bytes:
    for sign in "\x85\u2028\u2029":
        line = line.replace(sign.encode(), b"\\u%04x" % ord(sign))
    return line
