"""A choice of the model between words that it was offered: how it is asked for, and how it is read from one token."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from llmfirst.providers.base import Message, Provider, Request, Sampling, TokenLogprob

GREEDY: Final = Sampling(temperature=0.0, top_p=1.0, top_k=0, repeat_penalty=1.0)
ALTERNATIVES: Final = 20


class FirstToken(NamedTuple):
    """What a model replied to a request for one token."""

    token: TokenLogprob | None
    """The first token with its alternatives; None where the service tells no log-probabilities that can be used."""
    reply: str
    """The reply as text; empty where the model ended at once."""


def greedy_request(
    model: str, messages: Sequence[Message], *, max_tokens: int = 1, has_logprobs: bool = True
) -> Request:
    """Return a request without chance; `has_logprobs`: the alternatives of each token are asked for too."""
    return Request(
        model=model,
        messages=tuple(messages),
        max_tokens=max_tokens,
        sampling=GREEDY,
        top_logprobs=ALTERNATIVES if has_logprobs else 0,
    )


async def ask_one_token(
    provider: Provider, model: str, messages: Sequence[Message], *, has_logprobs: bool = True
) -> FirstToken:
    """Ask a model for one token; raises ProviderError."""
    token: TokenLogprob | None = None
    is_lost = False
    reply = ""
    async with aclosing(provider.stream(greedy_request(model, messages, has_logprobs=has_logprobs))) as chunks:
        async for chunk in chunks:
            reply += chunk.text
            is_lost = is_lost or chunk.has_lost_logprobs
            if token is None and chunk.logprobs and not is_lost:
                token = chunk.logprobs[0]
    return FirstToken(token, reply)


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
