"""A service that speaks OpenAI's protocol like one GPU: slots, a pace, and a cache of what it has read.

    python -m bench.cached_service --port PORT [--slots 4] [--decode 30] [--prefill 2000]

It writes `--decode` tokens a second in each slot, and reads `--prefill` tokens a second of a prompt, but not again what
is in its cache: the beginning that the prompt shares with one of the newest prompts or replies. Its text means nothing.
"""

import argparse
import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncGenerator
from itertools import takewhile
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bench.paced_service import tokens

MODEL: Final = "cached"
CHARACTERS_PER_TOKEN: Final = 4
_REMEMBERED: Final = 32
"""Prompts with their replies, for each slot."""

_USUAL_WISH: Final = 300


class Machine:
    """What one server remembers, and how fast it is."""

    def __init__(self, slots: int, decode: float, prefill: float) -> None:
        self._free = asyncio.Semaphore(slots)
        self._known: deque[str] = deque(maxlen=_REMEMBERED * slots)
        self._decode = decode
        self._prefill = prefill

    async def reply(self, prompt: str, most: int) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the chunks of a reply at the pace of the machine."""
        async with self._free:
            cached = max((_shared(prompt, known) for known in self._known), default=0)
            await asyncio.sleep((len(prompt) - cached) / CHARACTERS_PER_TOKEN / self._prefill)
            words, written = tokens(random.getrandbits(32)), list[str]()
            limit = min(most, _USUAL_WISH)
            try:
                for _ in range(limit):
                    await asyncio.sleep(1 / self._decode)
                    written.append(next(words))
                    yield {"choices": [_choice({"content": written[-1]})]}
            finally:  # whoever has read enough has left
                self._known.append("\n".join([prompt, "".join(written)]))
            yield {"choices": [_choice({}, "length" if limit == most else "stop")]}
            prompt_tokens = len(prompt) // CHARACTERS_PER_TOKEN
            usage = {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": limit,
                "total_tokens": prompt_tokens + limit,
                "prompt_tokens_details": {"cached_tokens": cached // CHARACTERS_PER_TOKEN},
            }
            yield {"choices": [], "usage": usage}


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _choice(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def service(machine: Machine) -> Starlette:
    """Return the service as an app."""

    async def completion(request: Request) -> Response:
        body = await request.json()
        prompt = "\n".join(message["content"] for message in body["messages"])

        async def stream() -> AsyncGenerator[str, None]:
            async for chunk in machine.reply(prompt, body.get("max_tokens") or _USUAL_WISH):
                yield f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'model': MODEL, **chunk})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def models(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "bench"}]})

    async def health(_: Request) -> Response:
        return Response()

    return Starlette(
        routes=[
            Route("/v1/models", models),
            Route("/health", health),
            Route("/v1/chat/completions", completion, methods=["POST"]),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--decode", type=float, default=30.0)
    parser.add_argument("--prefill", type=float, default=2000.0)
    chosen = parser.parse_args()
    machine = Machine(chosen.slots, chosen.decode, chosen.prefill)
    uvicorn.run(service(machine), port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
