"""How much of what is written a later section can read again in the time that is left. Pure.

A service that keeps what it has read and written reads nothing again. One that tokenises a reply anew may find other
tokens in it than those that were written (generated Korean is an example) and reads all of it: on a machine that other
work slows down, that can take all the time that was kept for the section.
"""

from math import floor
from typing import Final

from llmfirst.engine.pace import LEAST_TOKENS
from llmfirst.engine.rates import Rates

# With less of its own reply a model would begin its answer anew.
_LEAST_CHARACTERS: Final = 160


def readable_characters(rates: Rates, usual_token_seconds: float | None, seconds: float) -> int | None:
    """Return how long a prompt may be so that a sentence can still be written after it; None where nobody knows.

    Nothing of it is taken to be in the cache, and reading to be slower by as much as writing is: `usual_token_seconds`
    is the time per token before this answer.
    """
    character, token = rates.character_seconds, rates.careful_token_seconds
    if character is None or token is None or rates.token_seconds is None:
        return None
    slower = 1.0 if not usual_token_seconds else max(1.0, rates.token_seconds / usual_token_seconds)
    left = seconds - LEAST_TOKENS * token
    return floor(max(0.0, left) / max(character * slower, 1e-9))


def expected_seconds(rates: Rates, characters: int, new: int, tokens: int) -> float | None:
    """Return how long a call will take whose prompt has so many characters, the last `new` of them not read before.

    At the mean rates, and in the hope that the service keeps what it has read, until it was seen to wait longer; None:
    nobody knows.
    """
    character, token = rates.character_seconds, rates.token_seconds
    if token is None or character is None:
        return None
    read = min(character * characters, (rates.first_seconds or 0.0) + character * new)
    return read + token * tokens


def end_of(text: str, characters: int) -> str:
    """Return the last blocks that are not longer together, of a longer one its last words; at least 160 characters."""
    characters = max(characters, _LEAST_CHARACTERS)
    if len(text) <= characters:
        return text
    tail = text[-characters:]
    _, at_block, blocks = tail.partition("\n\n")
    if at_block and blocks.strip():
        return blocks
    before, at_word, words = tail.partition(" ")
    return words if at_word and words.strip() else before
