"""A choice of the model between two words that it was offered, read from one token. Pure."""

from typing import Final

from llmfirst.providers.base import Sampling, TokenLogprob

# How such a choice is asked for: without chance, and with so many alternatives told.
SURE: Final = Sampling(temperature=0.0, top_p=1.0, top_k=0, repeat_penalty=1.0)
ALTERNATIVES: Final = 20


def share_of_first(words: tuple[str, str], token: TokenLogprob | None, reply: str) -> float | None:
    """Return how much of the choice is the first word, from 0 to 1; None when it is neither.

    By the probabilities of the alternatives where the service tells them, else by the reply itself.
    """
    if token is None:
        said = [_is(reply, word) for word in words]
        return float(said[0]) if any(said) else None
    first, other = (token.mass_of(word) for word in words)
    return first / (first + other) if first + other > 0 else None


def _is(text: str, word: str) -> bool:
    return text.strip().casefold() == word.casefold()
