"""Asks the model for one token within a run: the choice between two words, recorded as a call of its own."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from llmfirst.engine.call import CallPurpose
from llmfirst.engine.run_state import RunState
from llmfirst.errors import DeadlineExceeded, Halted, ProviderError
from llmfirst.events import ShareSource, State
from llmfirst.one_token import ALTERNATIVES, GREEDY, share_of_first
from llmfirst.providers.base import Message


class Choice(NamedTuple):
    """What came of one question with two possible words."""

    call_id: str
    first: float | None
    """How much of the choice is the first word, from 0 to 1; None if the model chose neither, or `failed`."""
    by: ShareSource
    seconds: float
    """How long it took."""
    failed: Literal["no_time", "failed"] | None = None
    """Why there is no choice, if it is not for the model's own word."""
    has_thought: bool = False
    """Whether the model thought, although it was asked for one word; it said none then."""


async def chosen(
    run: RunState,
    purpose: CallPurpose,
    messages: Sequence[Message],
    words: tuple[str, str],
    *,
    until: float,
    state: State,
) -> Choice:
    """Ask for one token until a time since admission, and return the choice. Raises only Halted."""
    alternatives = ALTERNATIVES if run.handle.capabilities.logprobs else 0
    call = run.open_call(purpose, tuple(messages), 1, sampling=GREEDY, top_logprobs=alternatives)
    failed: Literal["no_time", "failed"] | None = None
    try:
        if run.state != state:
            await run.tell_state(state)
        async for chunk in call.chunks:
            if chunk is not None:
                call.add(chunk, run.elapsed())
            if run.at() >= until:
                failed = "no_time"
                break
    except Halted:
        await run.seal()
        raise
    except DeadlineExceeded:
        failed = "no_time"
    except ProviderError as error:
        failed, call.error = "failed", str(error)
    seconds = run.elapsed() - call.started_seconds
    first = share_of_first(words, call.first_token, call.unshown)
    if call.error is not None:
        first = None
    by: ShareSource = "word" if call.first_token is None else "probability"
    await run.seal()
    return Choice(call.call_id, first, by, seconds, failed, call.has_thought)
