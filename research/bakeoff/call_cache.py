"""Calls of the model. A call that several answers need is made once, so that they differ in nothing else."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import aclosing

from llmfirst.providers.base import Chunk, TokenLogprob, Usage
from research.bakeoff.shown import Shown
from research.bakeoff.values import Ask, CallRecord, Model, Reply


async def read(model: Model, ask: Ask, shown: Shown | None = None) -> Reply:
    """Read a reply to its end, or until `shown` has ended."""
    began, first = time.monotonic(), None
    pieces: list[str] = []
    logprobs: list[TokenLogprob] = []
    usage = Usage(prompt_tokens=0, completion_tokens=0)
    last = Chunk()
    async with aclosing(model.stream(ask)) as chunks:
        async for last in chunks:
            usage = last.usage or usage
            logprobs.extend(last.logprobs)
            if last.text:
                first = time.monotonic() - began if first is None else first
                pieces.append(last.text)
                if shown is not None:
                    shown.add(last.text, max(usage.completion_tokens, len(pieces)))
                    if shown.ending is not None:
                        break
    if shown is not None:
        shown.end(is_whole_reply=last.finish_reason == "stop")
    return Reply(
        text="".join(pieces),
        finish_reason=last.finish_reason,
        tokens=max(usage.completion_tokens, len(pieces)),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        first_seconds=first,
        seconds=time.monotonic() - began,
        mean_logprob=sum(each.logprob for each in logprobs) / len(logprobs) if logprobs else None,
        first_token=logprobs[0].top if logprobs else (),
    )


class CallCache:
    """Makes calls and keeps whole replies, including those of `known` calls."""

    def __init__(self, model: Model, known: Iterable[CallRecord] = ()) -> None:
        self._model = model
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._known = {_key(call.ask): call.reply for call in known}

    async def whole(self, ask: Ask) -> tuple[Reply, bool]:
        """Return the whole reply, and whether another answer had already made this call."""
        key = _key(ask)
        if (reply := self._known.get(key)) is not None:
            return reply, True
        if (waiting := self._replies.get(key)) is not None:
            return await asyncio.shield(waiting), True
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[key] = future
        try:
            reply = await read(self._model, ask)
        except BaseException as error:
            del self._replies[key]
            future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            future.exception()  # nobody may be waiting for it
            raise
        self._known[key] = reply
        future.set_result(reply)
        return reply, False

    async def streamed(self, ask: Ask, shown: Shown) -> Reply:
        """Make a call and read its reply as far as it is shown."""
        return await read(self._model, ask, shown)


def _key(ask: Ask) -> str:
    return ask.model_copy(update={"purpose": ""}).model_dump_json()
