"""The model of the bake-off: a client for llama.cpp servers, and a way to start one."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from httpx_sse import aconnect_sse
from pydantic import BaseModel

import llmfirst.providers
from llmfirst.providers.base import Chunk, FinishReason, Message, Request, Usage
from llmfirst.providers.openai_reply import Frame
from llmfirst.providers.openai_request import body_of
from llmfirst.providers.transport import client_options
from research.bakeoff.values import Ask

_SILENCE_SECONDS: Final = 300.0
# A turn with only this text is rendered to find what the chat template writes before a turn.
_TURN: Final = "0123456789876543210"


class Refused(Exception):
    """The server rejected a call, or its reply broke off."""


class _Completion(BaseModel):
    """One event of llama.cpp's own stream."""

    content: str = ""
    stop: bool = False
    stop_type: str = "none"
    tokens_predicted: int = 0
    tokens_evaluated: int = 0


class LlamaClient:
    """A client for one llama.cpp server. Unlike a provider, it can forbid the end of a message and write user turns."""

    def __init__(self, base_url: str, *, key: str | None, model: str) -> None:
        self.model = model
        self._url = base_url.rstrip("/")
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            **client_options(httpx.URL(base_url), silence_limit_seconds=_SILENCE_SECONDS),
        )

    async def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        chunks = self._user_turn(ask) if ask.speaks_as == "user" else self._assistant_turn(ask)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _assistant_turn(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        request = Request(
            model=self.model,
            messages=ask.messages,
            max_tokens=ask.max_tokens,
            sampling=ask.sampling,
            continue_last=ask.messages[-1].role == "assistant",
            top_logprobs=ask.top_logprobs,
        )
        body = body_of(request, "llama.cpp") | {"return_progress": False}
        if ask.bars_end:
            body["ignore_eos"] = True
        finish: FinishReason | None = None
        usage: Usage | None = None
        events = self._events("/chat/completions", body)
        async with aclosing(events):
            async for data in events:
                frame = Frame.model_validate_json(data)
                if frame.error is not None:
                    raise Refused(data)
                finish = _finish(frame.finish_reason()) or finish
                chunk = frame.chunk()
                usage = chunk.usage or usage
                if chunk.text or chunk.logprobs:
                    yield chunk
        if finish is None:
            raise Refused("The reply ended without its finish mark.")
        yield Chunk(finish_reason=finish, usage=usage)

    async def _user_turn(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        body = {
            "prompt": await self._prompt_for_user(ask),
            "n_predict": ask.max_tokens,
            "stream": True,
            "cache_prompt": True,
            **ask.sampling.model_dump(exclude_none=True),
        }
        last = _Completion()
        events = self._events("/completions", body, is_native=True)
        async with aclosing(events):
            async for data in events:
                last = _Completion.model_validate_json(data)
                if last.content:
                    yield Chunk(text=last.content)
        if not last.stop:
            raise Refused("The reply ended without its finish mark.")
        usage = Usage(prompt_tokens=last.tokens_evaluated, completion_tokens=last.tokens_predicted)
        yield Chunk(finish_reason="length" if last.stop_type == "limit" else "stop", usage=usage)

    async def _prompt_for_user(self, ask: Ask) -> str:
        """Return the rendered prompt up to the text of the user's next turn."""
        messages = [*ask.messages, Message(role="user", content=_TURN)]
        response = await self._client.post(
            f"{self._root}/apply-template", json={"messages": [message.model_dump() for message in messages]}
        )
        if response.status_code != 200:
            raise Refused(response.text)
        prompt: str = response.json()["prompt"]
        return prompt.rpartition(_TURN)[0]

    @property
    def _root(self) -> str:
        return self._url.removesuffix("/v1")

    async def _events(self, path: str, body: dict[str, Any], *, is_native: bool = False) -> AsyncGenerator[str, None]:
        base = self._root if is_native else self._url
        async with aconnect_sse(self._client, "POST", f"{base}{path}", json=body) as source:
            if source.response.status_code != 200:
                await source.response.aread()
                raise Refused(source.response.text)
            async with aclosing(source.aiter_sse()) as events:
                async for event in events:
                    if event.data == "[DONE]":
                        return
                    yield event.data


@dataclass(frozen=True)
class ServerOptions:
    """The options of a server to start."""

    weights: Path
    name: str
    slots: int
    threads: int
    context_tokens: int = 4096


@asynccontextmanager
async def server_of_our_own(options: ServerOptions, log_path: Path) -> AsyncGenerator[LlamaClient, None]:
    """Serve the weights in a child process that ends with this one; yields a client."""
    key = secrets.token_urlsafe(32)
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the folder of the script has modules with common names
            str(Path(llmfirst.providers.__file__).with_name("llama_child.py")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    settings = {
        "name": options.name,
        "path": str(options.weights),
        "key": key,
        "context_tokens": options.context_tokens,
        "slots": options.slots,
        "threads": options.threads,
    }
    try:
        process.stdin.write(json.dumps(settings).encode() + b"\n")
        line = await process.stdout.readline()
        if not line:
            raise Refused(f"The model could not be loaded; the output of llama.cpp is in {log_path}.")
        client = LlamaClient(f"{json.loads(line)['address']}/v1", key=key, model=options.name)
        try:
            yield client
        finally:
            await client.aclose()
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _finish(reason: str | None) -> FinishReason | None:
    match reason:
        case "stop" | "length":
            return "stop" if reason == "stop" else "length"
        case _:
            return None
