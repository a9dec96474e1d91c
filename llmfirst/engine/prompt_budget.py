"""Limits how much earlier text a later section's prompt may contain, by the time that reading it takes. Pure.

Usually the service has the earlier text in its cache and does not read it again. But if it tokenises a reply again, it
may get other tokens than it wrote (for example in Korean) and read the whole reply, which on a slow or busy machine can
take all the time reserved for the section.
"""

from math import floor
from typing import Final

from llmfirst.engine.pace import LEAST_TOKENS
from llmfirst.engine.rates import Rates

# With less of its own reply, a model would start its answer from the beginning.
_LEAST_CHARACTERS: Final = 160


def readable_characters(rates: Rates, usual_token_seconds: float | None, seconds: float) -> int | None:
    """Return the greatest length of a prompt that leaves time to write a sentence; None if the rates are unknown.

    `seconds` is the time left, and `usual_token_seconds` the time per token before this answer. It assumes that nothing
    is cached, and that reading is slower than usual by the same factor as writing.
    """
    character, token = rates.character_seconds, rates.careful_token_seconds
    if character is None or token is None or rates.token_seconds is None:
        return None
    slower = 1.0 if not usual_token_seconds else max(1.0, rates.token_seconds / usual_token_seconds)
    left = seconds - LEAST_TOKENS * token
    return floor(max(0.0, left) / max(character * slower, 1e-9))


def expected_seconds(rates: Rates, characters: int, new: int, tokens: int) -> float | None:
    """Return the expected duration of a call that writes `tokens` tokens; None if the rates are unknown.

    The prompt has `characters` characters, of which the last `new` were never read before. It uses the mean rates and
    assumes that the others are cached, except as far as measured waits were longer.
    """
    character, token = rates.character_seconds, rates.token_seconds
    if token is None or character is None:
        return None
    read = min(character * characters, (rates.first_seconds or 0.0) + character * new)
    return read + token * tokens


def end_of(text: str, characters: int) -> str:
    """Return the end of a text, up to `characters` (at least 160) long, starting at a block or at least at a word."""
    characters = max(characters, _LEAST_CHARACTERS)
    if len(text) <= characters:
        return text
    tail = text[-characters:]
    _, at_block, blocks = tail.partition("\n\n")
    if at_block and blocks.strip():
        return blocks
    before, at_word, words = tail.partition(" ")
    return words if at_word and words.strip() else before


def beginning_of(text: str, characters: int) -> str:
    """Return the beginning of a text, up to `characters` (at least 160) long, ending at a block or at a word."""
    characters = max(characters, _LEAST_CHARACTERS)
    if len(text) <= characters:
        return text
    head = text[:characters]
    blocks, at_block, _ = head.rpartition("\n\n")
    if at_block and blocks.strip():
        return blocks
    words, at_word, after = head.rpartition(" ")
    return words if at_word and words.strip() else after
