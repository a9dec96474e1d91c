"""A choice of the model between words that it was offered: how it is asked for, and how it is read from one token."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from llmfirst.providers.base import Message, Provider, Request, Sampling, Think, TokenLogprob

GREEDY: Final = Sampling(temperature=0.0, top_p=1.0, top_k=0, repeat_penalty=1.0)
ALTERNATIVES: Final = 20


class FirstToken(NamedTuple):
    """What a model replied to a request for one token."""

    token: TokenLogprob | None
    """The first token of the text with its alternatives, never one of a thought.

    None where there is no text, or the service tells no log-probabilities that can be used.
    """
    reply: str
    """The reply as text; empty where the model ended at once, or only thought."""

    has_thought: bool = False
    """Whether the model thought before its text, or instead of it."""


def greedy_request(
    model: str, messages: Sequence[Message], *, max_tokens: int = 1, has_logprobs: bool = True, think: Think = "off"
) -> Request:
    """Return a request without chance; `has_logprobs`: the alternatives of each token are asked for too."""
    return Request(
        model=model,
        messages=tuple(messages),
        max_tokens=max_tokens,
        sampling=GREEDY,
        top_logprobs=ALTERNATIVES if has_logprobs else 0,
        think=think,
    )


async def ask_one_token(
    provider: Provider,
    model: str,
    messages: Sequence[Message],
    *,
    has_logprobs: bool = True,
    max_tokens: int = 1,
    think: Think = "off",
) -> FirstToken:
    """Ask a model for one token; with more than one in `max_tokens`, it may think before that. Raises ProviderError."""
    token: TokenLogprob | None = None
    is_lost = has_thought = False
    reply = ""
    request = greedy_request(model, messages, max_tokens=max_tokens, has_logprobs=has_logprobs, think=think)
    async with aclosing(provider.stream(request)) as chunks:
        async for chunk in chunks:
            has_thought = has_thought or bool(chunk.thought)
            is_between = has_thought and not (reply + chunk.text).strip()
            reply += "" if is_between else chunk.text
            is_lost = is_lost or chunk.has_lost_logprobs
            if token is None and not is_lost and not is_between:
                token = next((one for one in chunk.logprobs if one.token.strip() or not has_thought), None)
            if token is not None and has_thought:
                break
    return FirstToken(token, reply, has_thought)


def share_of_first(words: tuple[str, str], token: TokenLogprob | None, reply: str) -> float | None:
    """Return how much of the choice is the first word, from 0 to 1; None when it is neither.

    By the probabilities of the alternatives where the service tells them, else by the reply itself.
    """
    if token is None:
        said = [_is(reply, word) for word in words]
        return float(said[0]) if any(said) else None
    first, other = (token.mass_of(word) for word in words)
    return first / (first + other) if first + other > 0 else None


def fenced(label: str, text: str) -> str:
    """Return a labelled text in a fence that the text itself cannot close."""
    fence = "~~~"
    while fence in text:
        fence += "~"
    return f"{label}\n{fence}\n{text}\n{fence}"


def _is(text: str, word: str) -> bool:
    return text.strip().casefold() == word.casefold()
