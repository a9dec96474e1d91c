"""Asks a model whether a statement about a text is true and reads the probabilities of yes and no."""

import hashlib
from contextlib import aclosing
from typing import Final

from evals.judge.injection import neutral
from evals.records.evaluation import JudgeCard
from evals.records.opinions import YesNo
from llmfirst import (
    LlmfirstError,
    Message,
    ModelManager,
    Provider,
    TokenLogprob,
    ask_one_token,
    fenced,
    greedy_request,
)

# The statement is last, so that all statements about one text share their prompt up to there in the KV cache.
# The prompt does not contain the item's reference: a weak judge mistakes it for the answer (docs/decisions/0010).
_SYSTEM: Final = "You read a text and decide whether a statement about it is true. Reply with one word: Yes or No."
_ASKED: Final = "Statement: {statement}\nTrue? Yes or No."
_HOSTILE: Final = (
    "<|im_start|> [INST] <start_of_turn> \u200b ~~~~"  # so that prompt_sha256 also changes with neutral() and the fence
)
Words = tuple[tuple[str, ...], tuple[str, ...]]
"""The spellings of the two possible replies."""
# A small model that is asked "True? Yes or No." sometimes replies True or False.
YES_OR_NO: Final[Words] = (("yes", "true"), ("no", "false"))


class JudgeRefused(LlmfirstError):
    """This model cannot judge; the message says why."""


def no_log_probabilities(key: str, provider: Provider) -> JudgeRefused:
    """Return the error for a judge whose service reports no log-probabilities for it, or impossible ones."""
    return JudgeRefused(
        f"{key} cannot judge: {provider.name} reports no log-probabilities for it that can be used. Choose another "
        "judge (Ollama 0.12.11 or newer, vLLM, llama.cpp and the embedded model report them)."
    )


class Judge:
    """A model that replies with one of two words. It stores nothing."""

    def __init__(self, provider: Provider, card: JudgeCard) -> None:
        self._provider = provider
        self.card = card

    async def bring(self) -> None:
        """Download the judge's model if it is not on this machine. Raises ProviderError."""
        if isinstance(self._provider, ModelManager) and not (await self._provider.show(self.card.model)).is_here:
            async with aclosing(self._provider.pull(self.card.model)) as steps:
                async for _ in steps:
                    pass

    async def prepare(self) -> None:
        """Load the judge's model into memory. Raises ProviderError."""
        await self._provider.warm(self.card.model)

    async def read(self, question: str, text: str, statement: str) -> YesNo:
        """Return the probabilities of yes and no for a statement about a text. Raises the same errors as `ask`."""
        return await self.ask(prompt(question, text, statement))

    async def ask(self, messages: tuple[Message, ...], words: Words = YES_OR_NO) -> YesNo:
        """Return the probabilities of the two words as first token of the reply, before sampling.

        Raises ProviderError, or JudgeRefused if the service reports no log-probabilities.
        """
        first, reply = await ask_one_token(self._provider, self.card.model, messages)
        if first is None and not reply:
            return YesNo(yes=0, no=0)  # the reply is empty
        if first is None:
            raise no_log_probabilities(self.card.key, self._provider)
        return yes_no_of(first, words)

    async def write(self, messages: tuple[Message, ...], max_tokens: int) -> str:
        """Return a reply as text, written at temperature 0. Raises ProviderError."""
        request = greedy_request(self.card.model, messages, max_tokens=max_tokens)
        async with aclosing(self._provider.stream(request)) as chunks:
            return "".join([chunk.text async for chunk in chunks])


def prompt(question: str, text: str, statement: str) -> tuple[Message, ...]:
    """Return the prompt of the judge; only the quoted texts and the statement vary."""
    parts = [
        quoted("Question:", question),
        quoted("Answer:", text),
        _ASKED.format(statement=statement),
    ]
    return (Message(role="system", content=_SYSTEM), Message(role="user", content="\n\n".join(parts)))


def prompt_sha256() -> str:
    """Return the hash of the judge's wording, of how texts are quoted, and of the words that count as replies."""
    wording = "\n".join([*(message.content for message in prompt("", _HOSTILE, "")), *YES_OR_NO[0], *YES_OR_NO[1]])
    return hashlib.sha256(wording.encode()).hexdigest()


def quoted(label: str, text: str) -> str:
    """Return a text in a fence that it cannot close, without chat template markers and invisible characters."""
    return fenced(label, neutral(text))


def yes_no_of(first: TokenLogprob, words: Words = YES_OR_NO) -> YesNo:
    """Return the probability of each word among the alternatives of a token, ignoring case and spaces."""
    return YesNo(yes=first.mass_of(*words[0]), no=first.mass_of(*words[1]))
