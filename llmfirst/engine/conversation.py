"""Limits how much of a conversation the prompts of a follow-up question contain: by the context window and by the time
that reading takes. Pure.

The earlier turns are the common beginning of all prompts of a run, so that a service reads them once and then has them
in its cache.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import Final, NamedTuple

from llmfirst.engine.prompt_budget import beginning_of
from llmfirst.engine.rates import Rates
from llmfirst.engine.windows import WHOLE_SECONDS
from llmfirst.events import EarlierTurns
from llmfirst.providers.base import Message

# In seconds of a 120 s answer, whose first text is wanted after 5 s.
_READING_SECONDS: Final = 4.0
_UNKNOWN_READ_SECONDS: Final = 1 / 60  # per token, as long as nothing was measured: the rate of a slow machine
_SHARE_OF_WINDOW: Final = 0.5  # the rest is for the question, its instructions and the answer


class Turn(NamedTuple):
    """An earlier question of the conversation and what was answered."""

    question: str
    core: str
    details: str
    conclusion: str
    tokens_per_character: float = 1.0
    """As the calls of the answer counted them."""

    @property
    def reply(self) -> str:
        """The sections as one message, without what the model thought."""
        return "\n\n".join(text for part in (self.core, self.details, self.conclusion) if (text := part.strip()))

    @property
    def tokens(self) -> int:
        return ceil((len(self.question) + len(self.reply)) * self.tokens_per_character)

    @property
    def messages(self) -> tuple[Message, Message]:
        return Message(role="user", content=self.question), Message(role="assistant", content=self.reply)


class Recalled(NamedTuple):
    """What the prompts contain of a conversation."""

    turns: tuple[Turn, ...]
    told: EarlierTurns

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(message for turn in self.turns for message in turn.messages)


def readable_tokens(rates: Rates, context_tokens: int, deadline_seconds: float) -> int:
    """Return how many tokens of a conversation fit into the window and can be read in time."""
    seconds = _READING_SECONDS * deadline_seconds / WHOLE_SECONDS
    in_time = seconds / (_UNKNOWN_READ_SECONDS if rates.read_seconds is None else rates.read_seconds)
    return floor(min(context_tokens * _SHARE_OF_WINDOW, in_time))


def recall(turns: Sequence[Turn], tokens: int) -> Recalled:
    """Return the last turns that have together at most `tokens` tokens, oldest first.

    If even the last answer is too long, it loses its details; if that is not enough, it is cut at a block.
    """
    kept: list[Turn] = []
    left = tokens
    for turn in reversed(turns):
        if turn.tokens > left:
            break
        kept.insert(0, turn)
        left -= turn.tokens
    if kept or not turns:
        return Recalled(tuple(kept), EarlierTurns(kept=len(kept), left_out=len(turns) - len(kept)))
    last = turns[-1]._replace(details="")
    if last.tokens <= tokens:
        return Recalled((last,), EarlierTurns(kept=1, left_out=len(turns) - 1, lost="details"))
    return Recalled((_cut(last, tokens),), EarlierTurns(kept=1, left_out=len(turns) - 1, lost="end"))


def in_conversation(recalled: Sequence[Message], messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return a prompt after the earlier turns.

    What is otherwise its system message then begins its first own message: as the first message of the prompt, it would
    keep the turns, which are the same in all prompts, from being read from the cache.
    """
    if not recalled or messages[0].role != "system":
        return (*recalled, *messages)
    told, asked, *rest = messages
    return (*recalled, Message(role="user", content=f"{told.content}\n\n{asked.content}"), *rest)


def told_first(system_prompt: str | None, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return a prompt that begins with the asker's system prompt; the instruction that is its first message follows it.

    Every prompt of a run begins with it, so that a service reads it once.
    """
    if not system_prompt:
        return messages
    first, *rest = messages
    if first.role != "system":
        return (Message(role="system", content=system_prompt), *messages)
    return (Message(role="system", content=f"{system_prompt}\n\n{first.content}"), *rest)


def _cut(turn: Turn, tokens: int) -> Turn:
    """Return a turn cut to about `tokens` tokens; a question that has more than half of them is cut as well."""
    characters = floor(tokens / turn.tokens_per_character)
    question = beginning_of(turn.question, characters // 2)
    reply = beginning_of(turn.reply, characters - len(question))
    return turn._replace(question=question, core=reply, details="", conclusion="")
