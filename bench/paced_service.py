"""A service that speaks OpenAI's protocol and writes at the pace that the question names.

    python -m bench.paced_service --port PORT

A question that says `100 tok/s, 300 tokens` is answered with 100 tokens a second, 300 for each call at most. Every
tenth token is `at` and the time in ms at which it is sent, so that whoever shows it can tell how late it is.
"""

import argparse
import asyncio
import json
import random
import re
import time
from collections.abc import AsyncGenerator, Iterator
from itertools import count
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL: Final = "paced"
STAMP: Final = re.compile(r"at(\d{13})")
_PACE: Final = re.compile(r"(\d+) tok/s, (\d+) tokens")
_STAMP_EVERY: Final = 10
_SYLLABLES: Final = [
    "al",
    "ber",
    "cor",
    "den",
    "el",
    "fir",
    "gan",
    "hol",
    "im",
    "jun",
    "ka",
    "lem",
    "mor",
    "nis",
    "or",
    "pel",
    "quin",
    "ros",
    "tan",
    "ul",
    "ver",
    "wen",
    "xi",
    "yor",
    "zan",
]


def stamps_in(text: str) -> Iterator[int]:
    """Return the times, in ms since the epoch, at which the stamps in a text were sent."""
    return (int(found) for found in STAMP.findall(text))


def tokens(seed: int) -> Iterator[str]:
    """Yield the tokens of a text with paragraphs, lists and headings that never repeats itself."""
    chance = random.Random(seed)
    for number in count():
        word = chance.choice(_SYLLABLES) + chance.choice(_SYLLABLES)
        match number % 120:
            case 0:
                yield f"\n\n## {word.capitalize()}\n\n{word}"
            case 60 | 70 | 80:
                yield f"\n- **{word}**"
            case 90:
                yield f"\n\n{word.capitalize()}"
            case place:
                yield f" {word}." if place % 12 == 11 else f" {word}"


async def _completion(request: Request) -> Response:
    body = await request.json()
    asked = _PACE.search(json.dumps(body["messages"]))
    rate, most = (1000, 20) if asked is None else (int(asked[1]), int(asked[2]))
    limit = min(most, body.get("max_tokens") or most)

    def line(value: object) -> str:
        return f"data: {json.dumps(value)}\n\n"

    def chunk(delta: dict[str, str], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return line({"id": "paced", "object": "chat.completion.chunk", "model": MODEL, "choices": [choice]})

    async def stream() -> AsyncGenerator[str, None]:
        began, written = time.monotonic(), 0
        words = tokens(random.getrandbits(32))
        while written < limit:
            due = min(limit, 1 + int((time.monotonic() - began) * rate))
            for _ in range(due - written):
                written += 1
                stamp = f" at{time.time_ns() // 1_000_000}" if written % _STAMP_EVERY == 0 else ""
                yield chunk({"content": next(words) + stamp})
            await asyncio.sleep(max(0.0, began + written / rate - time.monotonic()))
        yield chunk({}, "length" if limit < most else "stop")
        usage = {"prompt_tokens": 50, "completion_tokens": limit, "total_tokens": 50 + limit}
        yield line({"id": "paced", "object": "chat.completion.chunk", "model": MODEL, "choices": [], "usage": usage})
        yield "data: [DONE]\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


async def _models(_: Request) -> Response:
    return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "bench"}]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    routes = [Route("/v1/models", _models), Route("/v1/chat/completions", _completion, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="warning")


if __name__ == "__main__":
    main()
